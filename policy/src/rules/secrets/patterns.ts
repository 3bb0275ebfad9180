/** What secrets look like, and what they are called. */

/**
 * Forms that are nothing else: keys in PEM, tokens of known makers, consensus keys, web tokens. Each with a part that it
 * cannot do without: looking for that costs an API server a fraction of a pattern.
 */
export const forms: readonly (readonly [part: string, pattern: RegExp])[] = [
  // Five dashes by the standard; a key that lost some on its way is still one.
  ["PRIVATE KEY-", /-{2,}BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-{2,}/],
  ['"priv_key"', /"priv_key"\s*:\s*\{/],
  ["eyJ", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ["hv", /\bhv[sbr]\.[\w-]{20,}/],
  ["AKIA", /\bAKIA[0-9A-Z]{16}\b/],
  ["gh", /\bgh[pousr]_\w{36,}/],
  ["xox", /\bxox[abprs]-[\w-]{10,}/],
  ["AGE-SECRET-KEY-1", /\bAGE-SECRET-KEY-1[0-9A-Z]{50,}/],
  ["://", /:\/\/[^\s:@/{$]+:[^\s@/{$]{3,}@/],
];

/** 12 to 24 short words of lower case, alone: what a wallet's recovery phrase is. */
export const phrase = /^\s*(?:[a-z]{3,8} ){11,23}[a-z]{3,8}\s*$/;

export function looksSecret(text: string): boolean {
  return phrase.test(text) || forms.some(([, form]) => form.test(text));
}

/** What a secret is called. */
export const words =
  /(^|[_.-])(password|passwd|passphrase|secret|secrets|token|api[_-]?key|private[_-]?key|priv[_-]?key|mnemonic|credentials?|(?:account|batch|storage)[_-]?key|key[_-]?content)([_.-]|$)/i;
/** Names that speak of a secret without being one: where it is, how long it lives, what it is called. */
export const about =
  /[_.-](file|path|dir|url|host|name|ttl|expiry|expiration|mode|ref|version|id|type|class|enabled|length)$/i;

/** Names that speak of a Secret by its name: `existingSecret`, `imagePullSecret`. */
export const reference = /^(existing|external|(image_)?pull)[_-]/i;

/** `DB_PASSWORD`, `api-key`, `jwtSecret`; not `PASSWORD_FILE`. */
export function namesSecret(name: string): boolean {
  const parts = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return words.test(parts) && !about.test(parts) && !reference.test(parts);
}
