/**
 * This project's program beside one that installs the same charts without doing anything about time or size (`naive/`), one
 * after the other. Half an hour, and needs `PAW_CHARTS_MIRROR`.
 */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { Sandbox } from "../test/support/sandbox.ts";
import { type ChartName, charts } from "../versions.ts";
import { mirrorFolder, sandboxWithCharts } from "./charts.ts";
import { rest } from "./local.ts";
import { type Sample, measured } from "./measured.ts";
import { seconds, table, writePart } from "./page.ts";

interface Program {
  readonly up: readonly string[];
  readonly env: Record<string, string>;
  /** The state's file. */
  readonly state: string;
}

/** Measures, and writes the part "naive" of the page. */
export async function naive(): Promise<void> {
  const rows = [
    ["this program: all charts, chain and bizra", ...(await cells(await sandboxWithCharts(), ours))],
    ["naive: the charts alone", ...(await cells(await bareSandbox(), naiveProgram))],
  ];
  await writePart("naive", table([["", "first `pulumi up`", "another", "changes of it", "state"], ...rows]));
}

const ours = (): Promise<Program> =>
  Promise.resolve({
    up: ["pulumi", "up", "--yes", "--skip-preview", "--stack", "local"],
    // As `paw up` does: the state is written once.
    env: { PULUMI_SKIP_CHECKPOINTS: "true" },
    state: ".paw/state/.pulumi/stacks/paw/local.json.gz",
  });

async function bareSandbox(): Promise<Sandbox> {
  const sandbox = await Sandbox.create();
  await sandbox.ok("npx", ["paw", "cluster", "up"]);
  await sandbox.loadEnvironment();
  return sandbox;
}

async function cells(sandbox: Sandbox, program: (sandbox: Sandbox) => Promise<Program>): Promise<string[]> {
  const { up, env, state } = await program(sandbox);
  const run = (): Promise<Sample> =>
    measured(up, { cwd: sandbox.folder, env: { ...sandbox.variables, ...env } });
  const first = await run();
  await rest();
  const second = await run();
  const changes = [...second.output.matchAll(/^ +[+~-]+ (\d+) /gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
  const megabytes = statSync(join(sandbox.folder, state)).size / 1e6;
  await Sandbox.disposeAll();
  return [seconds(first.seconds), seconds(second.seconds), String(changes), `${megabytes.toFixed(1)} MB`];
}

/** With Pulumi's own defaults. */
async function naiveProgram(sandbox: Sandbox): Promise<Program> {
  const archives = Object.fromEntries(
    (Object.keys(charts) as ChartName[]).map((name) => [
      name,
      join(mirrorFolder(), `${name}-${charts[name].version}.tgz`),
    ]),
  );
  const state = join(sandbox.folder, "naive-state");
  mkdirSync(state);
  const env = {
    NAIVE_CHARTS: JSON.stringify(archives),
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "",
    PULUMI_DIY_BACKEND_GZIP: "",
    PULUMI_RUN_PROGRAM: "",
    GOGC: "100",
    NODE_COMPILE_CACHE: "",
  };
  await sandbox.ok("pulumi", ["stack", "init", "naive", "--cwd", "bench/naive"], env);
  return {
    up: ["pulumi", "up", "--yes", "--skip-preview", "--cwd", "bench/naive", "--stack", "naive"],
    env,
    state: "naive-state/.pulumi/stacks/naive/naive.json",
  };
}
