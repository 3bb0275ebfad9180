/** The checks of `paw backup verify`, on what its Job found. */
import { type BackupSource, backupSources } from "../../../components/backup/names.ts";
import type { Check, Outcome } from "../running/checks.ts";
import { simulatedPods } from "./deployed.ts";
import type { Report } from "./report.ts";
import type { Ended } from "./running.ts";
import { punctual } from "./schedule.ts";

export interface Verification {
  readonly source: BackupSource;
  readonly report: Report;
  readonly ended: Ended;
  /** Cron line, UTC. */
  readonly schedule: string;
  readonly now: Date;
  /** Whether the Job's pod only seemed to run. */
  readonly simulated: boolean;
}

/** Milliseconds that a run may take: the deadlines of the two CronJobs. */
const patience: Readonly<Record<(typeof backupSources)[number], number>> = {
  chain: 6 * 3_600_000,
  vault: 1_800_000,
};
const runbook = "docs/runbooks/backups.md";

const unknown = (notEvaluated: string): Outcome => ({ found: "", faults: [], notEvaluated });
const isOpen = ({ ended }: Verification): boolean => /^@paw snapshots /m.test(ended.log);

/** Judges only where a container really ran. */
const ran =
  (judge: (found: Verification) => Outcome) =>
  (found: Verification): Promise<Outcome> =>
    Promise.resolve(found.simulated ? unknown(simulatedPods) : judge(found));
/** Judges only where it also came into the repository. */
const inside = (judge: (found: Verification) => Outcome): ReturnType<typeof ran> =>
  ran((found) => (isOpen(found) ? judge(found) : unknown("the repository does not open")));

const opens: Check<Verification> = {
  id: "repository-opens",
  title: "The repository opens with its password",
  wanted: "an address that answers, and a password that fits",
  look: ran((found) => {
    const { report, ended } = found;
    if (isOpen(found)) return { found: `${report.snapshots.length} snapshots`, faults: [] };
    const why = ended.reason || "the look into it broke off";
    return { found: "it does not open", faults: [{ found: why, next: runbook }] };
  }),
};

const young: Check<Verification> = {
  id: "newest-snapshot",
  title: "The newest snapshot is as young as the schedule demands",
  wanted: "one from the last run that was due",
  look: inside(({ source, report: { snapshots }, schedule, now }) =>
    punctual({
      snapshots,
      schedule,
      patience: patience[source],
      now,
      remedy: `npx paw backup run ${source}; if it fails: ${runbook}`,
    }),
  ),
};

const whole: Check<Verification> = {
  id: "data-reads-back",
  title: "What is stored can be read back",
  wanted: "no fault in the structure, and none in the part of the data that was read",
  look: inside(({ report: { read, damaged }, ended }) => {
    if (read !== undefined) return { found: `structure whole, ${read} of the data read`, faults: [] };
    const found = damaged ?? "it was not read to its end";
    const lines = ended.log.split("\n").filter((line) => /error|pack|damaged|hash/i.test(line));
    return {
      found,
      faults: [
        { found: [found, ...lines.slice(0, 5)].join("\n  "), next: `begin another repository: ${runbook}` },
      ],
    };
  }),
};

const keyless: Check<Verification> = {
  id: "no-keys",
  title: "The newest snapshot holds no key and no signing state",
  wanted: "neither: whoever restores them signs twice",
  look: inside(({ report: { keys } }) => {
    if (keys === undefined) return unknown("there is no snapshot to look into");
    return {
      found: keys.length === 0 ? "none among its files" : `${keys.length} files`,
      faults: keys.map((key) => ({
        found: key,
        next: `remove the snapshot, and rotate the key: ${runbook}`,
      })),
    };
  }),
};

export const verificationChecks: readonly Check<Verification>[] = [opens, young, whole, keyless];
