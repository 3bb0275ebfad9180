/** Whether the cluster still has what the program says: Pulumi reads every object and compares. */
import { execa } from "execa";

import { projectRoot } from "../project.ts";
import type { Check, Fault, Outcome } from "../running/checks.ts";
import type { Target } from "../running/target.ts";

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
    const { stdout, exitCode, stderr } = await execa("pulumi", args, {
      cwd: projectRoot,
      reject: false,
      timeout: patience * 60_000,
    });
    if (exitCode !== 0) {
      const reason = lastLine(stderr) || lastLine(stdout) || "without a word";
      return {
        found: "no answer",
        faults: [
          { found: `pulumi preview failed: ${reason}`, next: `pulumi preview --stack ${stack} --refresh` },
        ],
      };
    }
    return readSteps(stdout, stack);
  },
};

/** What differs, as Pulumi's JSON tells. */
export function readSteps(json: string, stack: string): Outcome {
  const { steps = [] } = JSON.parse(json.slice(json.indexOf("{"))) as { steps?: Step[] };
  const changed = steps.filter(({ op }) => !["same", "refresh", "read"].includes(op));
  const next = `pulumi preview --stack ${stack} --refresh --diff shows it; npx paw deploy --stack ${stack} puts it back`;
  const faults: Fault[] = changed.slice(0, shown).map((step) => ({ found: describe(step), next }));
  const more = changed.length - faults.length;
  return {
    found: `${changed.length} of ${steps.length} resources differ`,
    faults: more > 0 ? [...faults, { found: `and ${more} more`, next }] : faults,
  };
}

/** An object by its type and name, and which fields differ. */
function describe({ op, urn, diffReasons }: Step): string {
  const [, , , types = "", name = ""] =
    urn.split("::").length === 4 ? ["", "", "", ...urn.split("::").slice(2)] : [];
  const type = types.split("$").at(-1) ?? types;
  const fields = diffReasons?.length ? ` (${diffReasons.join(", ")})` : "";
  return `${type} ${name}: ${op}${fields}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
