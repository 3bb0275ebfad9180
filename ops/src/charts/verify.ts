/** Looks at a mirror directory as the program will, for every pinned chart. */
import { readdir } from "node:fs/promises";

import { type Chart, archiveName } from "../../../components/platform/charts/chart.ts";
import { messageOf } from "../../../components/platform/charts/fetch.ts";
import { type Mirrored, inspectMirrored, readRecords } from "../../../components/platform/charts/mirror.ts";
import { UserError } from "../errors.ts";

export interface Verification {
  readonly charts: readonly ({
    readonly name: string;
    readonly version: string;
  } & Pick<Mirrored, "verdict" | "found">)[];
  /** Archives that no pin asks for. */
  readonly extra: readonly { readonly file: string; readonly found: string }[];
}

/** @throws UserError when the directory or its records cannot be read. */
export async function verify(charts: readonly Chart[], folder: string): Promise<Verification> {
  const [files, records] = await Promise.all([readdir(folder), readRecords(folder)]).catch(
    (error: unknown) => {
      throw new UserError(`The mirror cannot be read: ${messageOf(error)}`, [
        `It is filled with: npx paw charts pull --to ${folder}`,
      ]);
    },
  );
  const checked = [];
  for (const chart of charts) {
    const { verdict, found } = await inspectMirrored(chart, folder, records);
    checked.push({ name: chart.name, version: chart.version, verdict, found });
  }
  const pinned = charts.map(archiveName);
  const extra = files
    .filter((file) => file.endsWith(".tgz") && !pinned.includes(file))
    .sort()
    .map((file) => ({ file, found: whose(file, charts) }));
  return { charts: checked, extra };
}

/** What an archive is that no pin asks for. */
function whose(file: string, charts: readonly Chart[]): string {
  const chart = charts.find(({ name }) => new RegExp(`^${name}-v?\\d`).test(file));
  return chart ? `another version than the pinned ${chart.version}` : "no chart of this program";
}
