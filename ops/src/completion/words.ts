/** What can be completed at each place of the command line, as one table for all shells. */
import type { Command, Option } from "commander";

export interface Words {
  /** By the commands typed before, such as `cluster up`: commands and options that may follow. */
  readonly after: Readonly<Record<string, readonly string[]>>;
  /** By option: the values it takes, where they are known. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Reads the table off the program itself, so that it cannot lag behind. */
export function wordsOf(program: Command): Words {
  const after: Record<string, readonly string[]> = {};
  const values: Record<string, readonly string[]> = {};
  const visit = (command: Command, path: readonly string[]): void => {
    const inside = command.commands.map((each) => each.name());
    const options = command.options.flatMap(({ long }) => long ?? []);
    after[path.join(" ")] = [...inside, ...options, "--help"];
    for (const option of command.options) Object.assign(values, valuesOf(option));
    for (const each of command.commands) visit(each, [...path, each.name()]);
  };
  visit(program, []);
  return { after, values };
}

function valuesOf({ long, argChoices }: Option): Record<string, readonly string[]> {
  return long && argChoices ? { [long]: argChoices } : {};
}
