/** Situations of backups, which run once a day. promtool's time begins at 0. */
import type { Situation } from "../../../support/promtool.ts";

const cron = '{namespace="paw",cronjob="paw-backup"}';
const success = `kube_cronjob_status_last_successful_time${cron}`;
const created = `kube_cronjob_created${cron}`;
const started = (job: string): string => `kube_job_status_start_time{namespace="paw",job_name="${job}"}`;
const failed = (job: string): string => `kube_job_failed{namespace="paw",job_name="${job}",condition="true"}`;
const labels = { namespace: "paw", severity: "warning", system: "paw" };
const hour = 3600;

export const backups: readonly Situation[] = [
  {
    alert: "BackupTooOld",
    when: "the last success was at hour 2; now it is hour 36",
    step: "10m",
    series: { [created]: "0x250", [success]: `${2 * hour}x250` },
    at: "36h",
    fires: [
      { labels: { ...labels, cronjob: "paw-backup" }, summary: "the last backup of paw is 34 hours old" },
    ],
  },
  {
    alert: "BackupTooOld",
    when: "none has ever succeeded since the job was made, 40 hours ago",
    step: "10m",
    series: { [created]: "0x250" },
    at: "40h",
    fires: [
      { labels: { ...labels, cronjob: "paw-backup" }, summary: "the last backup of paw is 40 hours old" },
    ],
  },
  {
    alert: "BackupTooOld",
    when: "yesterday's is 25 hours old, and today's still runs",
    step: "10m",
    series: { [created]: "0x250", [success]: `${3 * hour}x250` },
    at: "28h",
    fires: [],
  },
  {
    alert: "BackupFailed",
    when: "today's job failed, yesterday's did not",
    step: "10m",
    series: {
      [created]: "0x250",
      [success]: `${4 * hour}x250`,
      [started("paw-backup-2")]: `${27 * hour}x250`,
      [failed("paw-backup-2")]: "1x250",
    },
    at: "28h",
    fires: [{ labels, summary: "the last backup of paw failed" }],
  },
  {
    alert: "BackupFailed",
    when: "the first job of all failed",
    step: "10m",
    series: {
      [created]: `${hour}x250`,
      [started("paw-backup-1")]: `${3 * hour}x250`,
      [failed("paw-backup-1")]: "1x250",
    },
    at: "8h",
    fires: [{ labels, summary: "the last backup of paw failed" }],
  },
  {
    alert: "BackupFailed",
    when: "a job failed the day before yesterday and stays in the list; later ones succeeded",
    step: "10m",
    series: {
      [created]: "0x250",
      [success]: `${28 * hour}x250`,
      [started("paw-backup-1")]: `${3 * hour}x250`,
      [failed("paw-backup-1")]: "1x250",
      [started("paw-backup-2")]: `${27 * hour}x250`,
    },
    at: "30h",
    fires: [],
  },
];
