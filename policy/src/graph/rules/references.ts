/** Every reference leads to something (pack integrity). */
import { type Field, at, items } from "../../k8s/field.ts";
import { root } from "../../k8s/manifest.ts";
import { holds } from "../../rule.ts";
import type { Graph, Item } from "../graph.ts";
import { type GraphFinding, type GraphRule, findingAt } from "../rule.ts";
import { usesOf } from "../secrets.ts";
import { selects } from "../selector.ts";
import { type Workload, isBehind } from "../workload.ts";

const serviceDocs = "https://kubernetes.io/docs/concepts/services-networking/service/";

type About = Omit<GraphRule, "item" | "levels" | "check">;

function integrity(about: About, check: GraphRule["check"]): GraphRule {
  return { ...about, item: "integrity", levels: holds.beforeUsers, check };
}

/** The workloads behind a Service. */
function behind(graph: Graph, service: Item): readonly Workload[] {
  const selector = at(root(service.manifest), "spec", "selector");
  return graph.workloadsIn(service.namespace).filter((workload) => isBehind(selector, workload));
}

/** Labels that a program gives its own pods while it runs: Vault says which of its servers is the active one. */
const runtimeLabels = ["vault-active", "vault-sealed", "vault-perf-standby"];

/**
 * Services whose pods are to be seen here. One without a selector is somebody's own doing; in a namespace without a
 * workload of this deployment, such as kube-system, the pods are the cluster's.
 */
function choosing(graph: Graph): readonly Item[] {
  return graph
    .ofKind("", "Service")
    .filter(({ namespace }) => graph.workloadsIn(namespace).length > 0)
    .filter(({ manifest }) => {
      const selector = at(root(manifest), "spec", "selector");
      return (
        selector.value !== undefined &&
        !runtimeLabels.some((label) => typeof at(selector, label).value === "string")
      );
    });
}

const serviceSelector = integrity(
  {
    id: "svc-selector",
    description: "A Service chooses pods that there are.",
    severity: "high",
    frameworks: ["kube-linter dangling-service", "kube-score service-targets-pod"],
    fix: "correct spec.selector.",
    url: serviceDocs,
  },
  (graph) =>
    choosing(graph)
      .filter((service) => behind(graph, service).length === 0)
      .map((service) =>
        findingAt(service, "spec.selector", ["labels that no pod has", "labels of a workload"]),
      ),
);

const servicePort = integrity(
  {
    id: "svc-port",
    description: "A port of a Service leads to a port of its pods.",
    severity: "high",
    frameworks: ["kube-linter invalid-target-ports"],
    fix: "correct targetPort, or name the port in the container.",
    url: serviceDocs,
  },
  (graph) =>
    choosing(graph).flatMap((service) => {
      const workloads = behind(graph, service);
      if (workloads.length === 0) return [];
      return items(at(root(service.manifest), "spec", "ports"))
        .filter((port) => !workloads.some((workload) => hasPort(workload, targetOf(port).value)))
        .map((port) =>
          findingAt(service, targetOf(port).path, ["a port that no container has", "a port of a container"]),
        );
    }),
);

const targetOf = (port: Field): Field => {
  const target = at(port, "targetPort");
  return target.value === undefined ? at(port, "port") : target;
};

function hasPort({ ports, pod }: Workload, wanted: unknown): boolean {
  // What an operator makes has more ports than a preview shows.
  if (pod === undefined) return true;
  return ports.some(({ name, port }) => wanted === port || (name !== undefined && wanted === name));
}

const monitors = integrity(
  {
    id: "servicemonitor",
    description: "A ServiceMonitor finds a Service, a PodMonitor pods, and the port that it scrapes.",
    severity: "high",
    frameworks: ["kube-linter dangling-servicemonitor"],
    fix: "correct the selector, the namespaces or the port's name.",
    url: "https://prometheus-operator.dev/docs/developer/getting-started/",
  },
  (graph) => [
    ...graph.ofKind("monitoring.coreos.com", "ServiceMonitor").flatMap((monitor) => {
      // In a namespace without a workload of this deployment, such as kube-system, the Services are the cluster's.
      const services = namespacesOf(graph, monitor)
        .filter((namespace) => graph.workloadsIn(namespace).length > 0)
        .flatMap((namespace) => graph.ofKind("", "Service", namespace));
      const named = ({ manifest }: Item): readonly unknown[] =>
        items(at(root(manifest), "spec", "ports")).map((port) => at(port, "name").value);
      return silent(monitor, services, named);
    }),
    ...graph.ofKind("monitoring.coreos.com", "PodMonitor").flatMap((monitor) => {
      const pods = namespacesOf(graph, monitor)
        .flatMap((namespace) => graph.workloadsIn(namespace))
        .map((workload) => ({ ...workload, labels: workload.podLabels }));
      return silent(monitor, pods, ({ ports }) => ports.map(({ name }) => name));
    }),
  ],
);

