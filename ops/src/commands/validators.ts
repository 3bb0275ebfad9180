/** `paw validators`: keys and a genesis for a new network. */
import { isAbsolute, join, relative, resolve } from "node:path";

import type { KubeConfig } from "@kubernetes/client-node";

import type { Network } from "../../../components/chain/network.ts";
import { parseNetwork } from "../../../config/rules.ts";
import { clusterList, defaultCluster } from "../cluster/index.ts";
import { UserError } from "../errors.ts";
import { projectRoot, type StackName } from "../project.ts";
import { readStack } from "../stackFile.ts";
import { table } from "../table.ts";
import { addToCluster, readClusterNetwork, removeDraft, writeCluster } from "../validators/cluster.ts";
import { draftsBeside, gitWouldTake, refuseExisting, writeFolder } from "../validators/folder.ts";
import { type NetworkArgs, type NodeKeys, newNetwork, newNodes } from "../validators/network.ts";
import { enterEnvironment, localCluster, openSession, withLocalStack } from "./session.ts";

export interface InitOptions {
  readonly stack: StackName;
  /** Number of validators; the stack's where it is not given. */
  readonly count?: number;
  readonly sentries?: number;
  readonly chainId?: string;
  /** Folder for the files; outside `local` required. */
  readonly out?: string;
  readonly prefix: string;
  /** Unit of stake and fees; that of the stack's minimum gas prices where it is not given. */
  readonly denom?: string;
  readonly genesisTemplate?: string;
}

/** `paw validators init`: to files, or in `local`, unless a folder is named, to Secrets of the local cluster. */
export async function init(options: InitOptions): Promise<void> {
  const { chain } = readStack(options.stack);
  const args: NetworkArgs = {
    validators: options.count ?? chain.validators,
    sentries: options.sentries ?? chain.sentries,
    chainId: options.chainId ?? `paw-${options.stack}-1`,
    prefix: options.prefix,
    denom: options.denom ?? denomOf(chain.minimumGasPrices),
    template: options.genesisTemplate,
  };
  if (args.validators < 4) {
    warn(
      `${args.validators} validator${args.validators === 1 ? "" : "s"}: the chain stops when one is away; four survive the loss of one`,
    );
  }
  if (options.out !== undefined) {
    await initFolder(resolve(options.out), args, options.stack);
    return;
  }
  if (options.stack !== "local") {
    throw new UserError(`paw validators init --stack ${options.stack} needs --out`, [
      "keys of a real network go to files for Vault, not into a cluster: --out DIR names where",
    ]);
  }
  await initCluster(args);
}

async function initFolder(folder: string, args: NetworkArgs, stack: StackName): Promise<void> {
  refuseExisting(folder);
  await writeKeys(folder, await newNetwork(args), stack);
}

/** Writes the files, says what about them needs care, and shows what is public. */
async function writeKeys(folder: string, keys: NodeKeys, stack: StackName): Promise<void> {
  await writeFolder(folder, keys);
  if (await gitWouldTake(folder)) {
    warn(`git would take ${join(folder, "secrets")} along: ignore it, or move it`);
  }
  for (const draft of draftsBeside(folder)) {
    warn(`${draft} is of a run that was killed, or is still at work: keys that nobody uses; remove it`);
  }
  process.stdout.write(summary(keys.facts, filesNext(folder, stack)));
}

async function initCluster(args: NetworkArgs): Promise<void> {
  await withLocalCluster(async (kubeconfig, note) => {
    const { facts, resumed } = await writeCluster(kubeconfig, () => newNetwork(args));
    if (resumed) note("went on with the keys of a run that was interrupted");
    process.stdout.write(summary(facts, clusterNext));
  });
}

export interface AddOptions {
  readonly stack: StackName;
  /** Numbers of nodes that the network shall have keys for; the stack's number of sentries where it is not given. */
  readonly count: number;
  readonly sentries?: number;
  /** Folder for the files; outside `local` required. */
  readonly out?: string;
  readonly prefix: string;
}

/** `paw validators add`: keys for further nodes of the network that the stack has. */
export async function add(options: AddOptions): Promise<void> {
  const { network: facts, chain } = readStack(options.stack);
  const args = {
    validators: options.count,
    sentries: options.sentries ?? chain.sentries,
    prefix: options.prefix,
  };
  if (options.stack === "local" && chain.network === "cluster") {
    if (options.out !== undefined) {
      throw new UserError("the keys of this network are in the cluster, and stay there", ["leave out --out"]);
    }
    await withLocalCluster(async (kubeconfig) => {
      const added = await addToCluster(kubeconfig, args);
      process.stdout.write(added === undefined ? nothingLacking : summary(added, addNext));
    });
    return;
  }
  if (facts === undefined) {
    throw new UserError(`paw:chain.network of Pulumi.${options.stack}.yaml names no network yet`, [
      `make one: npx paw validators init --stack ${options.stack} --out DIR`,
    ]);
  }
  if (options.out === undefined) {
    throw new UserError(`paw validators add --stack ${options.stack} needs --out`, [
      "keys of a real network go to files for Vault: --out DIR names where",
    ]);
  }
  const folder = resolve(options.out);
  refuseExisting(folder);
  const keys = await newNodes({ ...args, facts });
  if (keys.facts === facts) process.stdout.write(nothingLacking);
  else await writeKeys(folder, keys, options.stack);
}

/** Does work on the local cluster while nobody else does. */
async function withLocalCluster(
  work: (kubeconfig: KubeConfig, note: (text: string) => void) => Promise<void>,
): Promise<void> {
  const session = await openSession();
  await withLocalStack(session.progress, async () => {
    const known = (await clusterList(session.toolchain)).find(({ name }) => name === defaultCluster);
    if (known?.state !== "running") {
      throw new UserError(`the local cluster is not running (${known?.state ?? "never made"})`, [
        "start it: npx paw cluster up; npx paw up starts it and makes a network in one go",
      ]);
    }
    await enterEnvironment(session);
    await work(localCluster(), session.progress.note);
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
    const denom = denomOf(chain.minimumGasPrices);
    const args = { ...chain, chainId: "paw-local-1", prefix: "cosmos", denom };
    const { facts, resumed } = await writeCluster(kubeconfig, () => newNetwork(args));
    note(
      `${resumed ? "finished" : "made"} the network ${facts.chainId}: keys and genesis are Secrets in paw`,
    );
    return;
  }
  await removeDraft(kubeconfig);
  const { faults } = parseNetwork(existing, chain);
  if (faults.length === 0) return;
  throw new UserError(`the network ${existing.chainId} of this cluster does not fit Pulumi.local.yaml`, [
    ...faults.map(({ key, wanted }) => `${key} ${wanted}`),
    `make keys for more nodes: npx paw validators add --count ${chain.validators} --sentries ${chain.sentries}`,
    "or set paw:chain back, or start a new local network: npx paw destroy, then npx paw up",
  ]);
}

/** The denomination of the first of `prices`, such as `0.025upaw`: a network's stake is what its nodes take as fees. */
function denomOf(prices: string): string {
  return prices.split(",")[0]?.replace(/^[\d.]+/, "") ?? "";
}

function warn(text: string): void {
  process.stderr.write(`warning: ${text}\n`);
}

const nothingLacking = "The network has keys for all of these nodes already; nothing was changed\n";

const addNext = [
  "Keys:     in the Secrets paw-validator-keys, paw-node-keys, paw-operator-keys in the namespace paw",
  "Next:     raise paw:chain.validators and paw:chain.sentries in Pulumi.local.yaml, then: npx paw up",
  "          a new validator follows the chain; it votes once its operator has sent create-validator",
];

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
