/** `policy/image-lock.json`: the images that somebody looked at: who signed them, what a scan found, and when. */
import { readFileSync } from "node:fs";

import { isRecord } from "./k8s/field.ts";

/** A critical vulnerability that the scan found; one with a reason is known and accepted. */
export interface Critical {
  readonly id: string;
  readonly waived?: string;
}

export interface LockedImage {
  /** As manifests write it: `name:tag@sha256:…`, or `name:tag` where a chart names no digest. */
  readonly image: string;
  /** Digest that was scanned: `sha256:…`. */
  readonly digest: string;
  /** Whose signature `cosign verify` found: issuer and identity of a keyless one, or the name of a key. */
  readonly signedBy: string;
  /** Day of the scan: YYYY-MM-DD. */
  readonly scanned: string;
  readonly critical: readonly Critical[];
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const digestForm = /^sha256:[0-9a-f]{64}$/;

/**
 * @throws Error that lists every fault.
 */
export function parseImageLock(text: string): readonly LockedImage[] {
  const { images } = JSON.parse(text) as { images?: unknown };
  const entries = Array.isArray(images) ? (images as unknown[]) : undefined;
  const faults =
    entries === undefined
      ? ['"images" must be a list']
      : entries.flatMap((entry, index) => faultsOf(entry).map((fault) => `images[${index}]: ${fault}`));
  if (faults.length > 0) throw new Error(`policy/image-lock.json:\n${faults.join("\n")}`);
  return entries as LockedImage[];
}

function faultsOf(entry: unknown): readonly string[] {
  if (!isRecord(entry)) return ["must be an object"];
  const text = (name: string): string => (typeof entry[name] === "string" ? entry[name] : "");
  const critical = Array.isArray(entry.critical) ? (entry.critical as unknown[]) : undefined;
  const pinned = /@(.*)$/.exec(text("image"))?.[1];
  return [
    ...(text("image") === "" ? ["image must be a text"] : []),
    ...(digestForm.test(text("digest")) ? [] : ["digest must be sha256: and 64 hexadecimal digits"]),
    ...(pinned === undefined || pinned === entry.digest ? [] : ["image and digest name two digests"]),
    ...(text("signedBy") === "" ? ["signedBy must say whose signature was found"] : []),
    ...(day.test(text("scanned")) ? [] : ["scanned must be a day such as 2027-01-31"]),
    ...(critical === undefined ? ["critical must be a list, empty where a scan found none"] : []),
    ...(critical ?? []).flatMap((each) =>
      isRecord(each) && typeof each.id === "string" && ["string", "undefined"].includes(typeof each.waived)
        ? []
        : ["critical must hold an id each, and the reason where it is waived"],
    ),
  ];
}

/** Digest that an image is pinned by; nothing for a tag, and for a mark that stands for a digest. */
export function digestOf(image: string): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
}

const repositoryOf = (image: string): string => image.replace(/@.*$/, "").replace(/:[^:/]+$/, "");

/** The entry for an image: by its whole name, or by its repository and digest. */
export function lockedAs(images: readonly LockedImage[], image: string): LockedImage | undefined {
  const digest = digestOf(image);
  return images.find(
    (each) =>
      each.image === image ||
      (digest !== undefined && each.digest === digest && repositoryOf(each.image) === repositoryOf(image)),
  );
}

/** Days after which a scan says nothing any more: what was unknown then is known now (our own choice). */
const days = 30;

const dayLength = 24 * 3600 * 1000;

/**
 * What is wrong with an entry, and what would be right.
 *
 * @param today YYYY-MM-DD.
 */
export function faultsOfEntry(
  { scanned, critical }: LockedImage,
  today: string,
): readonly { readonly found: string; readonly wanted: string }[] {
  const age = (Date.parse(today) - Date.parse(scanned)) / dayLength;
  const open = critical.filter(({ waived }) => waived === undefined || waived === "");
  return [
    ...(age <= days ? [] : [{ found: `a scan of ${age} days ago`, wanted: `one of the last ${days} days` }]),
    ...(open.length === 0
      ? []
      : [
          {
            found: `${open.length} critical vulnerabilities: ${open.map(({ id }) => id).join(", ")}`,
            wanted: "none, or a reason to waive each",
          },
        ]),
  ];
}

/** The lock of the repository. */
export function readImageLock(): readonly LockedImage[] {
  return parseImageLock(readFileSync(new URL("../image-lock.json", import.meta.url), "utf8"));
}
