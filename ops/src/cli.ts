/** The `paw` command: what can be typed, and what happens when something fails. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";

import { clusterKinds, defaultCluster } from "./cluster/index.ts";
import { addCanaryCommands } from "./commands/canaryCommands.ts";
import { addBackupCommands } from "./commands/backupCommands.ts";
import { addChartCommands } from "./commands/chartCommands.ts";
import { addChaosCommands } from "./commands/chaosCommands.ts";
import { later } from "./commands/later.ts";
import { addOperationCommands } from "./commands/operationCommands.ts";
import { addLoadCommands } from "./commands/loadCommands.ts";
import { addReportCommand } from "./commands/reportCommands.ts";
import { addReviewCommands } from "./commands/reviewCommands.ts";
import { addSilenceCommands } from "./commands/silenceCommands.ts";
import { addPolicyCommands } from "./commands/policyCommands.ts";
import { addTestCommands } from "./commands/testCommands.ts";
import { addValidatorCommands } from "./commands/validatorCommands.ts";
import { addVaultCommands } from "./commands/vaultCommands.ts";
import { completionShells } from "./completion/scripts.ts";
import { likelyShell, shells } from "./environment.ts";
import { UserError } from "./errors.ts";
import { stackNames } from "./project.ts";
import { ToolchainError } from "./toolchain/index.ts";

/** Runs the command line; sets the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  // The children of an interrupted command get the signal as well; this waits for their tidy end. The listener stays,
  // since libraries that see no other one end the process themselves.
  process.on("SIGINT", () => {
    if (process.exitCode === 130) process.exit();
    process.exitCode = 130;
    process.stderr.write("\nstopping; press Ctrl-C again to stop at once\n");
  });
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.stderr.write(`${await explain(error)}\n`);
    process.exitCode = process.exitCode === 130 ? 130 : 1;
  }
}

/** All that can be typed. */
export function program(): Command {
  const paw = new Command("paw")
    .description("Stands up the PAW validator network and bizra-apex, on a cluster of its own or on yours")
    .showHelpAfterError("(see: npx paw help)")
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });

  const kind = new Option("--kind <kind>", "what to run it on").choices(clusterKinds).default("embedded");
  paw
    .command("up")
    .description("find or make the tools, start a cluster, deploy the local stack")
    .addOption(kind)
    .action(later(async () => (await import("./commands/up.ts")).up));
  paw
    .command("destroy")
    .description("delete the local stack, then its cluster")
    .option("--keep-cluster", "leave the cluster running", false)
    .action(later(async () => (await import("./commands/destroy.ts")).destroy));
  paw
    .command("env")
    .description('print the environment in which pulumi and kubectl work as typed: eval "$(npx paw env)"')
    .addOption(new Option("--shell <shell>", "syntax to print").choices(shells).default(likelyShell()))
    .option("--name <name>", "cluster that kubectl and previews go to", clusterName, defaultCluster)
    .action(later(async () => (await import("./commands/env.ts")).env));
  paw
    .command("doctor")
    .description("check this machine, the tools, the cluster and its capacity; changes nothing")
    .addOption(new Option("--stack <stack>", "stack to check for").choices(stackNames).default("local"))
    .option("--json", "print JSON", false)
    .action(later(async () => (await import("./commands/doctor.ts")).doctor));
  paw
    .command("toolchain")
    .description("show each tool, its version, where it came from and where it is")
    .option("--make", "find, download or build first what is missing, as every other command does", false)
    .option("--tests", "with --make: also what only the end-to-end tests run", false)
    .option("--live", "with --make: also what a live cluster and its tests are made of", false)
    .option("--json", "print JSON", false)
    .action(later(async () => (await import("./commands/toolchain.ts")).toolchain));
  paw
    .command("completion")
    .description(
      'print what a shell needs to complete paw: eval "$(npx paw completion bash)"; alias paw="npx paw"',
    )
    .addArgument(new Argument("<shell>", "which shell").choices(completionShells))
    .action(later(async () => (await import("./commands/completion.ts")).completion));
  addClusterCommands(paw);
  addChartCommands(paw);
  addPolicyCommands(paw);
  addReviewCommands(paw);
  addReportCommand(paw);
  addVaultCommands(paw);
  addValidatorCommands(paw);
  addBackupCommands(paw);
  addSilenceCommands(paw);
  addOperationCommands(paw);
  addCanaryCommands(paw);
  addTestCommands(paw);
  addLoadCommands(paw);
  addChaosCommands(paw);
  return paw;
}

function addClusterCommands(paw: Command): void {
  const group = paw.command("cluster").description("clusters on this machine, several side by side by name");
  const named = (command: Command): Command =>
    command.option("--name <name>", "name of the cluster", clusterName, defaultCluster);
  named(group.command("up"))
    .description("start a cluster, or start it again with its data")
    .addOption(new Option("--kind <kind>", "what it is made of").choices(clusterKinds).default("embedded"))
    .action(later(async () => (await import("./commands/cluster.ts")).up));
  named(group.command("stop"))
    .description("end a cluster's processes, keep its data")
    .action(later(async () => (await import("./commands/cluster.ts")).stop));
  named(group.command("down"))
    .description("end a cluster and remove its data")
    .action(later(async () => (await import("./commands/cluster.ts")).down));
  group
    .command("status")
    .description("list the clusters of this checkout")
    .option("--json", "print JSON", false)
    .action(later(async () => (await import("./commands/cluster.ts")).status));
  group
    .command("join")
    .description("join this machine to a k3s server as an agent")
    .requiredOption("--server <url>", "address of the server, such as https://10.0.0.5:6443")
    .requiredOption("--token-file <file>", "file that holds the server's token")
    .action(later(async () => (await import("./cluster/k3s.ts")).joinK3s));
}

function clusterName(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError("use a-z, 0-9 and '-', at most 32 characters");
}

/** The words for a failure: ours without a trace and with what to do, everything else with its trace. */
async function explain(error: unknown): Promise<string> {
  if (error instanceof UserError) {
    return [pc.red(`error: ${error.message}`), ...error.hints.map((hint) => `  -> ${hint}`)].join("\n");
  }
  // Loaded only here: it comes with Pulumi's SDK, which takes half a second.
  const { ConfigError } = await import("../../config.ts");
  if (error instanceof ToolchainError || error instanceof ConfigError)
    return pc.red(`error: ${error.message}`);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
