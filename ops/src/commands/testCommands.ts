/** What can be typed after `paw test`. */
import { type Command, InvalidArgumentError } from "commander";

import { later } from "./later.ts";
import { onTarget } from "./target.ts";

/** Adds `paw test` to the command line. */
export function addTestCommands(paw: Command): void {
  const group = paw
    .command("test")
    .description("suites against a running stack: smoke, integration, security");
  suite(group, "smoke")
    .description("pods, Services, RPC, blocks and health endpoints; changes nothing")
    .addHelpText(
      "after",
      examples("npx paw test smoke", "npx paw test smoke --stack production --junit smoke.xml"),
    )
    .action(later(async () => (await import("./test.ts")).smoke));
  suite(group, "integration")
    .description(
      "a transaction and its finality, a proposal, IBC, DEX; sends what it is given an account for",
    )
    .option(
      "--mnemonic-file <file>",
      "who signs: words, or an operator's key; - reads them; repeat it for voters",
      gathered,
    )
    .option("--propose", "really make a proposal, with its deposit, and vote on it", false)
    .option("--wait <seconds>", "how long a vote is waited for", wholeSeconds, 120)
    .option("--ibc-peer <url>", "RPC of a second chain: a channel to it is opened and used")
    .option("--ibc-mnemonic-file <file>", "who signs there")
    .addHelpText(
      "after",
      examples(
        "npx paw test integration",
        "npx paw test integration --stack staging --mnemonic-file operator-0.json",
        "vault kv get -field=words secret/test | npx paw test integration --stack staging --mnemonic-file - --propose",
        "npx paw test integration --mnemonic-file a.json --ibc-peer http://127.0.0.1:26657 --ibc-mnemonic-file b.json",
      ),
    )
    .action(later(async () => (await import("./test.ts")).integration));
  suite(group, "security")
    .description(
      "forbidden pods, rights, network policies, Secrets at rest, audit log, mesh, signatures, scan",
    )
    .option("--scan-report <file>", "report of Trivy, JSON or SARIF; repeat it", gathered)
    .option("--waivers <file>", "vulnerabilities that are accepted; policy/cve-waivers.yaml by default")
    .addHelpText(
      "after",
      examples(
        "npx paw test security",
        "npx paw test security --stack production --scan-report node.json --accept mesh-mtls",
        "npx paw test security --only cve-scan --scan-report node.json",
      ),
    )
    .action(later(async () => (await import("./test.ts")).security));
}

/** A suite, with what all of them take. */
function suite(group: Command, name: string): Command {
  return onTarget(group.command(name))
    .option("--junit <file>", "also write JUnit's XML there")
    .option("--only <ids>", "make these checks alone, by their ids, separated by commas", ids, [])
    .option("--accept <ids>", "checks that may stay not evaluated here, by their ids", ids, []);
}

const examples = (...lines: readonly string[]): string =>
  ["", "Examples:", ...lines.map((line) => `  ${line}`)].join("\n");

function gathered(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Reads a list of ids. */
export function ids(text: string): readonly string[] {
  const list = text.split(",").map((each) => each.trim());
  if (list.some((each) => !/^[a-z0-9-]+$/.test(each)))
    throw new InvalidArgumentError("write ids separated by commas, such as mesh-mtls,cve-scan");
  return list;
}

function wholeSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("write a whole number of seconds");
  return Number(text);
}
