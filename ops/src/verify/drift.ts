/** Whether the cluster still has what the program says: Pulumi reads every object and compares. */
import { execa } from "execa";

import { projectRoot } from "../project.ts";
import type { Check, Fault, Outcome } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import { temporaryFolder, withScratch } from "../scratch.ts";

/** Minutes that a comparison may take; half a minute is usual. */
const patience = 15;
/** Differences that are shown. */
const shown = 12;

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly diffReasons?: readonly string[] | null;
}

/** The only check that finds what nobody thought of: an object that was edited, deleted or never applied. */
export const drift: Check<Target> = {
  id: "drift",
  title: "drift",
  wanted: "the cluster as the program has it (pulumi preview --refresh: no changes)",
  async look({ stack }) {
    const args = [
      "preview",
      "--stack",
      stack,
      "--refresh",
      "--json",
      "--non-interactive",
      "--suppress-outputs",
    ];
    const { stdout, exitCode, stderr } = await withScratch("drift", (scratch) =>
      execa("pulumi", args, {
        cwd: projectRoot,
        env: temporaryFolder(scratch),
        reject: false,
        timeout: patience * 60_000,
      }),
    );
    const start = stdout.indexOf("{");
    if (start >= 0) return readPreview(stdout.slice(start), stack);
    const reason = lastLine(stderr) || `exit code ${exitCode ?? "none"}`;
    const next = `pulumi preview --stack ${stack} --refresh`;
    return { found: "no answer", faults: [{ found: `pulumi preview failed: ${reason}`, next }] };
  },
};

interface Diagnostic {
  readonly severity: string;
  readonly urn?: string;
  readonly message: string;
}

/** What differs, as Pulumi's JSON tells: steps, and refusals of the API server where a field has another owner by now. */
export function readPreview(json: string, stack: string): Outcome {
  const { steps = [], diagnostics = [] } = JSON.parse(json) as {
    steps?: Step[];
    diagnostics?: Diagnostic[];
  };
  const next = `pulumi preview --stack ${stack} --refresh --diff shows it; npx paw deploy --stack ${stack} --refresh puts it back`;
  const changed = steps
    .filter(({ op }) => !["same", "refresh", "read"].includes(op))
    .map((step) => ({ found: describe(step), next }));
  const refused = diagnostics
    .filter(({ severity, urn }) => severity === "error" && urn !== undefined && !urn.includes(stackType))
    .map(({ urn = "", message }) => ({
      found: `${nameOf(urn)}: ${ownerIn(message) ?? firstWords(message)}`,
      next: `PULUMI_K8S_ENABLE_PATCH_FORCE=true npx paw deploy --stack ${stack} --refresh takes it back from whoever changed it`,
    }));
  const differing = [...refused, ...changed];
  const faults: Fault[] = differing.slice(0, shown);
  const more = differing.length - faults.length;
  return {
    found: `${differing.length} of ${steps.length} resources differ`,
    faults: more > 0 ? [...faults, { found: `and ${more} more`, next }] : faults,
  };
}

/** The stack itself only repeats that something failed. */
const stackType = "::pulumi:pulumi:Stack::";

/** Who owns which field by now, where that is what the API server refuses. */
function ownerIn(message: string): string | undefined {
  const [, owner, field] = /conflict with "([^"]+)"[^:]*: (\S+)/.exec(message) ?? [];
  return owner === undefined ? undefined : `${field ?? "a field"} was changed by "${owner}"`;
}

function firstWords(message: string): string {
  return message.replace(/\s+/g, " ").trim().slice(0, 300);
}

/** An object by its type and name, and which fields differ. */
function describe({ op, urn, diffReasons }: Step): string {
  return `${nameOf(urn)}: ${op}${diffReasons?.length ? ` (${diffReasons.join(", ")})` : ""}`;
}

function nameOf(urn: string): string {
  const [, , types = "", name = urn] = urn.split("::");
  return `${types.split("$").at(-1) ?? types} ${name}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
