/** Names that the parts of a live cluster share. */

/** The one real node. */
export const liveNode = { name: "live-0", address: "10.200.0.1" } as const;

const simulatedPrefix = "simulated-";

export function simulatedNodeName(index: number): string {
  return `${simulatedPrefix}${index}`;
}

export function isSimulatedNode(name: string): boolean {
  return name.startsWith(simulatedPrefix);
}
