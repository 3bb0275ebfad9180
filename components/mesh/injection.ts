/** What puts a workload's pods into the mesh, and what that costs. */
import type { Demand, PodSize } from "../platform/capacity.ts";
import { type Amounts, type ContainerResources, container } from "../platform/resources.ts";
import { bizraPorts, pawPorts, proxyPorts } from "../ports.ts";
import { addQuantities } from "../quantity.ts";
import type { Workload } from "../security/flows.ts";

/** Resources of Linkerd's proxy beside each pod (our own choice; Linkerd sets none). */
export const proxyResources: ContainerResources = container("200m", "128Mi");

/**
 * Ports that the proxy leaves alone, in both directions. Peers outside the cluster are in no mesh, a chain encrypts and
 * knows its peers by keys of its own, and a proxy would hide their addresses; a remote signer does likewise.
 */
export const skippedPorts: Readonly<Record<Workload["part"], readonly number[]>> = {
  paw: [pawPorts.p2p.port, pawPorts.signer.port],
  bizra: [bizraPorts.p2p],
};

/** Whether the proxy of a pod of this part handles a port, which is not its own. */
export function isMeshed(
  part: Workload["part"],
  { port, protocol }: { readonly port: number; readonly protocol: "TCP" | "UDP" },
): boolean {
  const leftAlone: readonly number[] = [...skippedPorts[part], ...Object.values(proxyPorts)];
  return protocol === "TCP" && !leftAlone.includes(port);
}

/** Annotations of a namespace whose pods are in the mesh, and accept nothing that no policy allows. */
export function meshAnnotations(part: Workload["part"]): Record<string, string> {
  const skipped = skippedPorts[part].join(",");
  return {
    "linkerd.io/inject": "enabled",
    "config.linkerd.io/default-inbound-policy": "deny",
    "config.linkerd.io/skip-inbound-ports": skipped,
    "config.linkerd.io/skip-outbound-ports": skipped,
  };
}

/** The same workloads with a proxy in each pod. */
export function withProxy(demands: readonly Demand[]): Demand[] {
  const { requests, limits } = proxyResources;
  const plus = (size: PodSize, proxy: Pick<Amounts, "cpu" | "memory">): PodSize => ({
    ...size,
    ...addQuantities(size, proxy),
  });
  return demands.map((demand) => ({
    ...demand,
    requests: plus(demand.requests, requests),
    limits: plus(demand.limits, limits),
  }));
}
