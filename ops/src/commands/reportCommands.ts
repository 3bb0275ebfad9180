/** What can be typed to get the report on a stack. */
import { type Command, Option } from "commander";

import { reportFormats } from "../report/formats.ts";
import { stackNames } from "../project.ts";
import { later } from "./later.ts";

/** Adds `paw report` to the command line. */
export function addReportCommand(paw: Command): void {
  paw
    .command("report")
    .description(
      "one page on a stack: what runs where, who may reach whom, checklist, images, resources, gates, changes",
    )
    .addOption(new Option("--stack <stack>", "stack to report on").choices(stackNames).default("local"))
    .option("--output <file>", "write there instead of standard output")
    .addOption(
      new Option("--format <format>", "a page, or Markdown for a comment")
        .choices(reportFormats)
        .default("html"),
    )
    .option("--prices <file>", "unit prices of cores, memory and storage, as YAML or JSON; none come along")
    .option("--against <stack or commit>", "also say what differs from another stack, or from a commit")
    .addHelpText(
      "after",
      [
        "\nNothing is applied: the objects are those of a preview. Exit code 0 whatever the report says.",
        "\nExamples:",
        "  npx paw report --stack production --output report.html",
        "  npx paw report --stack staging --format markdown --against origin/main",
      ].join("\n"),
    )
    .action(later(async () => (await import("./report.ts")).report));
}
