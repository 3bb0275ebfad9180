/** What a stack would deploy, by Pulumi's own preview, which changes nothing. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { execa } from "execa";

import type { Given } from "../../../policy/src/graph/graph.ts";
import { UNKNOWN, isRecord } from "../../../policy/src/k8s/field.ts";
import { headOf } from "../../../policy/src/k8s/manifest.ts";
import { UserError } from "../errors.ts";
import { type StackName, projectRoot } from "../project.ts";
import { temporaryFolder, withScratch } from "../scratch.ts";
import type { Policies } from "../stack.ts";

/** What the Pulumi engine writes where a value is not known in a preview (sdk `plugin.UnknownStringValue`). */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What a preview would do to one resource. */
export interface Step {
  readonly op: string;
  readonly newState?: {
    readonly urn: string;
    readonly type: string;
    readonly inputs?: object;
    readonly parent?: string;
    readonly protect?: boolean;
    readonly ignoreChanges?: readonly string[];
    readonly aliases?: readonly string[];
  };
}

export interface PreviewRequest {
  readonly stack: StackName;
  /** Variables in which `pulumi` finds the stack and its cluster. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the program is: this checkout by default. */
  readonly folder?: string;
  /** A pack that judges it as well. */
  readonly policies?: Policies;
}

/** What a rule of a pack said to the engine. */
export interface PolicyEvent {
  /** Nothing where it is about the stack as a whole. */
  readonly resourceUrn?: string;
  readonly message: string;
  readonly policyName: string;
  readonly enforcementLevel: string;
}

export interface Preview {
  readonly steps: readonly Step[];
  /** What the pack said; nothing where none was asked. */
  readonly policyEvents: readonly PolicyEvent[];
}

/**
 * Previews a stack.
 *
 * @throws UserError with the preview's own words where it fails for another reason than a pack's refusal.
 */
export async function previewOf(request: PreviewRequest): Promise<Preview> {
  return withScratch("preview", (scratch) => previewIn(scratch, request));
}

async function previewIn(
  scratch: string,
  { stack, environment, folder = projectRoot, policies }: PreviewRequest,
): Promise<Preview> {
  const log = join(scratch, "events.jsonl");
  const judged =
    policies === undefined
      ? []
      : [
          "--policy-pack",
          policies.policyPack,
          "--policy-pack-config",
          policies.policyPackConfig,
          "--event-log",
          log,
        ];
  const args = ["preview", "--stack", stack, "--json", "--show-sames", "--non-interactive", ...judged];
  // The engine tells of policies in its log of events alone, and takes that option among its commands for debugging.
  const env = { ...environment, ...temporaryFolder(scratch), PULUMI_DEBUG_COMMANDS: "true" };
  const preview = await execa("pulumi", args, { cwd: folder, env, reject: false });
  const policyEvents =
    policies === undefined ? [] : policyEventsIn(await readFile(log, "utf8").catch(() => ""));
  const refused = policyEvents.some(({ enforcementLevel }) => enforcementLevel === "mandatory");
  const steps = stepsIn(preview.stdout);
  if (steps === undefined || (preview.exitCode !== 0 && !refused)) {
    throw new UserError(`The preview of ${stack} failed, so nothing was judged:\n${reasonOf(preview)}`, [
      `See it whole: pulumi preview --stack ${stack}`,
    ]);
  }
  return { steps, policyEvents };
}

/** Objects that a stack would deploy. */
export async function fromPreview(request: PreviewRequest): Promise<Given[]> {
  return objectsIn((await previewOf(request)).steps);
}

/** The Kubernetes objects among what a preview would have in the end. */
export function objectsIn(steps: readonly Step[]): Given[] {
  return steps.flatMap(({ op, newState }) =>
    newState === undefined || op.startsWith("delete") ? [] : givenOf(newState),
  );
}

function stepsIn(stdout: string): readonly Step[] | undefined {
  try {
    return (JSON.parse(stdout) as { steps?: readonly Step[] }).steps;
  } catch {
    return undefined;
  }
}

/** Policies' events of the engine's log, which has a JSON document a line; a run that was cut off may end in half a line. */
function policyEventsIn(log: string): PolicyEvent[] {
  return log.split("\n").flatMap((line) => {
    if (!line.includes('"policyEvent"')) return [];
    try {
      const { policyEvent } = JSON.parse(line) as { policyEvent?: PolicyEvent };
      return policyEvent === undefined ? [] : [policyEvent];
    } catch {
      return [];
    }
  });
}

function givenOf(state: NonNullable<Step["newState"]>): Given[] {
  const head = headOf(state.type);
  if (head === undefined) return [];
  const { urn, parent, protect, ignoreChanges, aliases } = state;
  return [
    {
      manifest: { ...(known(state.inputs ?? {}) as Record<string, unknown>), ...head },
      source: urn.split("::").at(-1) ?? urn,
      urn,
      ...(parent === undefined ? {} : { parent }),
      ...(ignoreChanges === undefined ? {} : { ignored: ignoreChanges }),
      ...(aliases === undefined ? {} : { aliases }),
      protect: protect ?? false,
    },
  ];
}

/** A copy in which unknown values are UNKNOWN. */
function known(value: unknown): unknown {
  if (value === unknownText) return UNKNOWN;
  if (Array.isArray(value)) return value.map(known);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, known(field)]));
}

/** What went wrong: errors of the digest on standard output where there are some, else what was written beside it. */
function reasonOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  try {
    const { diagnostics = [] } = JSON.parse(stdout) as {
      diagnostics?: readonly { severity: string; message: string }[];
    };
    const errors = diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim());
    if (errors.length > 0) return errors.join("\n");
  } catch {
    // It failed before it had anything to tell in JSON.
  }
  return stderr.trim() === "" ? stdout.trim() : stderr.trim();
}
