/** A second chain beside the stack's, of one validator: a real `simd` with a network of its own. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { testGroups } from "../../ops/src/toolchain/groups.ts";
import { ensureToolchain } from "../../ops/src/toolchain/index.ts";
import { newNetwork } from "../../ops/src/validators/network.ts";
import { type Daemon, startDaemon } from "./daemon.ts";

export interface SoloChain {
  readonly rpc: string;
  /** Of the account that owns the validator, and half of all coins. */
  readonly mnemonic: string;
  stop(): Promise<void>;
}

/**
 * Starts one; it makes a block about every half second.
 *
 * @param address loopback address that nobody else uses.
 */
export async function startSoloChain(chainId: string, address: string): Promise<SoloChain> {
  const { tools } = await ensureToolchain({ groups: testGroups });
  const network = await newNetwork({ validators: 1, sentries: 0, chainId, prefix: "cosmos", denom: "stake" });
  const folder = mkdtempSync(join(tmpdir(), "paw-solo-"));
  const name = "paw-validator-0.json";
  const files: Record<string, string> = {
    "config/genesis.json": network.genesis,
    "config/priv_validator_key.json": network.consensusKeys[name] ?? "",
    "config/node_key.json": network.nodeKeys[name] ?? "",
    "config/config.toml": '[rpc]\npprof_laddr = ""\n[consensus]\ntimeout_commit = "500ms"\n',
    "data/priv_validator_state.json": '{"height":"0","round":0,"step":0}',
  };
  for (const part of ["config", "data"]) mkdirSync(join(folder, part));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  const rpc = `http://${address}:26657`;
  const daemon: Daemon = await startDaemon({
    name: chainId,
    command: tools.simd.path,
    args: [
      ...["start", "--home", folder, "--minimum-gas-prices", "0stake"],
      ...["--rpc.laddr", `tcp://${address}:26657`, "--p2p.laddr", `tcp://${address}:26656`],
      ...["--grpc.enable=false", "--grpc-web.enable=false", "--api.enable=false"],
    ],
    // Answers from the first block on.
    ready: `${rpc}/block?height=1`,
    within: 60,
    folder,
  });
  const { mnemonic } = JSON.parse(network.operators[name] ?? "{}") as { mnemonic: string };
  return { rpc, mnemonic, stop: () => daemon.stop() };
}
