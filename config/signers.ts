/** Who signs the two systems' images: read from the stack file and the key files that it names. */
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

import type { Signer } from "../components/platform/admission/imagePolicies.ts";
import type { Fault, Values } from "./rules.ts";
import { placeholder } from "./schema.ts";

type Images = NonNullable<Values["admission"]["images"]>;
const systems = ["chain", "bizra"] as const;
export type Signers = Readonly<Partial<Record<(typeof systems)[number], Signer>>>;

/** Reads the signers. A private key in place of a public one is a fault: the file is not secret. */
export function signersOf(
  { admission: { images } }: Values,
  root: URL,
): { readonly signers: Signers; readonly faults: Fault[] } {
  if (images === undefined) return { signers: {}, faults: [] };
  const read = systems.map((system) => ({ system, ...signerOf(system, images, root) }));
  return {
    signers: Object.fromEntries(read.map(({ system, signer }) => [system, signer])),
    faults: read.flatMap(({ faults }) => faults),
  };
}

/** Keys of the configuration whose signer is still to be filled in. */
export function signerPlaceholders({ admission: { images } }: Values): string[] {
  if (images === undefined) return [];
  return systems
    .filter((system) =>
      Object.values(images[system]).some((value: string | undefined) => value?.includes(placeholder)),
    )
    .map((system) => `paw:admission.images.${system}`);
}

function signerOf(
  system: (typeof systems)[number],
  images: Images,
  root: URL,
): { readonly signer?: Signer; readonly faults: Fault[] } {
  const at = `paw:admission.images.${system}`;
  const { key, issuer, subject, subjectRegExp } = images[system];
  const fault = (wanted: string, found?: unknown, field = at): { readonly faults: Fault[] } => ({
    faults: [{ key: field, wanted, ...(found === undefined ? {} : { found }) }],
  });
  const named = [subject, subjectRegExp].filter((each) => each !== undefined);
  if (key !== undefined && issuer === undefined && named.length === 0) {
    if (key === placeholder) return { signer: { key }, faults: [] };
    const pem = publicKey(new URL(key, root));
    return pem === undefined
      ? fault("must be a file with one public key (PEM), as a path in this project", key, `${at}.key`)
      : { signer: { key: pem }, faults: [] };
  }
  if (key !== undefined || issuer === undefined || named.length !== 1) {
    return fault("must have either key, or issuer and one of subject and subjectRegExp");
  }
  if (subject !== undefined) return { signer: { issuer, subject }, faults: [] };
  if (subjectRegExp === undefined || !isAnchored(subjectRegExp)) {
    const wanted = "must be a regular expression from ^ to $: a part of a name proves nothing";
    return fault(wanted, subjectRegExp, `${at}.subjectRegExp`);
  }
  return { signer: { issuer, subjectRegExp }, faults: [] };
}

function publicKey(file: URL): string | undefined {
  try {
    const text = readFileSync(file, "utf8");
    if (text.includes("PRIVATE KEY")) return undefined;
    return createPublicKey(text).export({ type: "spki", format: "pem" }) as string;
  } catch {
    return undefined;
  }
}

function isAnchored(pattern: string): boolean {
  try {
    return pattern.startsWith("^") && pattern.endsWith("$") && new RegExp(pattern).flags === "";
  } catch {
    return false;
  }
}
