/** What secrets look like, and what they are called. */

/** Forms that are nothing else: keys in PEM, tokens of known makers, consensus keys, web tokens. */
const forms: readonly RegExp[] = [
  // Five dashes by the standard; a key that lost some on its way is still one.
  /-{2,}BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-{2,}/,
  /"priv_key"\s*:\s*\{/,
  /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/,
  /\bhv[sbr]\.[\w-]{20,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bgh[pousr]_\w{36,}/,
  /\bxox[abprs]-[\w-]{10,}/,
  /\bAGE-SECRET-KEY-1[0-9A-Z]{50,}/,
  /:\/\/[^\s:@/{$]+:[^\s@/{$]{3,}@/,
];

/** 12 to 24 short words of lower case, alone: what a wallet's recovery phrase is. */
const phrase = /^\s*(?:[a-z]{3,8} ){11,23}[a-z]{3,8}\s*$/;

export function looksSecret(text: string): boolean {
  return phrase.test(text) || forms.some((form) => form.test(text));
}

const words =
  /(^|[_.-])(password|passwd|passphrase|secret|secrets|token|api[_-]?key|private[_-]?key|priv[_-]?key|mnemonic|credentials?|(?:account|batch|storage)[_-]?key|key[_-]?content)([_.-]|$)/i;
/** Names that speak of a secret without being one: where it is, how long it lives, what it is called. */
const about =
  /[_.-](file|path|dir|url|host|name|ttl|expiry|expiration|mode|ref|version|id|type|class|enabled|length)$/i;

/** Names that speak of a Secret by its name: `existingSecret`, `imagePullSecret`. */
const reference = /^(existing|external|(image_)?pull)[_-]/i;

/** `DB_PASSWORD`, `api-key`, `jwtSecret`; not `PASSWORD_FILE`. */
export function namesSecret(name: string): boolean {
  const parts = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return words.test(parts) && !about.test(parts) && !reference.test(parts);
}
