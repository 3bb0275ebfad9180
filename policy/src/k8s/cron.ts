/** The lines that a CronJob's `schedule` may hold, as robfig/cron v3 reads them for Kubernetes and Velero. */

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const days = "sun mon tue wed thu fri sat".split(" ");

interface Part {
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

/** Minute, hour, day, month, day of the week. */
const parts: readonly Part[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12, names: months },
  { from: 0, to: 6, names: days },
];

const names = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
const every = /^@every (?=.*[1-9])(\d+(\.\d+)?(h|m|s|ms|us|ns))+$/;

function valueOf(text: string, { from, names: words }: Part): number {
  const index = words?.indexOf(text.toLowerCase()) ?? -1;
  if (index >= 0) return from + index;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}

/** `5`, `1-5`, `*`, each with a step or without. */
function isRange(text: string, part: Part): boolean {
  const [range = "", step, ...rest] = text.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === "*" || range === "?") return true;
  const [first = "", last = first, ...others] = range.split("-");
  const [low, high] = [valueOf(first, part), valueOf(last, part)];
  return others.length === 0 && part.from <= low && low <= high && high <= part.to;
}

/** Whether a text says when something is to run. */
export function isCron(text: string): boolean {
  if (text.startsWith("@")) return names.test(text) || every.test(text);
  const fields = text.trim().split(/\s+/);
  return (
    fields.length === parts.length &&
    parts.every((part, index) => (fields[index] ?? "").split(",").every((range) => isRange(range, part)))
  );
}
