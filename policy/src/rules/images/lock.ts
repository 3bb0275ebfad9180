import { show } from "../../finding.ts";
import { type LockedImage, digestOf, faultsOfEntry, lockedAs } from "../../imageLock.ts";
import { type Field, at } from "../../k8s/field.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { registries } from "../../site.ts";
import { eachContainer, podRule } from "../podSecurity/podRule.ts";

interface Lock {
  readonly images: readonly LockedImage[];
  /** YYYY-MM-DD. */
  readonly today: string;
}

const wanted = "an image that policy/image-lock.json lists with its signature and scan";

function checkImage(image: Field, { images, today }: Lock): readonly Finding[] {
  const { path, value, blockedAt } = image;
  if (typeof value !== "string") return [{ path: blockedAt ?? path, found: show(value), wanted }];
  const digest = digestOf(value);
  const entry = lockedAs(images, value);
  if (entry !== undefined) return faultsOfEntry(entry, today).map((fault) => ({ path, ...fault }));
  const byChart = registries.some(({ prefix, pinnedBy }) => pinnedBy === "chart" && value.startsWith(prefix));
  if (digest !== undefined && !byChart) return [{ path, found: "a digest that it does not list", wanted }];
  // Nothing lasting can be said of what a tag, or a mark, will stand for on the day; nor does this project choose the
  // images of charts one by one.
  const marked = value.endsWith("@sha256:REPLACE-ME") ? "no digest yet, but a mark" : "no digest, but a tag";
  return [{ path, found: byChart ? "no word on a chart's image" : marked, wanted, notEvaluated: true }];
}

/** The rule for a lock and a day. */
export function imageLockRule(lock: Lock): Rule {
  return podRule(
    {
      id: "img-lock",
      item: 9,
      description:
        "An image was signed by somebody whom we know, and a scan of it found nothing critical lately.",
      severity: "high",
      levels: holds.inProduction,
      fix: "verify the signature, scan the digest, and write both to policy/image-lock.json.",
      note: "`policy/image-lock.json` holds, for each image: `image` as manifests write it, the `digest` that was looked at, `signedBy` (whose signature `cosign verify` found), `scanned` (a day), and `critical` (ids of what the scan found, `waived` with a reason where it is accepted). A scan counts for 30 days. An image that is listed nowhere is a finding if it is this project's own choice and has a digest. Marked placeholders, tags without a digest, and the images that charts choose are **not evaluated** until they are listed: a warning at every level, and no green.",
      url: "https://docs.sigstore.dev/cosign/verifying/verify/",
      frameworks: ["C-0236", "C-0237", "Kyverno verify-image", "Kyverno require-vulnerability-scan"],
    },
    (pod) => eachContainer(pod, (container) => checkImage(at(container, "image"), lock)),
  );
}
