/** Where an embedded cluster keeps what no API shows: its etcd and the API server's audit log, on this machine. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

import { kubeconfigOf } from "../../cluster/index.ts";
import { portsIn } from "../../cluster/embedded/ports.ts";
import { pawFolder } from "../../project.ts";
import type { Target } from "../../running/target.ts";

export interface EmbeddedCluster {
  /** Address of etcd's HTTP gateway. */
  readonly etcd: string;
  readonly auditLog: string;
}

/** The embedded cluster of this checkout that a target is, by the port of its API server. */
export function embeddedCluster({ kubeconfig, embedded }: Target): EmbeddedCluster | undefined {
  const folder = join(pawFolder, "clusters");
  if (!embedded || !existsSync(folder)) return undefined;
  const server = new URL(kubeconfig.getCurrentCluster()?.server ?? "https://none");
  for (const name of readdirSync(folder)) {
    const own = join(dirname(kubeconfigOf(name)), "kwok", "clusters", name);
    const facts = join(own, "kwok.yaml");
    if (!existsSync(facts)) continue;
    const ports = portsIn(readFileSync(facts, "utf8"));
    if (String(ports.kubeApiserverPort) !== server.port) continue;
    return {
      etcd: `http://127.0.0.1:${ports.etcdPort ?? 0}`,
      auditLog: join(own, "logs", "audit.log"),
    };
  }
  return undefined;
}
