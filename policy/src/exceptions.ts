/** Findings that are known and accepted, each with a reason, an owner and an end. */
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { type Stack, stacks } from "./rule.ts";

export interface Exception {
  /** Ids of the rules that may be broken. */
  readonly rules: readonly string[];
  /** The one object that may break them, as messages name it: `DaemonSet namespace/name`. */
  readonly object: string;
  /** Why it cannot be otherwise. */
  readonly reason: string;
  readonly owner: string;
  /** Last day on which it holds: YYYY-MM-DD. */
  readonly expires: string;
  readonly ticket: string;
  /** Where it holds and has to be needed; in every stack without it. */
  readonly stacks?: readonly Stack[];
}

const textFields = ["reason", "owner", "expires", "ticket"] as const;
const listFields = ["objects", "rules"] as const;

/**
 * Reads exceptions from YAML: each entry is one for every object that it names.
 *
 * @param ruleIds ids of all rules there are.
 * @throws Error that lists every fault: a field that is missing or unknown, a rule that there is not, a malformed date.
 */
export function parseExceptions(text: string, ruleIds: readonly string[]): Exception[] {
  const entries = (parse(text) ?? []) as Record<string, unknown>[];
  const faults = entries.flatMap((entry, index) =>
    faultsOf(entry, ruleIds).map((fault) => `[${index}]: ${fault}`),
  );
  if (faults.length > 0) throw new Error(`policy/exceptions.yaml:\n${faults.join("\n")}`);
  return entries.flatMap(({ objects, ...entry }) =>
    (objects as string[]).map((object) => ({ ...(entry as unknown as Omit<Exception, "object">), object })),
  );
}

function faultsOf(entry: Record<string, unknown>, ruleIds: readonly string[]): string[] {
  const [objects = [], rules = []] = listFields.map((field) => {
    const list = entry[field];
    return Array.isArray(list) ? (list as unknown[]) : [];
  });
  return [
    ...(objects.length > 0 && objects.every((object) => typeof object === "string" && object !== "")
      ? []
      : ["objects must name an object, as messages do: Kind namespace/name"]),
    ...textFields
      .filter((field) => typeof entry[field] !== "string" || entry[field] === "")
      .map((field) => `${field} must be a text`),
    ...(rules.length === 0 ? ["rules must name a rule"] : []),
    ...rules
      .filter((rule) => !ruleIds.includes(rule as string))
      .map((rule) => `there is no rule ${JSON.stringify(rule)}`),
    ...(entry.stacks === undefined || isStacks(entry.stacks)
      ? []
      : [`stacks must list some of ${stacks.join(", ")}`]),
    ...Object.keys(entry)
      .filter((key) => !([...listFields, ...textFields, "stacks"] as readonly string[]).includes(key))
      .map((key) => `${key} is not a field of an exception`),
    ...(typeof entry.expires === "string" && !/^\d{4}-\d{2}-\d{2}$/.test(entry.expires)
      ? ["expires must be a day such as 2027-01-31"]
      : []),
  ];
}

function isStacks(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => (stacks as readonly unknown[]).includes(each))
  );
}

/** Whether an exception holds in a stack. */
export function isFor(exception: Exception, stack: Stack): boolean {
  return exception.stacks?.includes(stack) ?? true;
}

/** The exceptions of the repository. */
export function readExceptions(ruleIds: readonly string[]): Exception[] {
  return parseExceptions(readFileSync(new URL("../exceptions.yaml", import.meta.url), "utf8"), ruleIds);
}

/** What an exception is looked for. */
export interface Broken {
  /** Id of the rule. */
  readonly rule: string;
  /** The object as messages name it. */
  readonly object: string;
  /** YYYY-MM-DD; an exception that ended before is none. */
  readonly today: string;
  readonly stack: Stack;
}

/** Whether an exception holds for a rule, for each of its objects. */
export function permits(exception: Exception, { rule, today, stack }: Omit<Broken, "object">): boolean {
  return exception.rules.includes(rule) && exception.expires >= today && isFor(exception, stack);
}

/** The exception under which an object may break a rule. */
export function exceptionFor(
  exceptions: readonly Exception[],
  { rule, object, today, stack }: Broken,
): Exception | undefined {
  return exceptions.find((each) => each.object === object && permits(each, { rule, today, stack }));
}

/** The exceptions for some of the rules, with those rules alone: what one pack has to know. */
export function exceptionsFor(exceptions: readonly Exception[], ruleIds: readonly string[]): Exception[] {
  return exceptions
    .map((each) => ({ ...each, rules: each.rules.filter((rule) => ruleIds.includes(rule)) }))
    .filter(({ rules }) => rules.length > 0);
}

/** Says under what an exception holds. */
export function accepted({ reason, owner, expires, ticket }: Exception): string {
  return `Accepted until ${expires} (${owner}, ${ticket}): ${reason}.`;
}