/** Namespaces in which a monitor looks. */
function namespacesOf(graph: Graph, monitor: Item): readonly string[] {
  const selector = at(root(monitor.manifest), "spec", "namespaceSelector");
  if (at(selector, "any").value === true) return graph.workloadNamespaces;
  const named = items(at(selector, "matchNames")).map(({ value }) => value);
  return named.length === 0 ? [monitor.namespace] : named.filter((name) => typeof name === "string");
}

/** Findings of a monitor that finds nothing, or whose ports nothing has. Elsewhere than in this deployment it may. */
function silent<T extends Item>(
  monitor: Item,
  candidates: readonly T[],
  portsOf: (candidate: T) => readonly unknown[],
): readonly GraphFinding[] {
  // Of namespaces that are not this deployment's, such as kube-system, nothing is to be seen.
  if (candidates.length === 0) return [];
  const spec = at(root(monitor.manifest), "spec");
  const chosen = candidates.filter(({ labels }) => selects(at(spec, "selector"), labels));
  if (chosen.length === 0) {
    return [findingAt(monitor, "spec.selector", ["labels that nothing has", "labels of what it scrapes"])];
  }
  return [...items(at(spec, "endpoints")), ...items(at(spec, "podMetricsEndpoints"))]
    .map((endpoint) => at(endpoint, "port"))
    .filter(({ value }) => value !== undefined && !chosen.some((each) => portsOf(each).includes(value)))
    .map(({ path }) => findingAt(monitor, path, ["a port that nothing has", "the name of a port"]));
}

const backends = integrity(
  {
    id: "ingress-backend",
    description: "An Ingress leads to a Service and a port that there are.",
    severity: "high",
    frameworks: ["kube-linter dangling-ingress", "kube-score ingress-targets-service"],
    fix: "correct the backend's name or port.",
    url: "https://kubernetes.io/docs/concepts/services-networking/ingress/",
  },
  (graph) =>
    graph.ofKind("networking.k8s.io", "Ingress").flatMap((ingress) => {
      const spec = at(root(ingress.manifest), "spec");
      const paths = items(at(spec, "rules")).flatMap((rule) => items(at(rule, "http", "paths")));
      const services = [at(spec, "defaultBackend"), ...paths.map((path) => at(path, "backend"))].map(
        (backend) => at(backend, "service"),
      );
      return services
        .filter(({ value }) => value !== undefined)
        .filter((reference) => !leads(graph, ingress.namespace, reference))
        .map(({ path }) =>
          findingAt(ingress, path, ["a Service or port that is not deployed", "one of this namespace"]),
        );
    }),
);

function leads(graph: Graph, namespace: string, reference: Field): boolean {
  const name = at(reference, "name").value;
  const service =
    typeof name === "string" ? graph.find({ group: "", kind: "Service", namespace, name }) : undefined;
  if (service === undefined) return false;
  const [number, portName] = [at(reference, "port", "number").value, at(reference, "port", "name").value];
  return items(at(root(service.manifest), "spec", "ports")).some(
    (port) =>
      at(port, "port").value === number || (portName !== undefined && at(port, "name").value === portName),
  );
}

/** Accounts that the cluster itself makes. */
const givenAccounts = ["default"];

const accounts = integrity(
  {
    id: "sa-exists",
    description: "A pod runs as an account that there is; without it no pod is made.",
    severity: "high",
    frameworks: ["kube-linter non-existent-service-account"],
    fix: "make the ServiceAccount, or correct serviceAccountName.",
    url: "https://kubernetes.io/docs/concepts/security/service-accounts/",
  },
  (graph) =>
    graph.workloads
      .filter(
        ({ namespace, account }) =>
          !givenAccounts.includes(account) &&
          graph.find({ group: "", kind: "ServiceAccount", namespace, name: account }) === undefined,
      )
      .map((item) =>
        findingAt(item, "", ["an account that is not deployed", "a ServiceAccount of its namespace"]),
      ),
);

