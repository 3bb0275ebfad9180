/** Where every Secret comes from, and who may hold a signing key (item 4). */
import { show } from "../../finding.ts";
import { at, items } from "../../k8s/field.ts";
import { root } from "../../k8s/manifest.ts";
import { containersOf } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { byPodName, grace, isSigningKey } from "../../rules/secrets/signingKeys.ts";
import { type GraphFinding, type GraphRule, findingAt } from "../rule.ts";
import { isMade, usesOf } from "../secrets.ts";
import type { Workload } from "../workload.ts";

const docs = "https://external-secrets.io/latest/introduction/overview/";

const stores: GraphRule = {
  id: "eso-store",
  item: 4,
  description: "An ExternalSecret names a store that there is.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: [],
  fix: "correct spec.secretStoreRef, or add the store to components/platform/externalSecrets/stores.ts.",
  url: "https://external-secrets.io/latest/api/externalsecret/",
  needs: "charts",
  check: (graph) =>
    graph.ofKind("external-secrets.io", "ExternalSecret").flatMap((item) => {
      const reference = at(root(item.manifest), "spec", "secretStoreRef");
      // One that draws its values from a generator needs no store.
      if (reference.value === undefined) return [];
      const kind = at(reference, "kind").value ?? "SecretStore";
      const { value: name, path } = at(reference, "name");
      const known =
        typeof kind === "string" &&
        typeof name === "string" &&
        graph.find({
          group: "external-secrets.io",
          kind,
          namespace: kind === "SecretStore" ? item.namespace : "",
          name,
        }) !== undefined;
      return known
        ? []
        : [findingAt(item, path, ["a store that is not deployed", "a store of this deployment"])];
    }),
};

const provenance: GraphRule = {
  id: "secret-provenance",
  item: 4,
  description: "Every Secret that a pod uses is made by an ExternalSecret or a Certificate, not by hand.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: [],
  fix: "add an ExternalSecret or a Certificate that makes it; what an operator makes belongs to givenSecrets in policy/src/graph/secrets.ts.",
  url: docs,
  check: (graph) =>
    graph.workloads.flatMap((workload) =>
      usesOf(workload, "Secret")
        .filter(({ optional }) => !optional)
        .filter(
          ({ field: { value } }) => typeof value !== "string" || !isMade(graph, workload.namespace, value),
        )
        .map(({ field }) =>
          findingAt(workload, field.path, [
            "a Secret that nothing in the deployment makes",
            "one that an ExternalSecret or a Certificate makes",
          ]),
        ),
    ),
};

/** Whether a workload uses the Secret with the consensus keys. */
function holdsKeys(workload: Workload): boolean {
  return usesOf(workload, "Secret").some(({ field }) => isSigningKey(field));
}

const oneKeyPerPod: GraphRule = {
  id: "validator-one-key-per-pod",
  item: 4,
  description: "No two pods can mount one consensus key: a chain punishes whoever signs twice.",
  severity: "critical",
  levels: holds.everywhere,
  frameworks: [],
  fix: "mount the key by subPathExpr on the pod's name in the one StatefulSet of validators, and nowhere else.",
  url: "https://docs.cometbft.com/v0.38/core/validators",
  check: (graph) => {
    const holders = graph.workloads.filter(holdsKeys);
    const others = holders
      .slice(1)
      .map((item) =>
        findingAt(item, "", ["a second workload with the consensus keys", "one workload with them"]),
      );
    return [...others, ...holders.flatMap(keyFaults)];
  },
};

function keyFaults(workload: Workload): readonly GraphFinding[] {
  const { pod, kind, manifest } = workload;
  if (pod === undefined) return [];
  const spec = at(root(manifest), "spec");
  const volumes = items(at(pod.spec, "volumes"))
    .filter((volume) => isSigningKey(at(volume, "secret", "secretName")))
    .map((volume) => at(volume, "name").value);
  const mounts = containersOf(pod).flatMap((container) =>
    items(at(container, "volumeMounts"))
      .filter((mount) => volumes.includes(at(mount, "name").value))
      .map((mount) => at(mount, "subPathExpr"))
      .filter(({ value }) => !byPodName(container)(value)),
  );
  const environment = usesOf(workload, "Secret").filter(
    ({ field }) => isSigningKey(field) && field.path.includes(".env"),
  );
  const given = at(pod.spec, "terminationGracePeriodSeconds");
  return [
    ...(kind === "StatefulSet" ? [] : [findingAt(workload, "kind", [kind, "StatefulSet"])]),
    ...[...mounts, ...environment.map(({ field }) => field)].map(({ path }) =>
      findingAt(workload, path, ["a way to more keys than the pod's own", "subPathExpr on the pod's name"]),
    ),
    ...(typeof given.value === "number" && given.value >= grace
      ? []
      : [
          findingAt(workload, given.path, [
            typeof given.value === "number" ? `${given.value} s` : show(given.value),
            `${grace} s or more, to end and record what was signed`,
          ]),
        ]),
    ...(at(spec, "podManagementPolicy").value === "Parallel"
      ? [findingAt(workload, at(spec, "podManagementPolicy").path, ["Parallel", "OrderedReady"])]
      : []),
  ];
}

export const secretGraph: readonly GraphRule[] = [stores, provenance, oneKeyPerPod];
