/** What the API server was started with, where it runs as a pod that can be seen (kubeadm, kind). */
import { list } from "../../running/api.ts";
import type { Target } from "../../running/target.ts";

interface Server {
  readonly spec: {
    readonly containers: readonly {
      readonly command?: readonly string[];
      readonly args?: readonly string[];
    }[];
  };
}

/** The flags of every API server that can be seen; nothing where there is none (k3s, managed clusters). */
export async function apiServerFlags(target: Target): Promise<readonly string[] | undefined> {
  const pods = await list<Server>(target, {
    ...{ apiVersion: "v1", kind: "Pod", resource: "pods" },
    namespace: "kube-system",
  });
  const servers = pods.filter(({ metadata }) => metadata.labels?.component === "kube-apiserver");
  if (servers.length === 0) return undefined;
  return servers.flatMap(({ spec }) =>
    spec.containers.flatMap(({ command = [], args = [] }) => [...command, ...args]),
  );
}