/** ConfigMaps that the cluster itself, or a controller, puts to every namespace or to the named one. */
const givenConfigMaps = [/^kube-root-ca\.crt$/, /^linkerd-identity-trust-roots$/];

const configs = integrity(
  {
    id: "config-exists",
    description: "A ConfigMap or a claim that a pod uses is there; without it the pod waits for ever.",
    severity: "high",
    frameworks: ["kube-linter env-var-value-from"],
    fix: "make it, or correct its name.",
    url: "https://kubernetes.io/docs/concepts/configuration/configmap/",
  },
  (graph) =>
    graph.workloads.flatMap((workload) => {
      const { namespace, pod } = workload;
      const missing = (kind: string, value: unknown): boolean =>
        typeof value !== "string" || graph.find({ group: "", kind, namespace, name: value }) === undefined;
      const maps = usesOf(workload, "ConfigMap")
        .filter(({ optional }) => !optional)
        .map(({ field }) => field)
        .filter(({ value }) => !givenConfigMaps.some((name) => typeof value === "string" && name.test(value)))
        .filter(({ value }) => missing("ConfigMap", value));
      const claims = (pod === undefined ? [] : items(at(pod.spec, "volumes")))
        .map((volume) => at(volume, "persistentVolumeClaim"))
        .filter((claim) => claim.value !== undefined)
        .map((claim) => at(claim, "claimName"))
        .filter(({ value }) => missing("PersistentVolumeClaim", value));
      return [...maps, ...claims].map(({ path }) =>
        findingAt(workload, path, ["what is not deployed", "an object of its namespace"]),
      );
    }),
);

const headless = integrity(
  {
    id: "sts-service",
    description: "A StatefulSet names a Service that there is; else its pods have no names to be reached by.",
    severity: "medium",
    frameworks: [],
    fix: "make the headless Service, or correct spec.serviceName.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id",
  },
  (graph) =>
    graph.ofKind("apps", "StatefulSet").flatMap((item) => {
      const { value, path } = at(root(item.manifest), "spec", "serviceName");
      // Kubernetes demands none.
      if (value === undefined || value === "") return [];
      const known =
        typeof value === "string" &&
        graph.find({ group: "", kind: "Service", namespace: item.namespace, name: value }) !== undefined;
      return known ? [] : [findingAt(item, path, ["a Service that is not deployed", "one of its namespace"])];
    }),
);

const budgets = integrity(
  {
    id: "pdb-selector",
    description: "A PodDisruptionBudget chooses pods that there are, and no pod has two.",
    severity: "medium",
    frameworks: ["kube-linter dangling-poddisruptionbudget"],
    fix: "correct the selector; with two budgets on one pod, Kubernetes evicts it never.",
    url: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
  },
  (graph) => {
    const chosen = graph.ofKind("policy", "PodDisruptionBudget").map((budget) => {
      const selector = at(root(budget.manifest), "spec", "selector");
      const workloads = graph
        .workloadsIn(budget.namespace)
        .filter(({ podLabels }) => selects(selector, podLabels));
      return { budget, workloads };
    });
    const budgetsOf = new Map<Workload, number>();
    for (const workload of chosen.flatMap(({ workloads }) => workloads))
      budgetsOf.set(workload, (budgetsOf.get(workload) ?? 0) + 1);
    return chosen.flatMap(({ budget, workloads }) => [
      ...(workloads.length > 0
        ? []
        : [findingAt(budget, "spec.selector", ["labels that no pod has", "labels of a workload"])]),
      ...(workloads.some((workload) => (budgetsOf.get(workload) ?? 0) > 1)
        ? [findingAt(budget, "spec.selector", ["pods that another budget chooses too", "pods of its own"])]
        : []),
    ]);
  },
);

export const referenceGraph: readonly GraphRule[] = [
  serviceSelector,
  servicePort,
  monitors,
  backends,
  accounts,
  configs,
  headless,
  budgets,
];
