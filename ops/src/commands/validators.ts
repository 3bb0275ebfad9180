/** `paw validators`: keys and a genesis for a new network. */
import { isAbsolute, join, relative, resolve } from "node:path";

import { KubeConfig } from "@kubernetes/client-node";

import type { Network } from "../../../components/chain/network.ts";
import { parseNetwork } from "../../../configRules.ts";
import { UserError } from "../errors.ts";
import { localContext, projectRoot, type StackName } from "../project.ts";
import { readStack } from "../stackFile.ts";
import { table } from "../table.ts";
import { readClusterNetwork, writeCluster } from "../validators/cluster.ts";
import { gitWouldTake, refuseExisting, writeFolder } from "../validators/folder.ts";
import { newNetwork } from "../validators/network.ts";
import { enterEnvironment, openSession, withLocalStack } from "./session.ts";

export interface InitOptions {
  readonly stack: StackName;
  /** Number of validators; the stack's where it is not given. */
  readonly count?: number;
  readonly sentries?: number;
  readonly chainId?: string;
  /** Folder for the files; outside `local` required. */
  readonly out?: string;
  readonly prefix: string;
  readonly denom: string;
  readonly genesisTemplate?: string;
}

/** `paw validators init`: to files, or in `local`, unless a folder is named, to Secrets of the local cluster. */
export async function init(options: InitOptions): Promise<void> {
  const config = readStack(options.stack);
  const validators = options.count ?? config.chain.validators;
  const args = {
    validators,
    sentries: options.sentries ?? config.chain.sentries,
    chainId: options.chainId ?? `paw-${options.stack}-1`,
    prefix: options.prefix,
    denom: options.denom,
    template: options.genesisTemplate,
  };
  if (validators < 4) {
    process.stderr.write(
      `warning: ${validators} validator${validators === 1 ? "" : "s"}: the chain stops when one is away; four survive the loss of one\n`,
    );
  }
  if (options.out !== undefined) {
    const folder = resolve(options.out);
    refuseExisting(folder);
    const network = await newNetwork(args);
    await writeFolder(folder, network);
    if (await gitWouldTake(folder)) {
      process.stderr.write(
        `warning: git would take ${join(folder, "secrets")} along: ignore it, or move it\n`,
      );
    }
    process.stdout.write(summary(network.facts, filesNext(folder, options.stack)));
    return;
  }
  if (options.stack !== "local") {
    throw new UserError(`paw validators init --stack ${options.stack} needs --out`, [
      "keys of a real network go to files for Vault, not into a cluster: --out DIR names where",
    ]);
  }
  const session = await openSession();
  await withLocalStack(session.progress, async () => {
    await enterEnvironment(session);
    const { facts, resumed } = await writeCluster(localCluster(), () => newNetwork(args));
    if (resumed) session.progress.note("went on with the keys of a run that was interrupted");
    process.stdout.write(summary(facts, clusterNext));
  });
}

/**
 * For `paw up`: the local network, made now if there is none.
 *
 * @throws UserError when the stack asks for nodes that the network has no keys for.
 */
export async function ensureLocalNetwork(note: (text: string) => void): Promise<void> {
  const { chain } = readStack("local");
  if (chain.network !== "cluster") return;
  const kubeconfig = localCluster();
  const existing = await readClusterNetwork(kubeconfig);
  if (existing === undefined) {
    const args = { ...chain, chainId: "paw-local-1", prefix: "cosmos", denom: "stake" };
    const { facts, resumed } = await writeCluster(kubeconfig, () => newNetwork(args));
    note(
      `${resumed ? "finished" : "made"} the network ${facts.chainId}: keys and genesis are Secrets in paw`,
    );
    return;
  }
  const { faults } = parseNetwork(existing, chain);
  if (faults.length === 0) return;
  throw new UserError(`the network ${existing.chainId} of this cluster does not fit Pulumi.local.yaml`, [
    ...faults.map(({ key, wanted }) => `${key} ${wanted}`),
    "set paw:chain back, or start a new local network: npx paw destroy, then npx paw up",
  ]);
}

function localCluster(): KubeConfig {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromDefault();
  kubeconfig.setCurrentContext(localContext);
  return kubeconfig;
}

const clusterNext = [
  "Keys:     Secrets paw-validator-keys, paw-node-keys, paw-operator-keys in the namespace paw",
  "Genesis:  Secret paw-genesis",
  "Next:     npx paw up",
];

function filesNext(folder: string, stack: StackName): string[] {
  const inProject = relative(projectRoot, join(folder, "network.json"));
  const path = inProject.startsWith("..") || isAbsolute(inProject) ? "networks/<name>.json" : inProject;
  return [
    `Secrets:  ${join(folder, "secrets")} (mode 0600), laid out like their paths in Vault`,
    `Facts:    ${join(folder, "network.json")}: public, to be committed`,
    `Next:     paw:chain.network: ${path} in Pulumi.${stack}.yaml; put the secrets into Vault, then remove the files`,
  ];
}

/** Public facts alone: nothing secret reaches a terminal or a log. */
function summary({ chainId, genesisSha256, nodes }: Network, next: readonly string[]): string {
  const rows = Object.entries(nodes).map(([pod, { nodeId, consensusAddress }]) => [
    pod,
    nodeId,
    consensusAddress ?? "",
  ]);
  return [
    `Network ${chainId}, genesis ${genesisSha256}`,
    "",
    table([["NODE", "NODE ID", "CONSENSUS ADDRESS"], ...rows]),
    ...next,
    "",
  ].join("\n");
}
