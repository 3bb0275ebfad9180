/** From the configuration's words to the chain's: the long lists of arguments that would hide the page in index.ts. */
import type { KubeConfig } from "@kubernetes/client-node";

import type { PawChainArgs } from "../components/chain/chain.ts";
import type { ChainFacts, ChainQuestion } from "../components/chain/facts.ts";
import type { NodeCounts } from "../components/chain/nodes.ts";
import { ConfigError, type PawConfig } from "../config.ts";
import { parseNetwork } from "./rules.ts";
import { placeholder } from "./schema.ts";

function countsOf({ chain }: PawConfig): NodeCounts {
  return { validator: chain.validators, sentry: chain.sentries, "full-node": chain.fullNodes };
}

/** What the program has to find out about the chain before it registers anything. */
export function chainQuestion(config: PawConfig, kubeconfig: KubeConfig): ChainQuestion {
  return {
    kubeconfig,
    network: config.network,
    inCluster: config.chain.network === "cluster",
    counts: countsOf(config),
    marker: placeholder,
    check: (raw) => {
      const { network, faults } = parseNetwork(raw, config.chain);
      if (network !== undefined) return network;
      const source = `the ConfigMap paw/paw-network and Pulumi.${config.environment}.yaml do not fit together`;
      throw new ConfigError(source, faults);
    },
  };
}

/** Arguments of the chain. */
export function chainArgs(config: PawConfig, { network, reserved }: ChainFacts): PawChainArgs {
  const { chain, images, api, backup, resources } = config;
  const local = config.environment === "local";
  return {
    chain: {
      network,
      counts: countsOf(config),
      images: { chain: chain.image, tools: images.tools, curl: images.curl },
      binary: chain.binary,
      settings: chain,
      genesisUrl: chain.genesisUrl,
      maxBlockAge: chain.maxBlockAge,
      spread: local ? "preferred" : "required",
      keepVolumes: !local,
    },
    sizes: resources,
    maxFullNodes: chain.maxFullNodes,
    reserved,
    externalAddresses: chain.externalAddresses,
    secrets: config.secrets.source,
    api: { ...api, image: images.proxy },
    backup: { ...backup, image: images.restic },
    nodePorts: local,
  };
}
