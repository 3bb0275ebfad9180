/** Whether the two systems' pods speak mutual TLS: each has its proxy, plain callers are denied, and connections are secured. */
import { partNamespaces } from "../../../../config/platform.ts";
import { type StoredObject, list } from "../../running/api.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import { withPrometheus } from "../../running/prometheus.ts";
import type { Target } from "../../running/target.ts";

export async function lookAtMesh(target: Target): Promise<Outcome> {
  if (target.config.charts.source === "crds") {
    const notEvaluated = "there is no mesh: paw:charts.source is crds, which installs no chart";
    return { found: "no mesh", faults: [], notEvaluated };
  }
  const names = Object.values(partNamespaces(target.config));
  const all = await list(target, { apiVersion: "v1", kind: "Namespace", resource: "namespaces" });
  const pods = await Promise.all(
    names.map((namespace) =>
      list<ProxiedPod>(target, { ...{ apiVersion: "v1", kind: "Pod", resource: "pods" }, namespace }),
    ),
  );
  const seen = {
    namespaces: all.filter(({ metadata }) => names.includes(metadata.name)),
    pods: pods.flat(),
  };
  // No proxy runs where pods are simulated, so nothing is counted.
  if (target.embedded) return judgeMesh({ ...seen, secured: undefined });
  const expr = `sum by (namespace) (tcp_open_total{direction="inbound",tls="true",namespace=~"${names.join("|")}"})`;
  const samples = await withPrometheus(target, (prometheus) => prometheus.query(expr));
  const secured = new Map(samples.map(({ labels, value }) => [labels.namespace ?? "", value]));
  return judgeMesh({ ...seen, secured });
}

export interface SeenMesh {
  readonly namespaces: readonly StoredObject[];
  readonly pods: readonly (StoredObject & ProxiedPod)[];
  /** Secured connections that the proxies of a namespace counted; nothing where none can. */
  readonly secured: ReadonlyMap<string, number> | undefined;
}

interface ProxiedPod {
  readonly spec: {
    readonly containers: readonly { readonly name: string }[];
    readonly initContainers?: readonly { readonly name: string }[];
  };
  readonly status?: { readonly phase?: string };
}

export function judgeMesh({ namespaces, pods, secured }: SeenMesh): Outcome {
  const next = "linkerd check --proxy; docs/runbooks/mesh.md";
  const denies = "config.linkerd.io/default-inbound-policy";
  const without = pods.filter(({ spec, status, metadata }) => {
    const containers = [...spec.containers, ...(spec.initContainers ?? [])];
    const ended = ["Succeeded", "Failed"].includes(status?.phase ?? "");
    return (
      !ended &&
      metadata.deletionTimestamp === undefined &&
      !containers.some(({ name }) => name === "linkerd-proxy")
    );
  });
  const faults: Fault[] = [
    ...namespaces
      .filter(({ metadata }) => metadata.annotations?.[denies] !== "deny")
      .map(({ metadata }) => ({
        found: `${metadata.name}: callers without a certificate are not denied (${denies})`,
        next: "pulumi up --refresh",
      })),
    ...without.map(({ metadata }) => ({
      found: `${metadata.namespace ?? ""}/${metadata.name} has no proxy`,
      next: `kubectl -n ${metadata.namespace ?? ""} rollout restart its workload; ${next}`,
    })),
    ...namespaces
      .map(({ metadata }) => metadata.name)
      .filter((name) => secured !== undefined && !((secured.get(name) ?? 0) > 0))
      .map((name) => ({ found: `${name}: proxies count no secured connection`, next })),
  ];
  const counted = [...(secured ?? [])].map(([name, count]) => `${name} ${count}`).join(", ");
  const found = `${pods.length - without.length} of ${pods.length} pods have a proxy; secured connections: ${counted === "" ? "none counted" : counted}`;
  if (faults.length === 0 && secured === undefined) {
    const notEvaluated = "pods are simulated here, and their proxies with them";
    return { found, faults, notEvaluated };
  }
  return { found, faults };
}
