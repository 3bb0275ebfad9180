/** Ways into pods that need no open port: through the API server and the kubelet, as `kubectl port-forward` has them. */
import { type AddressInfo, type Socket, createServer } from "node:net";

import { CoreV1Api, PortForward, type V1Pod } from "@kubernetes/client-node";

import { UserError } from "../errors.ts";
import type { Target } from "./target.ts";

export interface Forwarded {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  close(): void;
}

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

interface Closable {
  close(): void;
  addEventListener(event: "close", listener: () => void): void;
}

/** Opens a port of this machine that leads to a pod's. */
export async function forward({ kubeconfig }: Target, { namespace, pod, port }: PodPort): Promise<Forwarded> {
  const forwarder = new PortForward(kubeconfig, true);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    // Without retries this is the connection itself.
    const way = forwarder.portForward(namespace, pod, [port], socket, null, socket) as Promise<Closable>;
    // A way that cannot be opened is seen by whoever uses it: the connection ends.
    const end = (): void => {
      open.delete(socket);
      socket.destroy();
    };
    // Who reads to the end of an answer has to see it: where the pod ends the connection, this side ends as well.
    way.then((connection) => {
      connection.addEventListener("close", () => socket.end());
    }, end);
    socket.on("error", end).on("close", () => {
      end();
      way.then(
        (connection) => {
          connection.close();
        },
        () => undefined,
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** Does some work through a way into a pod, and closes it. */
export async function through<T>(target: Target, to: PodPort, work: (url: string) => Promise<T>): Promise<T> {
  const way = await forward(target, to);
  try {
    return await work(way.url);
  } finally {
    way.close();
  }
}

/** Labels as the API and kubectl take them: `name=value,name=value`. */
export function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

export interface PodQuery {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Pods that are not going, by their labels, in the order of their names. */
export async function podsOf({ kubeconfig }: Target, { namespace, labels }: PodQuery): Promise<V1Pod[]> {
  const labelSelector = selectorText(labels);
  const { items } = await kubeconfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
  return items
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** A pod's name. */
export function nameOf({ metadata }: V1Pod): string {
  return metadata?.name ?? "";
}

/** Whether a pod says that it is ready. */
export function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/**
 * A pod that is ready, by its labels.
 *
 * @throws UserError when there is none.
 */
export async function readyPod(target: Target, query: PodQuery): Promise<string> {
  const pods = await podsOf(target, query);
  const ready = pods.find(isReady);
  if (ready !== undefined) return nameOf(ready);
  const wanted = Object.values(query.labels).join("/");
  throw new UserError(
    `no pod of ${wanted} in the namespace ${query.namespace} is ready (${pods.length} there)`,
    [`kubectl get pods -n ${query.namespace}`],
  );
}
