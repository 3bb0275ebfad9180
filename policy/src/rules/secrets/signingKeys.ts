import { demand, oneOf } from "../../finding.ts";
import { type Field, at, isHidden, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, isPatch, root } from "../../k8s/manifest.ts";
import { type Pod, bearsPod, containersOf, podOf } from "../../k8s/podSpec.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { signingKeys } from "../../site.ts";
import { eachContainer } from "../podSecurity/podRule.ts";
import { mountsOf, secretsOfVariables, secretsOfVolume } from "./references.ts";

/** Seconds that a validator has to write its signing state when it is told to stop. */
export const grace = 60;

/** Whether a field names a Secret with signing keys. */
export function isSigningKey({ value }: Field): boolean {
  return (signingKeys as readonly unknown[]).includes(value);
}

/** Whether a path ends with the pod's own name, out of a variable of the container that Kubernetes fills with it. */
export function byPodName(container: Field): (value: unknown) => boolean {
  const variables = items(at(container, "env"))
    .filter((each) => at(each, "valueFrom", "fieldRef", "fieldPath").value === "metadata.name")
    .map((each) => at(each, "name").value);
  return (value) =>
    typeof value === "string" && variables.includes(/\$\((\w+)\)[^$/]*$/.exec(value)?.[1] ?? null);
}

/** How a pod has the volume with signing keys. */
function checkVolume(volume: Field, pod: Pod): readonly Finding[] {
  return eachContainer(pod, (container) =>
    mountsOf(container, at(volume, "name").value).flatMap((mount) => [
      ...demand(at(mount, "subPathExpr"), {
        allows: byPodName(container),
        wanted: "the pod's own name, by a variable from metadata.name",
      }),
      ...demand(at(mount, "readOnly"), { allows: oneOf(true), wanted: "true" }),
    ]),
  );
}

function findings(manifest: Manifest): readonly Finding[] {
  const pod = podOf(manifest);
  if (pod === undefined) return [];
  const volumes = items(at(pod.spec, "volumes"));
  const named = [...volumes.flatMap(secretsOfVolume), ...containersOf(pod).flatMap(secretsOfVariables)];
  const hidden = named
    .filter(isHidden)
    .flatMap((name) => demand(name, { allows: () => false, wanted: "a name, to tell whose keys it holds" }));
  const variables = eachContainer(pod, (container) =>
    secretsOfVariables(container)
      .filter(isSigningKey)
      .map(({ path }) => ({ path, found: "a Secret with signing keys", wanted: "a file of the pod's own" })),
  );
  const keys = volumes.filter((volume) => secretsOfVolume(volume).some(isSigningKey));
  if (keys.length === 0) return [...hidden, ...variables];
  return [
    ...hidden,
    ...variables,
    ...keys.flatMap((volume) => checkVolume(volume, pod)),
    ...demand(at(root(manifest), "kind"), {
      allows: () => baseKind(manifest) === "StatefulSet",
      wanted: "StatefulSet, whose pods have names of their own and never live twice",
      mayShow: () => true,
    }),
    ...demand(at(pod.spec, "terminationGracePeriodSeconds"), {
      allows: (value) => typeof value === "number" && value >= grace,
      wanted: `${grace} seconds or more, to write the signing state`,
    }),
  ];
}

export const ownKey: Rule = {
  id: "validator-own-key",
  item: 4,
  description: "A pod has its own signing key and no other in it: two that sign with one key are slashed.",
  severity: "critical",
  levels: holds.everywhere,
  fix: "mount the Secret in a StatefulSet by subPathExpr on $(POD_NAME), read-only, with a grace period.",
  note: "Which Secrets hold signing keys is said in `signingKeys` of `policy/src/site.ts`. A Secret whose name a preview does not know could be one. That no second workload has the keys is for `validator-one-key-per-pod`.",
  url: "https://docs.cometbft.com/main/explanation/core/validators",
  frameworks: [],
  judges: (manifest) => bearsPod(manifest) && !isPatch(manifest),
  check: findings,
};
