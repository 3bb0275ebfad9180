/** Options that every verb on a running system takes. */
import { type Command, Option } from "commander";

import { stackNames } from "../project.ts";

/** Adds `--stack`, `--context` and `--json`. */
export function onTarget(command: Command): Command {
  return command
    .addOption(new Option("--stack <stack>", "stack whose system it is").choices(stackNames).default("local"))
    .option("--context <context>", "context of the kubeconfig; the stack file's by default")
    .option("--json", "print JSON", false);
}
