/**
 * How long the whole local stack takes with all charts, and how large its state gets, beside a program that does
 * nothing about it; one after the other, each on an embedded cluster of its own that runs already. This project's first
 * run is `paw up`, which judges the graph by its policies as well. Writes `bench/README.md`.
 *
 *     PAW_CHARTS_MIRROR=DIR npm run bench
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { type Outcome, Sandbox } from "../test/support/sandbox.ts";
import { type ChartName, charts } from "../versions.ts";

interface Figures {
  readonly objects: number;
  /** Undefined where it fails: on an empty cluster the provider does not know all kinds. */
  readonly preview: number | undefined;
  readonly first: number;
  readonly second: number;
  /** A third run, with the policies and all that `paw up` looks at. */
  readonly checked: number | undefined;
  readonly changes: number;
  readonly megabytes: number;
}

const mirror = process.env.PAW_CHARTS_MIRROR;
if (mirror === undefined) throw new Error("PAW_CHARTS_MIRROR names no directory of chart archives");

interface Program {
  readonly preview: readonly string[];
  /** Deploys for the first time. */
  readonly first: readonly string[];
  /** Deploys again, with nothing to do. */
  readonly second: readonly string[];
  readonly checked?: readonly string[];
  readonly env: Record<string, string>;
  /** The state's file. */
  readonly state: string;
  /** How its output names what a run made. */
  readonly made: RegExp;
}

/** Seconds after a first run in which the cluster's own controllers come to rest: they use the same processors. */
const rest = 30;

function counted(outcome: Outcome, pattern: RegExp): number {
  return Number(pattern.exec(outcome.all)?.[1] ?? "0");
}

async function measure(sandbox: Sandbox, program: Program): Promise<Figures> {
  const { env } = program;
  const run = ([command = "", ...args]: readonly string[]): Promise<Outcome> =>
    sandbox.run(command, args, env);
  const must = ([command = "", ...args]: readonly string[]): Promise<Outcome> =>
    sandbox.ok(command, args, env);
  const preview = await run(program.preview);
  const first = await must(program.first);
  await new Promise((resolve) => setTimeout(resolve, rest * 1000));
  const second = await must(program.second);
  const checked = program.checked && (await must(program.checked));
  return {
    objects: counted(first, program.made),
    preview: preview.exitCode === 0 ? preview.seconds : undefined,
    first: first.seconds,
    second: second.seconds,
    checked: checked?.seconds,
    changes: counted(second, /(\d+) changes?\./),
    megabytes: statSync(join(sandbox.folder, program.state)).size / 1e6,
  };
}

/** This project's program. */
async function ours(): Promise<Figures> {
  const sandbox = await Sandbox.create();
  const fromMirror = (text: string): string =>
    text.replace("source: crds", `source: mirror\n    mirror: ${mirror ?? ""}`);
  return sandbox.withChange("Pulumi.local.yaml", fromMirror, async () => {
    await sandbox.ok("npx", ["paw", "cluster", "up"]);
    await sandbox.ok("npx", ["paw", "validators", "init", "--count", "4", "--stack", "local"]);
    await sandbox.loadEnvironment();
    return measure(sandbox, {
      preview: ["pulumi", "preview", "--stack", "local"],
      first: ["npx", "paw", "up"],
      second: ["pulumi", "up", "--yes", "--skip-preview", "--stack", "local"],
      checked: ["npx", "paw", "up"],
      env: {},
      state: ".paw/state/.pulumi/stacks/paw/local.json.gz",
      made: /\((\d+) create\)/,
    });
  });
}

/** The naive program, with Pulumi's own defaults. */
async function naive(): Promise<Figures> {
  const sandbox = await Sandbox.create();
  await sandbox.ok("npx", ["paw", "cluster", "up"]);
  await sandbox.loadEnvironment();
  const archives = Object.fromEntries(
    (Object.keys(charts) as ChartName[]).map((name) => [
      name,
      join(mirror ?? "", `${name}-${charts[name].version}.tgz`),
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
  const at = ["--cwd", "bench/naive", "--stack", "naive"];
  const up = ["pulumi", "up", "--yes", "--skip-preview", ...at];
  await sandbox.ok("pulumi", ["stack", "init", "naive", "--cwd", "bench/naive"], env);
  return measure(sandbox, {
    preview: ["pulumi", "preview", ...at],
    first: up,
    second: up,
    env,
    state: "naive-state/.pulumi/stacks/naive/naive.json",
    made: /\+ (\d+) created/,
  });
}

const goals = { preview: 15, first: 60, second: 10, changes: 0, megabytes: 6 };

function table(rows: Readonly<Record<string, Figures>>): string {
  const inSeconds = (each: number | undefined, without: string): string =>
    each === undefined ? without : `${each.toFixed(1)} s`;
  const cells = ({ objects, preview, first, second, checked, changes, megabytes }: Figures): string =>
    [
      objects,
      inSeconds(preview, "fails"),
      ...[first, second, checked].map((each) => inSeconds(each, "")),
      changes,
      `${megabytes.toFixed(1)} MB`,
    ].join(" | ");
  return [
    "| | resources | preview | first `up` | second `pulumi up` | another `paw up` | changes of the second | state |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...Object.entries(rows).map(([name, figures]) => `| ${name} | ${cells(figures)} |`),
    `| goal | | ${goals.preview} s | ${goals.first} s | ${goals.second} s | | ${goals.changes} | ${goals.megabytes} MB |`,
  ].join("\n");
}

const rows: Record<string, Figures> = {};
try {
  for (const [name, measured] of [
    ["this program: all charts, chain and bizra", ours],
    ["naive: the charts alone", naive],
  ] as const) {
    rows[name] = await measured();
    process.stderr.write(`${name}: ${JSON.stringify(rows[name])}\n`);
    await Sandbox.disposeAll();
  }
} finally {
  await Sandbox.disposeAll();
}
const file = new URL("README.md", import.meta.url);
const [before = "", after = ""] = readFileSync(file, "utf8").split(
  /<!-- figures -->[\s\S]*<!-- \/figures -->/,
);
const machine = `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}`;
writeFileSync(file, `${before}<!-- figures -->\n\n${machine}\n\n${table(rows)}\n\n<!-- /figures -->${after}`);
process.stdout.write(`${table(rows)}\n`);
