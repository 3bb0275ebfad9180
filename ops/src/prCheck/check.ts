/** A pull request looked at: what each stack would become, what the rules say of it, and what changes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { assess } from "../../../policy/src/assess.ts";
import { today } from "../../../policy/src/day.ts";
import type { Given } from "../../../policy/src/graph/graph.ts";
import { fewestWorkloads, metaAbout } from "../../../policy/src/meta.ts";
import type { Level } from "../../../policy/src/rule.ts";
import { type Change, changesBetween } from "../compare/changes.ts";
import { UserError } from "../errors.ts";
import { policiesOf } from "../policy/packs.ts";
import { type PolicyEvent, objectsIn, previewOf } from "../policy/preview.ts";
import { type StackName, projectRoot } from "../project.ts";
import { withScratch } from "../scratch.ts";
import { objectsAt } from "./base.ts";
import { type Granted, exceptionsAt, exceptionsFile, grantedBetween } from "./exceptions.ts";
import type { Site } from "./site.ts";
import { type ItemVerdict, verdictsOf } from "./verdicts.ts";

export interface StackCheck {
  readonly stack: StackName;
  /** How many objects it would have. */
  readonly objects: number;
  readonly verdicts: readonly ItemVerdict[];
  /** What the packs refused in the real engine, that our own look at the same objects did not: has to be empty. */
  readonly refusedByEngineAlone: readonly string[];
  /** Why there was no preview; nothing where there was. */
  readonly fault: string | undefined;
  /** Against the base; nothing where that could not be previewed. */
  readonly changes: readonly Change[] | undefined;
}

export interface PrCheck {
  /** The commit that changes are counted from. */
  readonly base: string;
  readonly stacks: readonly StackCheck[];
  readonly exceptions: readonly Granted[];
  /** Stacks that were looked at without their charts, by the user's leave. */
  readonly withoutCharts: readonly StackName[];
  /** Why changes are not evaluated; nothing where they are. */
  readonly baseFault: string | undefined;
}

export interface CheckRequest {
  readonly site: Site;
  readonly base: string;
  readonly stacks: readonly StackName[];
}

/** Characters of a reason that are told. */
const longestReason = 500;

/** Whether nothing fails. What is not evaluated fails nothing, and is told. */
export function passes({ stacks }: Pick<PrCheck, "stacks">): boolean {
  return stacks.every(
    ({ fault, refusedByEngineAlone, verdicts }) =>
      fault === undefined &&
      refusedByEngineAlone.length === 0 &&
      verdicts.every(({ verdict }) => verdict !== "failed"),
  );
}

/** Previews all stacks with both packs, then the base, and compares. */
export async function checkPullRequest({ site, base, stacks }: CheckRequest): Promise<PrCheck> {
  const { progress } = site;
  progress.step("Previews, with both policy packs");
  const looked = [];
  for (const stack of stacks) {
    progress.note(stack);
    looked.push({ stack, ...(await look(stack, site)) });
  }
  progress.step(`What changes since ${base.slice(0, 12)}`);
  const old = await objectsAt(base, stacks, site).catch((error: unknown) => {
    if (error instanceof UserError) return error.message.replaceAll(/\s+/g, " ").slice(0, longestReason);
    throw error;
  });
  const exceptions = grantedBetween(
    await exceptionsAt(base),
    readFileSync(join(projectRoot, exceptionsFile), "utf8"),
  );
  return {
    base,
    exceptions,
    withoutCharts: site.withoutCharts.filter((stack) => stacks.includes(stack)),
    baseFault: typeof old === "string" ? old : undefined,
    stacks: looked.map(({ stack, given, verdicts, refusedByEngineAlone, fault }) => ({
      ...{ stack, verdicts, refusedByEngineAlone, fault },
      objects: given.length,
      changes:
        typeof old === "string" || fault !== undefined
          ? undefined
          : changesBetween(old.get(stack) ?? [], given),
    })),
  };
}

interface Look extends Pick<StackCheck, "verdicts" | "refusedByEngineAlone" | "fault"> {
  readonly given: readonly Given[];
}

async function look(stack: StackName, site: Site): Promise<Look> {
  // Only what the user gave leave for: without charts, a rule about charts is not evaluated, and nothing else is softer.
  const levels: Record<string, Level> = site.withoutCharts.includes(stack)
    ? { [metaAbout.evaluated.id]: "advisory" }
    : {};
  try {
    const { policyPack, policyPackConfig } = policiesOf(stack);
    const { steps, policyEvents } = await withScratch("pr-check", async (scratch) => {
      const config = join(scratch, "policies.json");
      writeFileSync(config, withLevels(readFileSync(policyPackConfig, "utf8"), levels));
      const policies = { policyPack, policyPackConfig: config };
      return previewOf({ stack, environment: site.environment, policies });
    });
    const given = objectsIn(steps);
    const assessment = assess(given, { stack, levels, minimum: fewestWorkloads, today: today() });
    const verdicts = verdictsOf(assessment);
    return { given, verdicts, refusedByEngineAlone: unknownTo(verdicts, policyEvents), fault: undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { given: [], verdicts: [], refusedByEngineAlone: [], fault: error.message };
  }
}

/** A pack's configuration with levels of single rules about the whole, which are in its policies of that name. */
function withLevels(text: string, levels: Readonly<Record<string, Level>>): string {
  const config = JSON.parse(text) as Record<string, { levels?: object }>;
  const entries = Object.entries(config).map(
    ([policy, own]) =>
      [policy, policy.endsWith("-graph") ? { ...own, levels: { ...own.levels, ...levels } } : own] as const,
  );
  return JSON.stringify(Object.fromEntries(entries));
}

/** Refusals of the engine whose rule is not among the failed ones. */
function unknownTo(verdicts: readonly ItemVerdict[], events: readonly PolicyEvent[]): string[] {
  const failed = new Set(verdicts.flatMap((verdict) => verdict.failed.map(({ rule }) => rule.id)));
  return events
    .filter(({ enforcementLevel }) => enforcementLevel === "mandatory")
    .map(({ message }) => plainText(message))
    .filter((message) => ![...failed].some((id) => message.includes(`${id}: `)));
}

/** A message without the engine's marks for colours. */
function plainText(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}
