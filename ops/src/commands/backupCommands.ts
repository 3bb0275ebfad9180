/** What can be typed after `paw backup` and `paw restore`. */
import { Argument, type Command, InvalidArgumentError, Option } from "commander";

import { backupSources } from "../../../components/backup/names.ts";
import { later } from "./later.ts";
import { onTarget } from "./target.ts";

/** Adds `paw backup` and `paw restore` to the command line. */
export function addBackupCommands(paw: Command): void {
  const group = paw
    .command("backup")
    .description(
      "encrypted backups of the chain's data and of Vault; they run in the cluster, with its credentials",
    );
  const source = (): Argument =>
    new Argument("[what]", "what is backed up").choices(backupSources).default("chain");
  onTarget(group.command("run"))
    .addArgument(source())
    .description("make a backup now, as the schedule does, and wait for its end")
    .addHelpText(
      "after",
      examples("npx paw backup run --stack staging", "npx paw backup run vault --stack production"),
    )
    .action(later(async () => (await import("./backup.ts")).run));
  onTarget(group.command("list"))
    .addArgument(source())
    .description("show what is stored: when, how much, up to which height")
    .addHelpText(
      "after",
      examples("npx paw backup list", "npx paw backup list vault --stack production --json"),
    )
    .action(later(async () => (await import("./backup.ts")).list));
  onTarget(group.command("verify"))
    .addArgument(source())
    .description("read the store back, and hold the newest snapshot's age against the schedule")
    .option(
      "--read <part>",
      "how much is read: a share such as 10%, a size such as 50G, or all",
      readPart,
      "5%",
    )
    .option("--junit <file>", "write the results as JUnit's XML as well")
    .addHelpText(
      "after",
      examples(
        "npx paw backup verify --stack production",
        "npx paw backup verify vault --read all --stack staging",
      ),
    )
    .action(later(async () => (await import("./backup.ts")).verify));

  const restore = paw.command("restore").description("put back what paw backup stored");
  onTarget(restore.command("chain"))
    .description(
      "put a snapshot of the chain's data onto a full node, or onto the node that backups are taken from",
    )
    .requiredOption("--to <node>", "paw-full-node-N or paw-backup; never a validator", restorable)
    .option("--snapshot <id>", "which one, as paw backup list shows it", snapshotId, "latest")
    .option("--stop", "stop all full nodes for as long as it takes, and start them again", false)
    .addOption(
      new Option("--undo", "take back a restore that did not end").default(false).conflicts(["snapshot"]),
    )
    .option("--yes", "do not ask; takes --confirm as well", false)
    .option("--confirm <node>", "the name of the node once more")
    .addHelpText(
      "after",
      examples(
        "npx paw restore chain --to paw-full-node-0 --stop --stack staging",
        "npx paw restore chain --to paw-backup --snapshot 3f2a91cc --yes --confirm paw-backup --stack production",
      ),
    )
    .action(later(async () => (await import("./restore.ts")).chain));
}

function examples(...lines: readonly string[]): string {
  return ["", "Examples:", ...lines.map((line) => `  ${line}`)].join("\n");
}

/** Reads what is typed for a part of the store, as restic's `--read-data-subset` has it. */
export function readPart(text: string): string {
  const share = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1];
  if (text === "all" || (share !== undefined && Number(share) > 0 && Number(share) <= 100)) return text;
  if (/^[1-9]\d*[KMGT]$/.test(text)) return text;
  throw new InvalidArgumentError("write a share such as 10%, a size such as 50G, or all");
}

/** Reads what is typed for a snapshot. */
export function snapshotId(text: string): string {
  if (text === "latest" || /^[0-9a-f]{8,64}$/.test(text)) return text;
  throw new InvalidArgumentError("write the id of a snapshot, 8 hexadecimal digits or more, or latest");
}

/** Reads what is typed for the node that is restored to. */
export function restorable(text: string): string {
  if (/^paw-full-node-(0|[1-9]\d{0,2})$/.test(text) || text === "paw-backup") return text;
  throw new InvalidArgumentError(
    text.includes("validator")
      ? "a validator is never restored: beside an old signing state its key signs twice. A new validator follows the chain, or begins from a snapshot of a full node's volume"
      : "write paw-full-node-N or paw-backup",
  );
}
