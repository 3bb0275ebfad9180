/** Every image that runs, by which digest, and what is known of its signature. */
import type { Graph, Item } from "../../../policy/src/graph/graph.ts";
import { type LockedImage, digestOf, faultsOfEntry, lockedAs } from "../../../policy/src/imageLock.ts";
import { at, items } from "../../../policy/src/k8s/field.ts";
import { root } from "../../../policy/src/k8s/manifest.ts";
import { containersOf } from "../../../policy/src/k8s/podSpec.ts";
import type { Verdict } from "../running/checks.ts";

export interface ImageRow {
  /** As the manifests write it. */
  readonly image: string;
  readonly pinned: "digest" | "placeholder" | "tag" | "not known";
  readonly digest: string | undefined;
  /** Workloads that run it, as `namespace/name`. */
  readonly usedBy: readonly string[];
  readonly signature: { readonly verdict: Verdict; readonly text: string };
  /** Policies of admission that speak of it, each with what it asks for. */
  readonly admission: readonly string[];
}

export interface ImageFacts {
  readonly lock: readonly LockedImage[];
  /** YYYY-MM-DD. */
  readonly today: string;
}

const mark = "REPLACE-ME";

/** The images of all containers, sorted. */
export function imagesOf(graph: Graph, facts: ImageFacts): readonly ImageRow[] {
  const uses = graph.workloads.flatMap(({ namespace, name, pod }) =>
    (pod ? containersOf(pod) : []).map((container) => {
      const { value } = at(container, "image");
      return {
        image: typeof value === "string" ? value : "(not known in a preview)",
        by: `${namespace}/${name}`,
      };
    }),
  );
  const groups = Map.groupBy(uses, ({ image }) => image);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([image, group]) => ({
      image,
      pinned: pinnedBy(image),
      digest: digestOf(image),
      usedBy: [...new Set(group.map(({ by }) => by))].toSorted(),
      signature: signatureOf(image, facts),
      admission: graph
        .ofKind("policy.sigstore.dev", "ClusterImagePolicy")
        .flatMap((policy) => admitted(policy, image)),
    }));
}

function pinnedBy(image: string): ImageRow["pinned"] {
  if (image.startsWith("(")) return "not known";
  if (image.includes(mark)) return "placeholder";
  return digestOf(image) === undefined ? "tag" : "digest";
}

function signatureOf(image: string, { lock, today }: ImageFacts): ImageRow["signature"] {
  const entry = lockedAs(lock, image);
  if (entry === undefined) {
    const text = image.includes(mark)
      ? "a placeholder, which stands for no image yet"
      : "policy/image-lock.json does not list it";
    return { verdict: "not evaluated", text };
  }
  const faults = faultsOfEntry(entry, today);
  const signed = `signed by ${entry.signedBy}, scanned on ${entry.scanned}`;
  if (faults.length === 0) return { verdict: "proven", text: signed };
  return { verdict: "failed", text: `${signed}: ${faults.map(({ found }) => found).join(", ")}` };
}

/** What a policy asks of an image that one of its patterns holds. */
function admitted({ name, manifest }: Item, image: string): readonly string[] {
  const spec = at(root(manifest), "spec");
  const globs = items(at(spec, "images")).map((each) => at(each, "glob").value);
  if (!globs.some((glob) => typeof glob === "string" && holds(glob, asController(image)))) return [];
  const authorities = items(at(spec, "authorities"));
  const passes = authorities.some((each) => at(each, "static", "action").value === "pass");
  const mode = at(spec, "mode").value === "warn" ? "warns" : "refuses";
  return [passes ? `${name}: let through by name` : `${name}: ${mode} without a signature`];
}

/** policy-controller's names: Docker's registry by its other host, and a digest without the tag before it. */
function asController(image: string): string {
  const [name = "", digest] = image.split("@");
  const whole = name.replace(/^docker\.io\//, "index.docker.io/");
  return digest === undefined ? whole : `${whole.replace(/:[^:/]+$/, "")}@${digest}`;
}

/** Sigstore's patterns: a star stands for what is between two slashes, two stars for anything. */
function holds(glob: string, image: string): boolean {
  const pattern = glob
    .split("**")
    .map((part) =>
      part
        .split("*")
        .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
        .join("[^/]*"),
    )
    .join(".*");
  return new RegExp(`^${pattern}$`).test(image);
}
