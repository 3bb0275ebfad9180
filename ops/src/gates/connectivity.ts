import { CoreV1Api, DiscoveryV1Api, type V1EndpointSlice, type V1Service } from "@kubernetes/client-node";

import { firstLine } from "../errors.ts";
import { bizraPorts } from "../../../components/ports.ts";
import { addressesOf } from "../running/dns.ts";
import { type Fault, NotEvaluatedError } from "../running/checks.ts";
import { through } from "../running/forward.ts";
import { type Gate, type Scene, appName, eachPod, insidePods } from "./gate.ts";

/** Milliseconds that an answer may take. */
const patience = 10_000;
/** Paths that answer with 200 while all is well (spec B5). */
const paths = ["/health", "/ready"] as const;

/** Gate 6 of spec B10: the Service leads to every pod on every port, has an address that DNS gives, and pods answer. */
export const connectivity: Gate = {
  id: "service-connectivity",
  title: "6 service connectivity",
  wanted:
    "a ClusterIP that DNS gives, every pod an endpoint of every port, and /health and /ready through a port-forward",
  look: insidePods(async (scene) => {
    const { target, namespace } = scene;
    const core = target.kubeconfig.makeApiClient(CoreV1Api);
    const service = await core.readNamespacedService({ namespace, name: appName });
    const { items: slices } = await target.kubeconfig
      .makeApiClient(DiscoveryV1Api)
      .listNamespacedEndpointSlice({ namespace, labelSelector: `kubernetes.io/service-name=${appName}` });
    const faults = [
      ...endpointFaults(scene, slices),
      ...(await nameFaults(scene, service)),
      ...(await eachPod(
        scene,
        (pod) => answerFaults(scene, pod),
        (pod) => `kubectl port-forward -n ${namespace} ${pod} ${bizraPorts.http}`,
      )),
    ];
    const address = service.spec?.clusterIP ?? "no address";
    return {
      found: `${address}, ${Object.keys(bizraPorts).length} ports of ${scene.pods.length} pods`,
      faults,
    };
  }),
};

/** Every port of the Service has every pod behind it, ready. */
function endpointFaults({ namespace, pods }: Scene, slices: readonly V1EndpointSlice[]): Fault[] {
  const next = `kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${appName} -o yaml; docs/runbooks/services-not-accessible.md`;
  return Object.entries(bizraPorts).flatMap(([name, port]) => {
    const ready = new Set(
      slices
        .filter(({ ports }) => ports?.some((each) => each.name === name && each.port === port))
        .flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready === true)
        .map(({ targetRef }) => targetRef?.name ?? ""),
    );
    return ready.size >= pods.length
      ? []
      : [{ found: `port ${name} (${port}) has ${ready.size} of ${pods.length} pods behind it`, next }];
  });
}

/** The name resolves, inside the cluster, to the Service's address. */
async function nameFaults({ target, namespace }: Scene, { spec }: V1Service): Promise<Fault[]> {
  const name = `${appName}.${namespace}.svc.cluster.local`;
  const next =
    "kubectl get pods -n kube-system -l k8s-app=kube-dns; docs/runbooks/services-not-accessible.md";
  const address = spec?.clusterIP;
  if (address === undefined || address === "None")
    return [
      {
        found: `the Service ${appName} has no ClusterIP`,
        next: `kubectl get service -n ${namespace} ${appName}`,
      },
    ];
  try {
    const given = await addressesOf(target, name);
    return given.includes(address)
      ? []
      : [{ found: `DNS gives ${given.join(", ") || "nothing"} for ${name}, wanted ${address}`, next }];
  } catch (error) {
    if (error instanceof NotEvaluatedError) throw error;
    return [{ found: `DNS does not answer for ${name}: ${firstLine(error)}`, next }];
  }
}

async function answerFaults({ target, namespace }: Scene, pod: string): Promise<Fault[]> {
  return through(target, { namespace, pod, port: bizraPorts.http }, async (url) => {
    const answers = await Promise.all(
      paths.map(async (path) => {
        const { status } = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(patience) });
        return { path, status };
      }),
    );
    return answers
      .filter(({ status }) => status !== 200)
      .map(({ path, status }) => ({
        found: `${pod} answers ${path} with ${status}`,
        next: `kubectl logs -n ${namespace} ${pod} -c ${appName} --since=5m`,
      }));
  });
}
