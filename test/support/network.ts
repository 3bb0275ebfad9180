/** Facts of a network for tests: ids and addresses are digests of the pods' names, so that no two are alike. */
import { createHash } from "node:crypto";

import type { Network } from "../../components/chain/network.ts";
import { podNames } from "../../components/chain/nodes.ts";

const hex = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

export function testNetwork(validators: number, sentries: number): Network {
  return {
    chainId: "paw-test-1",
    genesisSha256: hex("genesis", 64),
    nodes: Object.fromEntries([
      ...podNames("validator", validators).map((pod) => [
        pod,
        { nodeId: hex(pod, 40), consensusAddress: hex(`key of ${pod}`, 40).toUpperCase(), unused: true },
      ]),
      ...podNames("sentry", sentries).map((pod) => [pod, { nodeId: hex(pod, 40), unused: false }]),
    ]) as Network["nodes"],
  };
}
