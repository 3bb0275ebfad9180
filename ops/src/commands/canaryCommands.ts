/** What can be typed after `paw canary`. */
import type { Command } from "commander";

import { later } from "./later.ts";
import { onTarget } from "./target.ts";

/** Adds `paw canary` to the command line. */
export function addCanaryCommands(paw: Command): void {
  const group = paw
    .command("canary")
    .description("a new version of bizra that takes over step by step: where it stands, go on, go back");
  onTarget(group.command("status"))
    .description("step, shares of requests, pods, what was measured, and why it was rolled back")
    .option("--watch", "go on until it is stable (exit code 0) or rolled back (1)", false)
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  npx paw canary status --stack production",
        "  npx paw canary status --stack staging --watch --json   # a JSON line for each change",
      ].join("\n"),
    )
    .action(later(async () => (await import("./canary.ts")).status));
  onTarget(group.command("promote"))
    .description("end the current step; the measurements go on")
    .option("--full", "leave out all further steps, pauses and measurements", false)
    .addHelpText("after", ["", "Examples:", "  npx paw canary promote --stack staging"].join("\n"))
    .action(later(async () => (await import("./canary.ts")).promote));
  onTarget(group.command("abort"))
    .description("send all requests back to the stable version, and end the pods of the new one")
    .addHelpText("after", ["", "Examples:", "  npx paw canary abort --stack production"].join("\n"))
    .action(later(async () => (await import("./canary.ts")).abort));
}
