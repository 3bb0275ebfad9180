/** Fills a mirror directory with chart archives, and records what each of them is. */
import { copyFile, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { type Chart, archiveName } from "../../../components/platform/charts/chart.ts";
import { fetchChart, messageOf, partial, writeWhole } from "../../../components/platform/charts/fetch.ts";
import { gather, missingLines } from "../../../components/platform/charts/gather.ts";
import { sha256OfFile } from "../../../components/platform/charts/inspect.ts";
import {
  type ChartRecord,
  inspectMirrored,
  readRecords,
  recordOf,
  writeRecords,
} from "../../../components/platform/charts/mirror.ts";
import { type ChartSource, isRegistry } from "../../../components/platform/charts/source.ts";
import { Transfers } from "../../../components/platform/charts/transfers.ts";
import { UserError } from "../errors.ts";
import { withLock } from "../lock.ts";

export interface PullOptions {
  readonly charts: readonly Chart[];
  /** Absolute path of the directory to fill. */
  readonly to: string;
  readonly from: ChartSource;
  /** Takes an archive that is not what was recorded of the same version. */
  readonly acceptChanged: boolean;
  readonly signal: AbortSignal;
  /** Told of each chart that was fetched, and of what takes long. */
  readonly note: (text: string) => void;
  /** For tests: milliseconds that a transfer may stall. */
  readonly patience?: number;
}

interface Pull extends PullOptions {
  /** Records of the directory as they are now. */
  records: readonly ChartRecord[];
  readonly transfers: Transfers;
}

/** Milliseconds between two words about work that goes on. */
const heartbeat = 2000;

/** An archive is not what was recorded of the same version. */
class ChangedError extends Error {}

/**
 * Fetches what is not there as recorded; a chart that is leaves the directory as it is. Interrupted or killed, it
 * leaves whole files, and goes on from there the next time.
 *
 * @returns how many charts were fetched.
 * @throws UserError with every chart that cannot be had or has changed; the signal's reason when it is aborted.
 */
export async function pull(options: PullOptions): Promise<number> {
  const { charts, to, signal, note } = options;
  await mkdir(to, { recursive: true }).catch((error: unknown) => {
    throw new UserError(`The directory ${to} cannot be made: ${messageOf(error)}`);
  });
  const onWait = ({ pid, host }: { readonly pid: number; readonly host: string }): void => {
    note(`waiting for process ${pid} on ${host}, which fills the same directory`);
  };
  return withLock(join(to, ".paw-charts.lock"), { onWait, signal }, async () => {
    // Under the lock nobody else writes here, so these belong to a run that was killed.
    for (const left of (await readdir(to)).filter((name) => partial.test(name))) await rm(join(to, left));
    const records = (await readRecords(to).catch(unreadable)) ?? [];
    const transfers = new Transfers({ signal, patience: options.patience });
    const run: Pull = { ...options, records, transfers };
    const { found, missing, changed } = await pullAll(run);
    signal.throwIfAborted();
    if (missing.length === 0) return Object.values(found).filter((fetched) => fetched).length;
    throw new UserError(
      [`${missing.length} of ${charts.length} charts cannot be had:`, ...missingLines(missing)].join("\n"),
      [
        "The others are in the directory: the same command goes on from there.",
        ...(changed
          ? ["Find out why an archive changed without a new version; --accept-changed takes it as it is now."]
          : []),
      ],
    );
  });
}

/** Records that cannot be read are not thrown away: they are all that shows a change. */
function unreadable(error: unknown): never {
  throw new UserError(messageOf(error), [
    "Restore it. Without it every archive is fetched and recorded anew, and none is known to have changed.",
  ]);
}

async function pullAll(
  run: Pull,
): Promise<Awaited<ReturnType<typeof gather<boolean>>> & { readonly changed: boolean }> {
  const underWay = new Set<string>();
  let changed = false;
  let done = 0;
  const timer = setInterval(() => {
    run.note(`still at ${[...underWay].join(", ")}`);
  }, heartbeat);
  try {
    const gathered = await gather(run.charts, async (chart) => {
      underWay.add(chart.name);
      try {
        const fetched = await pullOne(chart, run);
        done += 1;
        if (fetched) run.note(`${chart.name} ${chart.version} (${done} of ${run.charts.length})`);
        return fetched;
      } catch (error) {
        changed ||= error instanceof ChangedError;
        throw error;
      } finally {
        underWay.delete(chart.name);
      }
    });
    return { ...gathered, changed };
  } finally {
    clearInterval(timer);
  }
}

/** Fetches one chart where it is not there as recorded. True when it was fetched. */
async function pullOne(chart: Chart, run: Pull): Promise<boolean> {
  const file = join(run.to, archiveName(chart));
  const recorded = recordOf(run.records, chart);
  if (recorded && (await sha256OfFile(file)) === recorded.sha256) return false;
  const record = await writeWhole(file, async (draft) => {
    const { source, sha256 } = await obtain(chart, draft, run);
    if (recorded && recorded.sha256 !== sha256 && !run.acceptChanged) {
      throw new ChangedError(
        `the archive changed: it was recorded with the SHA-256 ${recorded.sha256}, and now has ${sha256}`,
      );
    }
    return { name: chart.name, version: chart.version, source, sha256, size: (await stat(draft)).size };
  });
  run.records = [...run.records.filter((each) => each !== recorded), record];
  writeRecords(run.to, run.records);
  return true;
}

/** Writes a chart's archive to a file, out of a directory or over the network. */
async function obtain(
  chart: Chart,
  file: string,
  { from, transfers }: Pull,
): Promise<Pick<ChartRecord, "source" | "sha256">> {
  if (from.kind === "upstream" || isRegistry(from.location)) {
    return { source: chart.repository, sha256: await fetchChart(chart, file, transfers) };
  }
  const records = await transfers.once(from.location, () => readRecords(from.location));
  const there = await inspectMirrored(chart, from.location, records);
  if (there.verdict !== "ok") throw new Error(`${there.file} ${there.found}`);
  await copyFile(there.file, file);
  // A path of this machine would say nothing elsewhere.
  const source = records && recordOf(records, chart)?.source;
  return { source: source ?? "a directory without records", sha256: there.sha256 };
}
