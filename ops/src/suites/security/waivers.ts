/** Vulnerabilities that are known and accepted for a while: `policy/cve-waivers.yaml`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { UserError } from "../../errors.ts";
import { projectRoot } from "../../project.ts";

export interface Waiver {
  /** Such as CVE-2026-12345. */
  readonly id: string;
  /** In which packages alone; in all without it. */
  readonly packages?: readonly string[];
  readonly reason: string;
  readonly owner: string;
  /** Last day on which it holds: YYYY-MM-DD. */
  readonly expires: string;
}

const texts = ["id", "reason", "owner", "expires"] as const;
const longest = 366;

/** @throws UserError when the file cannot be read, or with every fault in it. */
export function readWaivers(file = join(projectRoot, "policy", "cve-waivers.yaml")): Waiver[] {
  try {
    return parseWaivers(readFileSync(file, "utf8"), new Date());
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/**
 * @param now a waiver that lasts longer than a year from here is none.
 * @throws UserError with every fault: a field that is missing or unknown, a date that is none or too far.
 */
export function parseWaivers(text: string, now: Date): Waiver[] {
  const entries = (parse(text) ?? []) as unknown;
  const faults = Array.isArray(entries)
    ? entries.flatMap((entry: unknown, index) => faultsOf(entry, now).map((fault) => `[${index}]: ${fault}`))
    : ["must be a list"];
  if (faults.length > 0) throw new UserError(`policy/cve-waivers.yaml:\n${faults.join("\n")}`);
  return entries as Waiver[];
}

function faultsOf(entry: unknown, now: Date): string[] {
  if (typeof entry !== "object" || entry === null) return ["must be an object"];
  const fields = entry as Record<string, unknown>;
  const { packages, expires } = fields;
  const last = new Date(now.getTime() + longest * 86_400_000).toISOString().slice(0, 10);
  const isDay = typeof expires === "string" && /^\d{4}-\d{2}-\d{2}$/.test(expires);
  return [
    ...texts
      .filter((name) => typeof fields[name] !== "string" || fields[name] === "")
      .map((name) => `${name} must be a text`),
    ...(typeof expires === "string" && !isDay ? ["expires must be a day such as 2027-01-31"] : []),
    ...(isDay && expires > last ? [`expires must be within a year: ${last} at the latest`] : []),
    ...(packages === undefined ||
    (Array.isArray(packages) && packages.length > 0 && packages.every((each) => typeof each === "string"))
      ? []
      : ["packages must be a list of names"]),
    ...Object.keys(fields)
      .filter((key) => ![...texts, "packages"].includes(key))
      .map((key) => `${key} is not a field of a waiver`),
  ];
}
