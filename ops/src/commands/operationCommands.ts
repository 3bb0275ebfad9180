/** What can be typed to deploy, check, upgrade and roll back a running system. */
import { type Command, InvalidArgumentError } from "commander";

import { type ComponentName, componentNames } from "../deployment/components.ts";
import { secondsTyped } from "../duration.ts";
import { later } from "./later.ts";
import { onTarget } from "./target.ts";

/** Adds the verbs to the command line. */
export function addOperationCommands(paw: Command): void {
  withReport(onTarget(paw.command("verify")))
    .description("check the validator network and what it stands on")
    .option("--full", "everything, also whether the cluster still has what the program says", false)
    .action(later(async () => (await import("./verify.ts")).verify));
  withReport(onTarget(paw.command("validate")))
    .description("bizra's seven gates: pods, metrics, scraping, resources, logs, connectivity, environment")
    .action(later(async () => (await import("./validate.ts")).validate));
  withComponents(onTarget(paw.command("deploy")))
    .description("pulumi up of a stack, or of some of its components, with a record of it")
    .option("--refresh", "read the cluster first, and put back what was changed there", false)
    .option("--yes", "do not ask", false)
    .addHelpText(
      "after",
      examples([
        "npx paw deploy                                  # all of local",
        "npx paw deploy --stack staging --components bizra,observability",
      ]),
    )
    .action(later(async () => (await import("./deploy.ts")).deploy));
  addUpgrade(paw);
  onTarget(paw.command("rollback"))
    .description("go back to what was deployed before, by the program and the configuration of that time")
    .option("--workloads", "pod templates alone, by the revisions that Kubernetes keeps", false)
    .option("--to <version>", "number of an update, as pulumi stack history has them", version)
    .option("--yes", "do not ask", false)
    .action(later(async () => (await import("./rollback.ts")).rollback));
  addRecord(paw);
}

function addUpgrade(paw: Command): void {
  withComponents(onTarget(paw.command("upgrade")))
    .description("backup, apply, watch, verify; rolls back by itself when something is wrong")
    .option("--watch <duration>", "how long the new release is watched, such as 30m", secondsTyped, 1800)
    .option("--every <duration>", "time between two looks, such as 30s", secondsTyped, 30)
    .option("--settle <duration>", "time at first in which nothing counts", secondsTyped, 60)
    .option("--no-backup", "do not make a backup of the chain first")
    .option("--force", "go on though not all is well before", false)
    .option("--yes", "do not ask", false)
    .addHelpText(
      "after",
      examples([
        "npx paw upgrade --stack staging                 # what the stack file has now",
        "npx paw upgrade --stack production --components bizra --watch 1h",
      ]),
    )
    .action(later(async () => (await import("./upgrade.ts")).upgrade));
}

function addRecord(paw: Command): void {
  const group = paw
    .command("record")
    .description("records of deployments: who, what, versions, checks, the watch");
  onTarget(group.command("list"))
    .description("list them, newest first")
    .action(later(async () => (await import("./record.ts")).list));
  onTarget(group.command("show"))
    .description("show one as a page")
    .argument("<id>", "a record's id, or the beginning of it")
    .option("--incident", "as the beginning of an incident report", false)
    .action(later(async () => (await import("./record.ts")).show));
}

function withReport(command: Command): Command {
  return command
    .option("--junit <file>", "write JUnit's XML as well")
    .option("--accept <ids>", "checks that may stay not evaluated, separated by commas", ids, [] as string[])
    .addHelpText("after", "\nExit code: 0 everything holds, 1 something failed or could not be evaluated.");
}

function withComponents(command: Command): Command {
  return command.option(
    "--components <names>",
    `some of: ${componentNames.join(", ")}; all by default`,
    components,
    [] as ComponentName[],
  );
}

/** Reads a list of components, separated by commas. */
export function components(text: string): ComponentName[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !(componentNames as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(
      `no component: ${unknown.join(", ")}; there are ${componentNames.join(", ")}`,
    );
  return names as ComponentName[];
}

const ids = (text: string): string[] => text.split(",").map((id) => id.trim());

function version(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write the number of an update");
}

function examples(lines: readonly string[]): string {
  return ["", "Examples:", ...lines.map((line) => `  ${line}`)].join("\n");
}
