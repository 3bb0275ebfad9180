/** Images say what they are and where they come from (item 9). */
import { today } from "../../day.ts";
import { type Demand, demand } from "../../finding.ts";
import { readImageLock } from "../../imageLock.ts";
import { at } from "../../k8s/field.ts";
import { type Rule, holds } from "../../rule.ts";
import { registries } from "../../site.ts";
import { eachContainer, podRule } from "../podSecurity/podRule.ts";
import { imageLockRule } from "./lock.ts";

const docs = "https://kubernetes.io/docs/concepts/containers/images/";

type About = Pick<Rule, "id" | "description" | "severity" | "levels" | "fix" | "frameworks">;

/** A rule about the image of every container. */
function imageRule(
  about: About,
  { allows, wanted }: { allows: (image: string) => boolean; wanted: string },
): Rule {
  const wants: Demand = { allows: (value) => typeof value === "string" && allows(value), wanted };
  return podRule({ ...about, item: 9, url: docs }, (pod) =>
    eachContainer(pod, (container) => demand(at(container, "image"), wants)),
  );
}

/** Tag of an image; undefined where it has none. */
function tagOf(image: string): string | undefined {
  const [name = ""] = image.split("@");
  return /:([^:/]+)$/.exec(name)?.[1];
}

/** A digest, or the mark of one to be filled in, which `pulumi up` refuses by itself. */
const digest = /@sha256:([0-9a-f]{64}|REPLACE-ME)$/;

const latest = imageRule(
  {
    id: "img-latest",
    frameworks: [
      "KSV-0013",
      "C-0075",
      "kube-linter latest-tag",
      "Polaris tagNotSpecified",
      "Kyverno disallow-latest-tag",
    ],
    description: "An image is the same tomorrow: no tag `latest`, and no image without tag or digest.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "name a version, or better a digest.",
  },
  {
    allows: (image) => digest.test(image) || (tagOf(image) ?? "latest") !== "latest",
    wanted: "a tag other than latest, or a digest",
  },
);

const pinned = imageRule(
  {
    id: "img-digest",
    frameworks: ["C-0306", "Kyverno require-image-checksum", "Gatekeeper imagedigests"],
    description: "An image of this project's own choice is pinned by its digest; a tag can be moved.",
    severity: "medium",
    levels: holds.inProduction,
    fix: "append @sha256: and the digest that was scanned and signed.",
  },
  {
    allows: (image) =>
      digest.test(image) ||
      registries.some(({ prefix, pinnedBy }) => pinnedBy === "chart" && image.startsWith(prefix)),
    wanted: "name:tag@sha256:<64 hexadecimal digits>",
  },
);

const registry = imageRule(
  {
    id: "img-registry",
    frameworks: ["KSV-0125", "C-0078", "Kyverno restrict-image-registries"],
    description: "An image comes from a registry and project that somebody decided to trust.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "use an image of a listed origin, or add the origin to policy/src/site.ts with its reason.",
  },
  {
    allows: (image) => registries.some(({ prefix }) => image.startsWith(prefix)),
    wanted: "an image of an origin listed in policy/src/site.ts",
  },
);

const lock = imageLockRule({ images: readImageLock(), today: today() });

export const images: readonly Rule[] = [latest, pinned, registry, lock];
