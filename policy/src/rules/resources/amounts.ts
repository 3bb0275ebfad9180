/** Requests and limits of containers. */
import { type Demand, demand } from "../../finding.ts";
import { type Field, MALFORMED, UNKNOWN, at, entries, items } from "../../k8s/field.ts";
import { quantity } from "../../k8s/quantity.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { eachContainer, notOfPatches, podRule } from "../podSecurity/podRule.ts";

const docs = "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/";

/** Above zero, as a number or as text. */
function isAmount(value: unknown): boolean {
  return (quantity(value) ?? 0) > 0;
}

const amountOf = (resource: string): Demand => ({
  allows: isAmount,
  wanted: `an amount of ${resource} above zero`,
});

type About = Omit<Rule, "item" | "url" | "judges" | "check">;

/** A rule about the resources of every container; the API server refuses those of ephemeral ones. */
function resourceRule(about: About, check: (resources: Field) => readonly Finding[]): Rule {
  return notOfPatches(
    podRule({ ...about, item: 6, url: docs }, (pod) =>
      eachContainer(pod, (container) =>
        container.path.includes("ephemeralContainers") ? [] : check(at(container, "resources")),
      ),
    ),
  );
}

const cpuAndMemory = ["cpu", "memory"];

export const requests = resourceRule(
  {
    id: "res-requests",
    description: "Every container requests CPU and memory, so that a node is not promised twice.",
    severity: "medium",
    levels: holds.beforeUsers,
    fix: "set resources.requests.cpu and .memory.",
    frameworks: [
      "KSV-0015",
      "KSV-0016",
      "C-0268",
      "C-0269",
      "kube-linter unset-cpu-requirements",
      "kube-linter unset-memory-requirements",
      "Polaris cpuRequestsMissing",
      "Polaris memoryRequestsMissing",
      "Kyverno require-pod-requests-limits",
    ],
  },
  (resources) => cpuAndMemory.flatMap((name) => demand(at(resources, "requests", name), amountOf(name))),
);

export const limits = resourceRule(
  {
    id: "res-limits",
    description: "Every container has limits of CPU and memory, so that one cannot starve the others.",
    severity: "medium",
    levels: holds.beforeUsers,
    fix: "set resources.limits.cpu and .memory.",
    frameworks: [
      "KSV-0011",
      "KSV-0018",
      "C-0270",
      "C-0271",
      "kube-linter unset-cpu-requirements",
      "kube-linter unset-memory-requirements",
      "Polaris cpuLimitsMissing",
      "Polaris memoryLimitsMissing",
      "Kyverno require-pod-requests-limits",
    ],
  },
  (resources) => cpuAndMemory.flatMap((name) => demand(at(resources, "limits", name), amountOf(name))),
);

/** How many times its request a container may use: what the specification gives bizra (B4: 500m to 2000m, 512Mi to 2Gi). */
const widest = 4;

export const ratio = resourceRule(
  {
    id: "res-ratio",
    description: `No limit is more than ${widest} times its request: what a node promises beyond that, it cannot keep.`,
    severity: "low",
    levels: holds.asAdvice,
    note: "Four, as the specification gives bizra (B4). A limit without a request is its own request.",
    fix: "raise the request, or lower the limit.",
    frameworks: ["Gatekeeper containerresourceratios", "Kyverno enforce-resources-as-ratio"],
  },
  (resources) =>
    cpuAndMemory.flatMap((name) => {
      const limit = at(resources, "limits", name);
      // Without a request the API server takes the limit for it.
      const request = quantity(at(resources, "requests", name).value ?? limit.value);
      return demand(limit, {
        allows: (value) =>
          value === undefined || (request !== undefined && (quantity(value) ?? Infinity) <= widest * request),
        wanted: `at most ${widest} times the request of ${name}`,
      });
    }),
);

const ephemeralOfContainers = resourceRule(
  {
    id: "res-ephemeral",
    description:
      "Every container says how much of the node's disk it uses, and no emptyDir grows without end: a full disk evicts everybody.",
    severity: "medium",
    levels: holds.inProduction,
    note: "A volume without a type is an emptyDir. What is written to a volume claim does not count.",
    fix: "set resources.requests and .limits of ephemeral-storage, and sizeLimit of each emptyDir.",
    frameworks: ["Gatekeeper containerephemeralstoragelimit", "Kyverno require-emptydir-requests-limits"],
  },
  (resources) =>
    ["requests", "limits"].flatMap((kind) =>
      demand(at(resources, kind, "ephemeral-storage"), amountOf("ephemeral-storage")),
    ),
);

/** What is in a pod's volumes under no other type is an emptyDir too: the API server makes it one. */
function isEmptyDir(volume: Field): boolean {
  return (
    volume.value === UNKNOWN ||
    volume.value === MALFORMED ||
    entries(volume).every(({ key }) => key === "name" || key === "emptyDir")
  );
}

const sizeLimit: Demand = { allows: isAmount, wanted: "a size above zero" };
const emptyDirs = podRule(ephemeralOfContainers, ({ spec }) =>
  items(at(spec, "volumes"))
    .filter(isEmptyDir)
    .flatMap((volume) => demand(at(volume, "emptyDir", "sizeLimit"), sizeLimit)),
);

export const ephemeral: Rule = {
  ...ephemeralOfContainers,
  check: (manifest) => [...ephemeralOfContainers.check(manifest), ...emptyDirs.check(manifest)],
};
