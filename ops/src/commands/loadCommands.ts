/** What can be typed after `paw load`. */
import { type Command, InvalidArgumentError, Option } from "commander";

import { secondsTyped } from "../duration.ts";
import { profileNames } from "../load/profiles.ts";
import { later } from "./later.ts";
import { onTarget } from "./target.ts";

/** Adds `paw load` to the command line. */
export function addLoadCommands(paw: Command): void {
  onTarget(paw.command("load"))
    .description("hold a rate of signed transactions, or of requests to bizra, and judge what became of them")
    .addOption(
      new Option("--profile <profile>", "10 a second for 5 min, 100 for 30 min, 1000 for 1 h, 50 for 24 h")
        .choices(profileNames)
        .default("minimal"),
    )
    .addOption(
      new Option("--target <target>", "what it is put on").choices(["chain", "bizra"]).default("chain"),
    )
    .option("--tps <number>", "another rate per second; the result names it", positive)
    .option("--for <duration>", "another time, such as 45s, 5m or 2h; the result names it", secondsTyped)
    .option("--mnemonic <file>", "chain: the funder's words, in a file of mode 600, or - for standard input")
    .option("--rpc <url>", "chain: RPC of a node; a ready full node's by default, through the API server")
    .option(
      "--accounts <number>",
      "chain: accounts that take turns; as many as the rate needs by default",
      positive,
    )
    .option("--prefix <prefix>", "chain: prefix of account addresses", "cosmos")
    .addHelpText(
      "after",
      [
        "",
        "The accounts are derived from the funder's mnemonic (m/44'/118'/1'/0/i) and paid by it; what is left on them serves the",
        "next load. HTTP loads are made by k6, which has to be on PATH. Ctrl-C ends a load early, with the result until then.",
        "",
        "Examples:",
        "  npx paw load --mnemonic funder.txt",
        "  npx paw load --profile standard --stack staging --mnemonic - < funder.txt",
        "  npx paw load --tps 20 --for 45s --rpc http://127.0.0.1:26657 --mnemonic funder.txt --json",
        "  npx paw load --target bizra --for 1m",
      ].join("\n"),
    )
    .action(later(async () => (await import("./load.ts")).load));
}

/** Reads a number above zero. */
export function positive(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("write a number above zero");
}
