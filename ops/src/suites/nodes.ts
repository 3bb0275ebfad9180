/** The chain's nodes of a running stack, each asked through a way into its pod. */
import { firstLine } from "../errors.ts";
import { nodeRoles, type NodeRole } from "../../../components/chain/nodes.ts";
import { namespaces, selectorLabels } from "../../../components/names.ts";
import { pawPorts } from "../../../components/ports.ts";
import { CometRpc } from "../chain/rpc.ts";
import { nameOf, podsOf, through } from "../running/forward.ts";
import type { Target } from "../running/target.ts";

export interface Node {
  readonly pod: string;
  readonly role: NodeRole;
}

/** What came of asking a node: a value, or why there is none. */
export type Asked<T> = Node & ({ readonly value: T } | { readonly error: string });

/** Pods that are asked at the same time. */
const atOnce = 8;

/** The pods of all nodes that there are. */
export async function nodesOf(target: Target): Promise<Node[]> {
  const roles = await Promise.all(
    nodeRoles.map(async (role) => {
      const pods = await podsOf(target, {
        namespace: namespaces.paw,
        labels: selectorLabels("paw", role),
      });
      return pods.map((pod) => ({ pod: nameOf(pod), role }));
    }),
  );
  return roles.flat();
}

/** Asks the RPC of each node; a node that does not answer is an answer. */
export function eachRpc<T>(
  target: Target,
  nodes: readonly Node[],
  work: (rpc: CometRpc) => Promise<T>,
): Promise<Asked<T>[]> {
  return inTurns(nodes, async (node) => {
    const to = { namespace: namespaces.paw, pod: node.pod, port: pawPorts.rpc.port };
    return through(target, to, (url) => work(new CometRpc(url)))
      .then((value) => ({ ...node, value }))
      .catch((error: unknown) => ({ ...node, error: firstLine(error) }));
  });
}

/** Some work for each item, a few at a time; results in the order of the items. */
export async function inTurns<Item, T>(
  items: readonly Item[],
  work: (item: Item) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Those that answered. */
export function answered<T>(asked: readonly Asked<T>[]): (Node & { readonly value: T })[] {
  return asked.filter((each) => "value" in each);
}

/** Those that did not. */
export function silent<T>(asked: readonly Asked<T>[]): (Node & { readonly error: string })[] {
  return asked.filter((each) => "error" in each);
}
