/** A canary's status as text for people. */
import pc from "picocolors";

import { table } from "../table.ts";
import type { CanaryStatus, State } from "./status.ts";

const colours: Readonly<Record<State, (text: string) => string>> = {
  stable: pc.green,
  progressing: pc.cyan,
  paused: pc.cyan,
  "rolled back": pc.red,
  failed: pc.red,
};

export function toText(status: CanaryStatus): string {
  const { state, step, versions, analysis, why, message } = status;
  const where = step ? `, step ${Math.min(step.number, step.of)} of ${step.of}: ${step.what}` : "";
  const until = step?.until ? ` (until ${step.until})` : "";
  const rows = versions.map(({ role, version, weight, hash, pods }) => {
    const restarts = pods.reduce((sum, pod) => sum + pod.restarts, 0);
    const ready = pods.filter((pod) => pod.ready).length;
    return [role, version, `${weight} %`, `${ready}/${pods.length}`, String(restarts), hash];
  });
  const lines = [
    `${colours[state](state)}${where}${until}`,
    ...(why.length > 0 ? why : message === "" || state === "paused" ? [] : [message]).map(
      (each) => `  ${each}`,
    ),
    "",
    table([["VERSION", "", "REQUESTS", "READY", "RESTARTS", "HASH"], ...rows]).trimEnd(),
  ];
  if (analysis) lines.push("", `measured by ${analysis.run}: ${analysis.phase}`, figures(analysis).trimEnd());
  return `${lines.join("\n")}\n`;
}

function figures({ figures: all }: NonNullable<CanaryStatus["analysis"]>): string {
  const rows = all.map(({ name, phase, value, wanted, measured, failed, errors }) => [
    name,
    phase,
    short(value),
    wanted,
    `${measured - failed} good, ${failed} bad${errors > 0 ? `, ${errors} without an answer` : ""}`,
  ]);
  return table([["FIGURE", "PHASE", "MEASURED", "WANTED", "MEASUREMENTS"], ...rows]);
}

/** Three digits are enough to see by how much a bound is missed. */
function short(value: string | undefined): string {
  const number = Number(value);
  if (value === undefined) return "-";
  return Number.isFinite(number) ? String(Number(number.toPrecision(3))) : value;
}

/** What a person does next, one step a line. */
export function nextSteps({ state, step, beside }: CanaryStatus, stack: string): string[] {
  switch (state) {
    case "rolled back":
      return [
        `all requests go to the stable version; put its image back into paw:bizra.image (git revert) and run: pulumi up --stack ${stack}`,
        "or deploy another version, which begins at the first step",
      ];
    case "failed":
      return ["kubectl get rollout,analysisrun,pods in its namespace says more"];
    case "paused":
      return step?.until === undefined
        ? [`npx paw canary promote --stack ${stack} goes on, npx paw canary abort --stack ${stack} goes back`]
        : [];
    case "stable":
      // Argo Rollouts scales it down after the first version alone.
      return beside === 0
        ? []
        : [
            `the Deployment has ${beside} pods of its own beside these; if that lasts: kubectl scale deployment/bizra-apex --replicas 0`,
          ];
    default:
      return [];
  }
}
