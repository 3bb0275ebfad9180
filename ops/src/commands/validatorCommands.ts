/** What can be typed after `paw validators`. */
import { type Command, InvalidArgumentError, Option } from "commander";

import { stackNames } from "../project.ts";
import { later } from "./later.ts";

const prefix = matching(/^[a-z][a-z0-9]{0,19}$/, "a-z and 0-9, at most 20 characters, a letter first");

/** Adds `paw validators` to the command line. */
export function addValidatorCommands(paw: Command): void {
  const group = paw.command("validators").description("keys and genesis of a validator network");
  const on = (command: Command): Command =>
    command.addOption(
      new Option("--stack <stack>", "stack to make them for").choices(stackNames).default("local"),
    );
  on(group.command("init"))
    .description("make keys and a genesis for a new network; never overwrites any, never prints one")
    .option("--count <n>", "number of validators (default: the stack's)", nodeCount)
    .option("--sentries <n>", "number of sentries (default: the stack's)", nodeCount)
    .option(
      "--chain-id <id>",
      "chain id (default: paw-<stack>-1)",
      matching(/^[a-z][a-z0-9-]{2,48}$/, "a-z, 0-9 and '-', 3 to 49 characters, a letter first"),
    )
    .option("--out <dir>", "write files there; without it, Secrets of the local cluster (local only)")
    .option("--prefix <prefix>", "prefix of account addresses", prefix, "cosmos")
    .option(
      "--denom <denom>",
      "unit of stake and fees (default: that of the stack's minimumGasPrices)",
      matching(/^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/, "letters, digits and /:._-, 3 to 128, a letter first"),
    )
    .option("--genesis-template <file>", "genesis.json of your chain's own init (default: simapp's)")
    .action(later(async () => (await import("./validators.ts")).init));
  on(group.command("add"))
    .description("make keys for further nodes of a network that exists; never touches those it has")
    .requiredOption("--count <n>", "number of validators that it shall have keys for", nodeCount)
    .option("--sentries <n>", "number of sentries that it shall have keys for", nodeCount)
    .option("--out <dir>", "write files there: the new keys, and network.json with all nodes")
    .option("--prefix <prefix>", "prefix of account addresses", prefix, "cosmos")
    .action(later(async () => (await import("./validators.ts")).add));
}

function nodeCount(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError("use a whole number from 1 to 100");
}

/** Takes a text of that pattern alone. */
function matching(pattern: RegExp, rule: string): (text: string) => string {
  return (text) => {
    if (pattern.test(text)) return text;
    throw new InvalidArgumentError(`use ${rule}`);
  };
}
