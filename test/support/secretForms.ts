/** The texts under which a secret could stand in a file that must not hold it. */

/** Shorter texts turn up by chance. */
const shortest = 12;

/**
 * A secret as it is, inside a JSON text, in hexadecimal digits, and in base64: alone, or anywhere inside something longer
 * that was encoded as a whole, which shifts it by nothing, one byte or two.
 *
 * @throws Error when the secret is too short to be told from chance.
 */
export function secretForms(secret: string): string[] {
  if (secret.length < shortest) throw new Error(`a secret of ${secret.length} characters proves nothing`);
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    // The first and the last characters also hold bits of what stands beside the secret.
    const first = Math.ceil((shift * 8) / 6);
    return encoded.slice(first, Math.floor(((shift + bytes.length) * 8) / 6));
  });
  return [secret, JSON.stringify(secret).slice(1, -1), bytes.toString("hex"), ...shifted];
}

/** Names of the secrets of which a text holds a form. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => secretForms(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}

/** The values in a file that `paw validators init` made, or the same in a Secret, that nobody else may know. */
export function secretValues(file: string, content: string): Record<string, string> {
  // Public, whatever it lies beside.
  if (/genesis|RESTIC_REPOSITORY/.test(file)) return {};
  if (!file.endsWith(".json")) return { [file]: content.trim() };
  const { priv_key, mnemonic } = JSON.parse(content) as {
    priv_key?: { value: string };
    mnemonic?: string;
  };
  const value = priv_key?.value ?? mnemonic;
  if (value === undefined) throw new Error(`${file} holds neither a key nor a mnemonic`);
  return { [file]: value };
}
