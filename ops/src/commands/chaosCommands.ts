/** What can be typed after `paw chaos`. */
import { type Command, InvalidArgumentError, Option } from "commander";

import {
  type FaultName,
  defaultLatency,
  defaultSeconds,
  faultNames,
  recoverySeconds,
  targetNames,
} from "../chaos/kinds.ts";
import { latencyTyped, secondsTyped } from "../duration.ts";
import { later } from "./later.ts";
import { onTarget } from "./target.ts";

const about: Readonly<Record<FaultName, string>> = {
  "pod-kill": "kill pods, as a lost machine or an eviction does",
  partition: "cut pods off from all others of their system, both ways",
  latency: "delay what pods send",
  memory: "take half of a container's memory limit beside it",
  io: "let one in ten reads and writes on the data volume fail with EIO",
};

/** Adds `paw chaos` to the command line. */
export function addChaosCommands(paw: Command): void {
  const group = paw
    .command("chaos")
    .description(
      "faults on purpose: steady state, fault, steady state again; nothing is injected into what is not well",
    )
    .addHelpText(
      "after",
      [
        "",
        "All but pod-kill need Chaos Mesh in the cluster (docs/operations.md). Ctrl-C takes the fault away and waits until it is gone;",
        "so does a hypothesis that fails; and Chaos Mesh ends it after --for, whatever becomes of this command.",
        "",
        "Examples:",
        "  npx paw chaos pod-kill --target validator --stack staging",
        "  npx paw chaos latency --target validator --latency 200ms --for 2m --stack staging",
        "  npx paw chaos abort --stack staging",
      ].join("\n"),
    );
  for (const fault of faultNames) addFault(group, fault);
  onTarget(group.command("abort"))
    .description("take away every fault that paw chaos has made, and wait until all are gone")
    .action(later(async () => (await import("./chaos.ts")).abort));
}

function addFault(group: Command, fault: FaultName): void {
  const command = onTarget(group.command(fault))
    .description(about[fault])
    .addOption(new Option("--target <target>", "whose pods").choices(targetNames).default("validator"))
    .option("--pods <number>", "how many at once; of validators never more than the chain survives", count, 1)
    .option("--for <duration>", "how long, such as 60s or 5m", secondsTyped, defaultSeconds)
    .option("--recovery <duration>", "within which all has to be as before", secondsTyped, recoverySeconds);
  if (fault === "latency") {
    command.option("--latency <time>", "how much later, such as 200ms", latencyTyped, defaultLatency);
  }
  if (fault === "pod-kill") {
    const by = new Option("--by <who>", "Chaos Mesh, or this command through the API").choices([
      "api",
      "mesh",
    ]);
    command.addOption(by.default("api"));
  }
  command
    .addHelpText("after", `\nExample:\n  npx paw chaos ${fault} --target full-node --for 60s --stack staging`)
    .action(later(async () => (await import("./chaos.ts")).experimentWith(fault)));
}

function count(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a number from 1 to 999");
}
