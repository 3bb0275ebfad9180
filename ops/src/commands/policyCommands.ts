/** What can be typed after `paw policy`. */
import { type Command, Option } from "commander";

import { formats } from "../policy/formats.ts";
import { stackNames } from "../project.ts";
import { later } from "./later.ts";

/** Adds `paw policy` to the command line. */
export function addPolicyCommands(paw: Command): void {
  const group = paw.command("policy").description("the security checklist and the rules of integrity");
  group
    .command("check")
    .description(
      "judge a stack's preview, or any Kubernetes YAML, by both packs; exits with 1 where a rule fails",
    )
    .argument("[files...]", "YAML or JSON files, folders of them, or - for standard input")
    .addOption(new Option("--stack <stack>", "judge what this stack would deploy").choices(stackNames))
    .addOption(
      new Option(
        "--levels <stack>",
        "whose levels hold (default: the stack's, production's for files)",
      ).choices(stackNames),
    )
    .addOption(new Option("--format <format>", "what to print").choices(formats).default("table"))
    .option("--output <file>", "write there instead of standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  npx paw policy check --stack production\n  helm template mychart | npx paw policy check - --format sarif --output policy.sarif",
    )
    .action(later(async () => (await import("./policy.ts")).check));
}
