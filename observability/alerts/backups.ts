/** Is there a backup, and is it young enough? */
import { type ObservabilitySite, query } from "../model.ts";
import type { RuleGroup } from "./alert.ts";

export function backups({ namespaces, thresholds }: ObservabilitySite): RuleGroup {
  const job = `namespace="${namespaces.paw}",cronjob="paw-backup"`;
  const last = `(kube_cronjob_status_last_successful_time{${job}} or kube_cronjob_created{${job}})`;
  return {
    name: "paw-backups",
    system: "paw",
    alerts: [
      {
        name: "BackupTooOld",
        query: query(
          "kube-state-metrics",
          `(time() - max by (namespace, cronjob) ${last}) / 3600 > ${thresholds.backupAgeHours}`,
        ),
        for: "10m",
        severity: "warning",
        summary: "the last backup of {{ $labels.namespace }} is {{ $value | humanize }} hours old",
        description: `No backup has succeeded for more than ${thresholds.backupAgeHours} hours, or none ever has.`,
        runbook: "backups",
      },
      {
        name: "BackupFailed",
        // A failed job stays in the list; what counts is one that began after the last success.
        query: query(
          "kube-state-metrics",
          `max by (namespace) (kube_job_status_start_time{namespace="${namespaces.paw}",job_name=~"paw-backup-.+"}` +
            ` and on (namespace, job_name) kube_job_failed{namespace="${namespaces.paw}",condition="true"} == 1)` +
            ` > max by (namespace) ${last}`,
        ),
        for: "0s",
        severity: "warning",
        summary: "the last backup of {{ $labels.namespace }} failed",
        description: "A backup job gave up, and none has succeeded since.",
        runbook: "backups",
        follows: [{ alert: "BackupTooOld", equal: ["namespace"] }],
      },
    ],
  };
}
