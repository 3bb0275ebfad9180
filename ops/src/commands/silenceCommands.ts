/** What can be typed after `paw silence`. */
import { type Command, InvalidArgumentError } from "commander";

import type { Matcher } from "../alertmanager/client.ts";
import { secondsTyped } from "../duration.ts";
import { later } from "./later.ts";

/** Adds `paw silence` to the command line. */
export function addSilenceCommands(paw: Command): void {
  const group = paw
    .command("silence")
    .description("alerts that are not sent for a while; ALERTMANAGER_URL says where, else 127.0.0.1:9093");
  group
    .command("add")
    .description("silence alerts from now on; prints the silence's id")
    .requiredOption(
      "--matcher <matcher>",
      "name=value, !=, =~ or !~; repeat it, all have to fit",
      (text: string, before: readonly Matcher[] | undefined) => [...(before ?? []), matcher(text)],
    )
    .requiredOption("--for <duration>", "how long, such as 30m, 2h or 1d", secondsTyped)
    .requiredOption("--comment <text>", "why")
    .option("--author <name>", "who; the user of this machine by default")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        '  npx paw silence add --matcher alertname=ChainHeightStalled --for 2h --comment "upgrade at height 1000"',
        '  npx paw silence add --matcher namespace=testnet --matcher severity=warning --for 30m --comment "load test"',
      ].join("\n"),
    )
    .action(later(async () => (await import("./silence.ts")).add));
  group
    .command("list")
    .description("show what is silenced, until when, by whom and why")
    .option("--all", "show those that are over as well", false)
    .option("--json", "print JSON", false)
    .action(later(async () => (await import("./silence.ts")).list));
  group
    .command("expire")
    .description("end silences before their time")
    .argument("<id...>", "ids, as list shows them")
    .action(later(async () => (await import("./silence.ts")).expire));
}

/** Reads what is typed for a matcher. */
export function matcher(text: string): Matcher {
  const [, name, operator, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)(.*)$/s.exec(text) ?? [];
  if (name === undefined || operator === undefined || value === undefined) {
    throw new InvalidArgumentError("write name=value, name!=value, name=~regex or name!~regex");
  }
  return { name, value, isRegex: operator.endsWith("~"), isEqual: operator.startsWith("=") };
}
