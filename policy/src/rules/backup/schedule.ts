import { demand, oneOf } from "../../finding.ts";
import { type Field, at } from "../../k8s/field.ts";
import { isCron } from "../../k8s/cron.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { resticContainers } from "./restic.ts";

/** Days that a backup lives at least: a fault that nobody saw for a week can still be undone (our own choice). */
const days = 7;

const units: Readonly<Record<string, number>> = { h: 1, m: 1 / 60, s: 1 / 3600 };

/** Hours of a Go duration such as `720h0m0s`; undefined for what is none. */
function hours(text: unknown): number | undefined {
  if (typeof text !== "string" || !/^(\d+(\.\d+)?[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)([hms])/g)].reduce(
    (sum, [, amount, unit = ""]) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
}

const schedule = (field: Field): readonly Finding[] =>
  demand(field, {
    allows: (value) => typeof value === "string" && isCron(value),
    wanted: "a cron line of five fields, or a word such as @daily",
    mayShow: (text) => /^[\d\s*/,?-]{1,40}$/.test(text),
  });

const running = (field: Field): readonly Finding[] =>
  demand(field, { allows: oneOf(undefined, false), wanted: "false" });

const isVelero = (manifest: Manifest): boolean =>
  groupOf(manifest) === "velero.io" && baseKind(manifest) === "Schedule";

export const backupSchedule: Rule = {
  id: "backup-schedule",
  item: 10,
  description: `Backups are made when they are meant to, one at a time, and live for ${days} days at least.`,
  severity: "high",
  levels: holds.beforeUsers,
  note: "Schedules as Kubernetes and Velero read them: five fields, or a word such as `@daily`. Velero's own time to live is 30 days where none is set.",
  fix: "write a valid schedule, do not suspend it, forbid two at once, and let a backup live long enough.",
  url: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/",
  frameworks: ["Kyverno validate-cron-schedule"],
  judges: (manifest) =>
    !isPatch(manifest) &&
    (isVelero(manifest) || (groupOf(manifest) === "batch" && baseKind(manifest) === "CronJob")),
  check: (manifest) => {
    const spec = at(root(manifest), "spec");
    if (isVelero(manifest)) {
      return [
        ...schedule(at(spec, "schedule")),
        ...running(at(spec, "paused")),
        // Velero's own default is 30 days.
        ...demand(at(spec, "template", "ttl"), {
          allows: (value) => value === undefined || (hours(value) ?? 0) >= days * 24,
          wanted: `${days * 24}h or more`,
          mayShow: (text) => hours(text) !== undefined,
        }),
      ];
    }
    if (resticContainers(manifest).length === 0) return [];
    return [
      ...schedule(at(spec, "schedule")),
      ...running(at(spec, "suspend")),
      ...demand(at(spec, "concurrencyPolicy"), {
        allows: oneOf("Forbid", "Replace"),
        wanted: "Forbid, as two at once get in each other's way",
        mayShow: oneOf("Allow"),
      }),
    ];
  },
};
