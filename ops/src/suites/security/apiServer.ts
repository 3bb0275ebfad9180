/** What the API server was started with, where it runs as a pod that can be seen (kubeadm, kind). */
import { list } from "../../running/api.ts";
import type { Target } from "../../running/target.ts";

/** The flags of every API server that can be seen; nothing where there is none (k3s, managed clusters). */
export async function apiServerFlags(target: Target): Promise<readonly string[] | undefined> {
  const pods = await list(target, {
    ...{ apiVersion: "v1", kind: "Pod", resource: "pods" },
    namespace: "kube-system",
  });
  const servers = pods.filter(({ metadata }) => metadata.labels?.component === "kube-apiserver");
  if (servers.length === 0) return undefined;
  return servers.flatMap(({ spec }) =>
    (spec.containers as { command?: string[]; args?: string[] }[]).flatMap(({ command = [], args = [] }) => [
      ...command,
      ...args,
    ]),
  );
}
