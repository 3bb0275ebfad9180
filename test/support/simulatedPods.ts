/** What stands behind the simulated pods of an embedded cluster: processes and files of this machine, through kwok's objects. */
import type { Sandbox } from "./sandbox.ts";

export interface Behind {
  readonly namespace: string;
  readonly pod: string;
  /** By port of the pod, where a port-forward ends: a port at `address`, or `host:port`. */
  readonly ports?: Readonly<Record<number, number | string>>;
  /** Address at which those ports are; 127.0.0.1 by default. */
  readonly address?: string;
  /** File in the CRI's log format, `TIME stdout F LINE`, that `kubectl logs` shows. */
  readonly logsFile?: string;
  /** Variables that a command run by `kubectl exec` gets beside this machine's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the pod's containers use, such as `{ cpu: "100m", memory: "64Mi" }`. */
  readonly usage?: Readonly<Record<string, string>>;
}

/** kwok's objects that put something behind a pod. */
export function behind(behind: Behind): object[] {
  const { namespace, pod, ports, address = "127.0.0.1", logsFile, env, usage } = behind;
  const object = (kind: string, spec: object): object => ({
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind,
    metadata: { name: pod, namespace },
    spec,
  });
  const forwards = Object.entries(ports ?? {}).map(([port, to]) => {
    const [host = address, number = to] = typeof to === "string" ? to.split(":") : [];
    return { ports: [Number(port)], target: { address: host, port: Number(number) } };
  });
  const envs = Object.entries(env ?? {}).map(([name, value]) => ({ name, value }));
  const used = Object.entries(usage ?? {}).map(([resource, value]) => [resource, { value }] as const);
  return [
    ...(ports ? [object("PortForward", { forwards })] : []),
    ...(logsFile === undefined ? [] : [object("Logs", { logs: [{ logsFile }] })]),
    ...(env ? [object("Exec", { execs: [{ local: { envs } }] })] : []),
    ...(usage ? [object("ResourceUsage", { usages: [{ usage: Object.fromEntries(used) }] })] : []),
  ];
}

/** Puts something behind pods; what was there for them before is replaced. */
export async function putBehind(sandbox: Sandbox, pods: readonly Behind[]): Promise<void> {
  const items = pods.flatMap(behind);
  await sandbox.apply({ apiVersion: "v1", kind: "List", items });
}
