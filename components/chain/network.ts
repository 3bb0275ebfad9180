/**
 * Public facts of a network, as `paw validators init` writes them to `network.json`: what the topology, the
 * reservations and the genesis check need to know. Keys are not among them.
 */
import { z } from "zod";

import { type NodeCounts, nodeRoles, podNames } from "./nodes.ts";

const hex = (digits: number, what: string): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `must be ${digits} hexadecimal digits: ${what}`);

const node = z.strictObject({
  /** Node id: the first 20 bytes of the SHA-256 of the node key's public half (CometBFT `show-node-id`). */
  nodeId: hex(40, "the node's id").transform((id) => id.toLowerCase()),
  /** Address of the consensus key, for validators (CometBFT `priv_validator_key.json`, `address`). */
  consensusAddress: hex(40, "the address of the consensus key")
    .transform((address) => address.toUpperCase())
    .optional(),
  /** True for a consensus key that has signed nothing yet: it may begin without a signing state, once. */
  unused: z.boolean().default(false),
});

export const networkSchema = z.strictObject({
  chainId: z
    .string()
    .regex(
      /^[a-zA-Z][a-zA-Z0-9-]{1,48}$/,
      "must be letters, digits and '-', 2 to 49 of them, a letter first",
    ),
  /** SHA-256 of the exact bytes of genesis.json. */
  genesisSha256: hex(64, "the SHA-256 of genesis.json").transform((hash) => hash.toLowerCase()),
  nodes: z.record(z.string(), node),
});

/** Facts of a network by pod name. */
export type Network = z.infer<typeof networkSchema>;

/** A network that does not exist yet: every value says so, and no preview can take one for real. */
export function placeholderNetwork(marker: string, counts: NodeCounts): Network {
  const mark = marker.toLowerCase();
  const validators = podNames("validator", counts.validator);
  const sentries = podNames("sentry", counts.sentry);
  return {
    chainId: mark,
    genesisSha256: mark,
    nodes: Object.fromEntries([
      ...validators.map((pod) => [
        pod,
        { nodeId: `${mark}-${pod}`, consensusAddress: `${mark}-${pod}`.toUpperCase(), unused: true },
      ]),
      ...sentries.map((pod) => [pod, { nodeId: `${mark}-${pod}`, unused: false }]),
    ]) as Network["nodes"],
  };
}

/** A fault of a topology: which entry, and what is wrong with it. */
export interface TopologyFault {
  readonly key: string;
  readonly wanted: string;
}

/**
 * Faults of a network for the given counts: a missing node, an id or a key that two nodes share, a name that is no
 * node's. Full nodes need no entry: nobody dials them by id.
 */
export function topologyFaults(network: Network, counts: NodeCounts): TopologyFault[] {
  const faults: TopologyFault[] = [];
  const needed = (["validator", "sentry"] as const).flatMap((role) => podNames(role, counts[role]));
  for (const pod of needed) {
    const entry = network.nodes[pod];
    if (entry === undefined) faults.push({ key: `nodes.${pod}`, wanted: "is required: its id and its keys" });
    else if (pod.startsWith("paw-validator-") && entry.consensusAddress === undefined) {
      faults.push({ key: `nodes.${pod}.consensusAddress`, wanted: "is required for a validator" });
    }
  }
  const known = new RegExp(`^paw-(${nodeRoles.join("|")})-(0|[1-9]\\d*)$`);
  for (const pod of Object.keys(network.nodes).filter((name) => !known.test(name))) {
    faults.push({
      key: `nodes.${pod}`,
      wanted: "is no node's name: paw-validator-0, paw-sentry-0 and so on",
    });
  }
  return [
    ...faults,
    ...sharedFaults(network, "nodeId", "two nodes with one id refuse each other"),
    ...sharedFaults(network, "consensusAddress", "two nodes with one consensus key sign twice"),
  ];
}

function sharedFaults(
  network: Network,
  field: "nodeId" | "consensusAddress",
  danger: string,
): TopologyFault[] {
  const owners = new Map<string, string>();
  return Object.entries(network.nodes).flatMap(([pod, entry]) => {
    const value = entry[field];
    const owner = value === undefined ? undefined : owners.get(value);
    if (value !== undefined && owner === undefined) owners.set(value, pod);
    return owner === undefined
      ? []
      : [{ key: `nodes.${pod}.${field}`, wanted: `must not be that of ${owner}: ${danger}` }];
  });
}
