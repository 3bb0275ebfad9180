import { findRecord, listRecords } from "../records/store.ts";
import { incidentPage, recordPage } from "../records/record.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";
import { table } from "../table.ts";

/** `paw record list`: deployments of a stack, newest first. */
export async function list(options: TargetOptions & { readonly json: boolean }): Promise<void> {
  const records = await listRecords(await openTarget(options));
  if (options.json) {
    process.stdout.write(`${JSON.stringify(records, undefined, 2)}\n`);
    return;
  }
  const rows = records.map(({ id, outcome, by, program, reason }) => [
    id,
    outcome,
    by,
    program.commit.slice(0, 8) + (program.dirty ? "+" : ""),
    reason ?? "",
  ]);
  process.stdout.write(table([["RECORD", "OUTCOME", "BY", "COMMIT", "REASON"], ...rows]));
}

/** `paw record show`: one of them as a page, as data, or as the beginning of an incident report. */
export async function show(
  id: string,
  options: TargetOptions & { readonly json: boolean; readonly incident: boolean },
): Promise<void> {
  const record = await findRecord(await openTarget(options), id);
  if (options.json) process.stdout.write(`${JSON.stringify(record, undefined, 2)}\n`);
  else process.stdout.write(options.incident ? incidentPage(record) : recordPage(record));
}
