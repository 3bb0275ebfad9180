/** Is the newest snapshot as young as its schedule demands? */
import { Cron } from "croner";

import type { Outcome } from "../running/checks.ts";
import type { Snapshot } from "./report.ts";

export interface Punctuality {
  readonly snapshots: readonly Snapshot[];
  /** Cron line, UTC. */
  readonly schedule: string;
  /** Milliseconds that a run may take until what it stores is there. */
  readonly patience: number;
  readonly now: Date;
  /** A command that makes one. */
  readonly remedy: string;
}

/**
 * The newest snapshot has to be younger than the last run that was due; while that run may still be under way, younger
 * than the one before.
 */
export function punctual({ snapshots, schedule, patience, now, remedy }: Punctuality): Outcome {
  const newest = snapshots.at(-1);
  if (newest === undefined) {
    return { found: "no snapshot at all", faults: [{ found: "no snapshot at all", next: remedy }] };
  }
  const hours = (now.getTime() - newest.time.getTime()) / 3_600_000;
  const found = `${newest.id.slice(0, 8)} of ${newest.time.toISOString()}, ${hours.toFixed(1)} hours old`;
  const settled = new Date(now.getTime() - patience);
  const due = new Cron(schedule, { timezone: "Etc/UTC" }).previousRuns(1, settled)[0];
  if (due === undefined || newest.time >= due) return { found, faults: [] };
  return { found, faults: [{ found: `${found}; a run was due at ${due.toISOString()}`, next: remedy }] };
}
