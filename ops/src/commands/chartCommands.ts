/** What can be typed after `paw charts`. */
import type { Command } from "commander";

import { later } from "./later.ts";

/** Adds `paw charts` to the command line. */
export function addChartCommands(paw: Command): void {
  const group = paw.command("charts").description("the platform's charts, and mirrors of them");
  group
    .command("pull")
    .description("fill a directory with every pinned chart, for machines without a network; repeatable")
    .requiredOption("--to <dir>", "directory to fill; paw:charts.mirror names it")
    .option(
      "--from <mirror>",
      "copy from this mirror, a directory or oci://host/prefix, and not from upstream",
    )
    .option("--accept-changed", "take an archive that changed under the same version", false)
    .addHelpText(
      "after",
      examples("pull --to mirror", "pull --to mirror --from oci://registry.example/charts"),
    )
    .action(later(async () => (await import("./charts.ts")).pull));
  group
    .command("verify <dir>")
    .description("check that a mirror directory has every pinned chart, whole and as recorded")
    .option("--json", "print JSON", false)
    .addHelpText("after", examples("verify mirror", "verify mirror --json"))
    .action(later(async () => (await import("./charts.ts")).verify));
  group
    .command("list")
    .description("show each pinned chart, its version and its repository")
    .option("--json", "print JSON", false)
    .action(later(async () => (await import("./charts.ts")).list));
}

function examples(...commands: readonly string[]): string {
  return ["", "Examples:", ...commands.map((command) => `  npx paw charts ${command}`)].join("\n");
}
