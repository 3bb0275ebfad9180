/** The mesh is whole: its pods are in it, its identity is renewed, and its policies refer to what there is (item 5). */
import { type Field, at, items } from "../../k8s/field.ts";
import { root } from "../../k8s/manifest.ts";
import { holds } from "../../rule.ts";
import type { Graph, Item } from "../graph.ts";
import { inject, isInjected, isSkipped, policyGroup } from "../mesh.ts";
import { type GraphFinding, type GraphRule, findingAt } from "../rule.ts";
import { labelsOf, selects } from "../selector.ts";
import type { Workload } from "../workload.ts";

const docs = "https://linkerd.io/2-edge/";

/** Our own systems; the platform's controllers are called by the API server, which is in no mesh. */
const meshedParts = ["paw", "bizra"];

function meshedWorkloads(graph: Graph): readonly Workload[] {
  return graph.workloads.filter(({ podLabels }) =>
    meshedParts.includes(podLabels["app.kubernetes.io/part-of"] ?? ""),
  );
}

const injected: GraphRule = {
  id: "mesh-injected",
  item: 5,
  description: "Every pod of both systems is in the mesh.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["kyverno require-linkerd-mesh-injection"],
  fix: "annotate the namespace with linkerd.io/inject: enabled (components/mesh/injection.ts).",
  url: `${docs}features/proxy-injection/`,
  needs: "charts",
  check: (graph) =>
    meshedWorkloads(graph)
      .filter((workload) => workload.hostNetwork || !isInjected(graph, workload))
      .map((item) => findingAt(item, "", ["a pod outside the mesh", `${inject}: enabled on its namespace`])),
};

const authorized: GraphRule = {
  id: "mesh-authz",
  item: 5,
  description:
    "Every port of a meshed Service is named by a Server, and every policy of the mesh refers to what there is.",
  severity: "high",
  levels: holds.inProduction,
  frameworks: ["kyverno require-linkerd-server"],
  fix: "name the flow in components/security/flows.ts, which writes the mesh's policies too.",
  url: `${docs}features/server-policy/`,
  needs: "charts",
  check: (graph) => [
    ...meshedWorkloads(graph).flatMap((workload) => unservedPorts(graph, workload)),
    ...graph.ofKind(policyGroup, "AuthorizationPolicy").flatMap((item) => brokenReferences(graph, item)),
  ],
};

/** Ports of Services that lead to a workload, which no Server names with a policy that targets it. */
function unservedPorts(graph: Graph, workload: Workload): readonly GraphFinding[] {
  const targets = new Set(
    graph
      .ofKind(policyGroup, "AuthorizationPolicy", workload.namespace)
      .map(({ manifest }) => at(root(manifest), "spec", "targetRef", "name").value),
  );
  const served = graph
    .ofKind(policyGroup, "Server", workload.namespace)
    .filter(
      ({ name, manifest }) =>
        targets.has(name) && selects(at(root(manifest), "spec", "podSelector"), workload.podLabels),
    )
    .map(({ manifest }) => at(root(manifest), "spec", "port").value);
  return graph
    .ofKind("", "Service", workload.namespace)
    .filter(({ manifest }) => {
      const wanted = Object.entries(labelsOf(at(root(manifest), "spec", "selector")));
      return wanted.length > 0 && wanted.every(([key, value]) => workload.podLabels[key] === value);
    })
    .flatMap((service) =>
      items(at(root(service.manifest), "spec", "ports"))
        .map((port) => [port, targetPort(port, workload)] as const)
        .filter(
          ([port, number]) =>
            at(port, "protocol").value !== "UDP" &&
            number !== undefined &&
            !isSkipped(graph, workload, { direction: "inbound", port: number }),
        )
        .filter(([, number]) => !served.includes(number))
        .map(([{ path }]) =>
          findingAt(service, path, ["a port that no Server names", "a Server and a policy for it"]),
        ),
    );
}

/** Number of the port that a Service's port leads to. */
function targetPort(port: Field, workload: Workload): number | undefined {
  const target = at(port, "targetPort").value ?? at(port, "port").value;
  if (typeof target === "number") return target;
  return workload.ports.find(({ name }) => name === target)?.port;
}

function brokenReferences(graph: Graph, policy: Item): readonly GraphFinding[] {
  const spec = at(root(policy.manifest), "spec");
  const references = [at(spec, "targetRef"), ...items(at(spec, "requiredAuthenticationRefs"))];
  return references
    .filter((reference) => {
      const [group, kind, name] = ["group", "kind", "name"].map((field) => at(reference, field).value);
      if (kind === "Namespace" || kind === "ServiceAccount") return false;
      return (
        typeof kind !== "string" ||
        typeof name !== "string" ||
        graph.find({
          group: typeof group === "string" ? group : "",
          kind,
          namespace: policy.namespace,
          name,
        }) === undefined
      );
    })
    .map(({ path }) => findingAt(policy, path, ["what is not deployed", "an object of this namespace"]));
}

const identity: GraphRule = {
  id: "mesh-identity",
  item: 5,
  description: "The mesh's issuer is a certificate that cert-manager renews before it ends.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: [],
  fix: "keep the Certificate linkerd-identity-issuer in components/platform/certManager/certificates.ts, with renewBefore shorter than duration.",
  url: `${docs}tasks/automatically-rotating-control-plane-tls-credentials/`,
  needs: "charts",
  check: (graph) => {
    const item = graph.find({
      group: "cert-manager.io",
      kind: "Certificate",
      namespace: "linkerd",
      name: "linkerd-identity-issuer",
    });
    if (item === undefined) {
      return [
        {
          path: "",
          found: "no Certificate linkerd/linkerd-identity-issuer",
          wanted: "one that cert-manager renews",
        },
      ];
    }
    const spec = at(root(item.manifest), "spec");
    const [duration, before] = [hours(at(spec, "duration").value), hours(at(spec, "renewBefore").value)];
    return duration !== undefined && before !== undefined && before < duration
      ? []
      : [findingAt(item, "spec.renewBefore", ["no time in which it is renewed", "less than spec.duration"])];
  },
};

/** Hours of a duration such as `48h` or `48h0m0s`. */
function hours(value: unknown): number | undefined {
  const parts = typeof value === "string" ? /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(value) : null;
  if (parts === null || value === "") return undefined;
  return Number(parts[1] ?? 0) + Number(parts[2] ?? 0) / 60 + Number(parts[3] ?? 0) / 3600;
}

const cni: GraphRule = {
  id: "mesh-cni",
  item: 5,
  description:
    "Where pods are restricted, the mesh's CNI plugin is installed: without it each pod needs NET_ADMIN.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: [],
  fix: "keep the chart linkerd2-cni in components/platform/platform.ts.",
  url: `${docs}features/cni/`,
  needs: "charts",
  check: (graph) =>
    graph.workloads.some(({ kind, labels }) => kind === "DaemonSet" && labels["k8s-app"] === "linkerd-cni") ||
    !meshedWorkloads(graph).some((workload) => isInjected(graph, workload))
      ? []
      : [{ path: "", found: "no DaemonSet of linkerd-cni", wanted: "the plugin on every node" }],
};

export const meshGraph: readonly GraphRule[] = [injected, authorized, identity, cni];
