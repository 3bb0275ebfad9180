/** What can be typed to look at a change before it is merged. */
import { type Command, Option } from "commander";

import { stackNames } from "../project.ts";
import { later } from "./later.ts";

/** Adds `paw pr-check` to the command line. */
export function addReviewCommands(paw: Command): void {
  paw
    .command("pr-check")
    .description(
      "preview all stacks with both policy packs, and say what this checkout changes; what CI runs on a pull request",
    )
    .option("--base <branch>", "branch or commit that the change is to go into", "origin/main")
    .addOption(new Option("--stack <stack>", "look at this one alone").choices(stackNames))
    .option("--comment <file>", "write the comment there as well: Markdown")
    .option(
      "--without-charts",
      "go on where the platform's charts cannot be had; their rules are then not evaluated",
      false,
    )
    .option("--json", "print JSON instead of the comment", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npx paw pr-check\n  npx paw pr-check --base main --without-charts --comment comment.md",
    )
    .action(later(async () => (await import("./prCheck.ts")).prCheck));
}
