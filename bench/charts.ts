/**
 * The whole local stack with all charts, beside what installs the same without a program: Helm with the same charts and
 * values, kubectl with the same objects. Each has an embedded cluster of its own on the same machine; what is repeated is
 * repeated in turn. Needs `PAW_CHARTS_MIRROR` and `helm` on the PATH.
 */
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { charts as pins } from "../versions.ts";
import { fromPreview } from "../ops/src/policy/preview.ts";
import type { Given } from "../policy/src/graph/graph.ts";
import { describe, groupOf, isPatch } from "../policy/src/k8s/manifest.ts";
import { type Installed, installed } from "../test/charts/rendered.ts";
import { fromMirror, mirror } from "../test/charts/site.ts";
import { Sandbox } from "../test/support/sandbox.ts";
import { rest } from "./local.ts";
import { type Sample, figuresOf, inTurn, measured } from "./measured.ts";
import { seconds, table, timing, timingHead, writePart } from "./page.ts";

/** The directory of chart archives. */
export function mirrorFolder(): string {
  if (mirror === "") throw new Error("PAW_CHARTS_MIRROR names no directory of chart archives");
  return mirror;
}

/** A sandbox whose local stack has all charts, and its network's keys. */
export async function sandboxWithCharts(): Promise<Sandbox> {
  const sandbox = await Sandbox.create();
  mirrorFolder();
  sandbox.change("Pulumi.local.yaml", fromMirror);
  await sandbox.ok("npx", ["paw", "cluster", "up"]);
  await sandbox.ok("npx", ["paw", "validators", "init", "--count", "4", "--stack", "local"]);
  await sandbox.loadEnvironment();
  return sandbox;
}

/** Measures, and writes the part "charts" of the page. */
export async function charts(): Promise<void> {
  const sandbox = await sandboxWithCharts();
  const run = (command: readonly string[], env: Record<string, string> = {}): Promise<Sample> =>
    measured(command, { cwd: sandbox.folder, env: { ...sandbox.variables, ...env } });
  const preview = ["pulumi", "preview", "--stack", "local"];
  const firstPreview = await run(preview);
  const first = await run(["npx", "paw", "up"]);
  const made = Number(/\((\d+) create\)/.exec(first.output)?.[1] ?? NaN);
  const given = await fromPreview({ stack: "local", environment: sandbox.variables, folder: sandbox.folder });
  const all = await chartsOfLocal();

  const helm = await clusterFor("helm", sandbox, helmScript(all, sandbox));
  // Some charts put objects into namespaces that they do not make.
  for (const name of namespacesIn(given))
    await sandbox.run("kubectl", ["create", "namespace", name], helm.env);
  const kubectl = await clusterFor("kubectl", sandbox, kubectlScript(all, given, sandbox));
  const helmFirst = await run(["sh", helm.script], helm.env);
  const applied = await run(["sh", kubectl.script], kubectl.env);
  await rest();
  const up = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "local"];
  const changes: number[] = [];
  const again = await inTurn(
    5,
    () => run(["sh", helm.script], helm.env),
    async () => {
      const sample = await run(up);
      changes.push(/\d+ unchanged/.test(sample.output) && !/[+~-] ?\d+ /.test(sample.output) ? 0 : 1);
      return sample;
    },
  );
  const appliedAgain = figuresOf([
    await run(["sh", kubectl.script], kubectl.env),
    await run(["sh", kubectl.script], kubectl.env),
  ]);
  const state = statSync(join(sandbox.folder, ".paw/state/.pulumi/stacks/paw/local.json.gz")).size / 1e6;
  await writePart("charts", [
    ...table([
      ["", ...timingHead],
      ["`pulumi preview` of everything, on an empty cluster", ...timing(figuresOf([firstPreview]))],
      [`first \`paw up\`: ${made} resources, judged by both packs`, ...timing(figuresOf([first]))],
      [
        `first \`helm upgrade --install\` of the same ${Object.keys(pins).length - 1} charts alone`,
        ...timing(figuresOf([helmFirst])),
      ],
      ["first `kubectl apply --server-side` of the same objects", ...timing(figuresOf([applied]))],
      ["`pulumi up`, nothing to do", ...timing(again.b)],
      ["`helm upgrade --install` of the same charts, nothing to do", ...timing(again.a)],
      ["`kubectl apply --server-side`, nothing to do", ...timing(appliedAgain)],
    ]),
    "",
    `A \`pulumi up\` that has nothing to do takes ${again.ratio.toFixed(2)} times as long as Helm for the charts alone (median of ${again.a.runs} pairs; at most 2 wanted),`,
    `and changed ${changes.reduce((sum, each) => sum + each, 0) === 0 ? "nothing" : "something"}. The state is ${state.toFixed(1)} MB. Helm and kubectl wait for nothing and judge nothing;`,
    `wanted were a preview within 15 s, a first \`up\` within 60 s (here ${seconds(first.seconds)}), another within 10 s, a state below 6 MB.`,
  ]);
  await Sandbox.disposeAll();
}

interface Rival {
  readonly script: string;
  readonly env: Record<string, string>;
}

/** An embedded cluster of its own, and a script that installs on it. */
async function clusterFor(name: string, sandbox: Sandbox, lines: readonly string[]): Promise<Rival> {
  await sandbox.ok("npx", ["paw", "cluster", "up", "--name", name]);
  const script = join(sandbox.folder, `.paw/bench/${name}.sh`);
  writeFileSync(script, ["set -e", ...lines, ""].join("\n"));
  const { stdout } = await sandbox.ok("bash", [
    "-c",
    `eval "$(npx paw env --shell bash --name ${name} 2>/dev/null)" && printf %s "$KUBECONFIG"`,
  ]);
  return { script, env: { KUBECONFIG: stdout.split(":")[0] ?? "" } };
}

/** The charts of the local stack, definitions first, with the values that the program gives them. */
async function chartsOfLocal(): Promise<Installed[]> {
  return [...(await installed("local", "Release")), ...(await installed("local", "Chart"))];
}

function helmScript(charts: readonly Installed[], sandbox: Sandbox): string[] {
  const folder = join(sandbox.folder, ".paw/bench");
  mkdirSync(folder, { recursive: true });
  // Nobody answers webhooks on an embedded cluster; hooks are Jobs, which the program has its own replacements for.
  const like =
    "--no-hooks --post-renderer sed --post-renderer-args 's/failurePolicy: Fail/failurePolicy: Ignore/'";
  return charts.map(({ name, chart, namespace, values = {} }) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(values));
    return `helm upgrade --install ${name} ${chart} --namespace ${namespace} --create-namespace --values ${file} ${like}`;
  });
}

/** What a stack deploys as any tool could: no charts, whose objects are among the others, and no patches of Pulumi's. */
export const plainObjects = (given: readonly Given[]): Given["manifest"][] =>
  given
    .map(({ manifest }) => manifest)
    .filter((manifest) => groupOf(manifest) !== "helm.sh" && !isPatch(manifest));

const namespacesIn = (given: readonly Given[]): string[] =>
  given
    .filter(({ manifest }) => manifest.kind === "Namespace")
    .map(({ manifest }) => describe(manifest).replace("Namespace ", ""));

function kubectlScript(charts: readonly Installed[], given: readonly Given[], sandbox: Sandbox): string[] {
  const folder = join(sandbox.folder, ".paw/bench");
  const objects = plainObjects(given)
    // What a Secret holds is not shown in a preview.
    .map((manifest) => (manifest.kind === "Secret" ? { ...manifest, data: {}, stringData: {} } : manifest));
  const write = (name: string, items: readonly object[]): string => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    return file;
  };
  const first = (kind: string): boolean => kind === "Namespace" || kind === "CustomResourceDefinition";
  const definitions = charts
    .filter(({ name }) => name.endsWith("-definitions"))
    .map(({ name, chart }) => `helm template ${name} ${chart} --values ${join(folder, `${name}.json`)}`);
  const apply = "kubectl apply --server-side --force-conflicts --filename";
  return [
    // Made once, outside what is timed the second time.
    `test -e ${folder}/definitions.yaml || { ${definitions.join("; ")}; } >${folder}/definitions.yaml`,
    `${apply} ${write(
      "first.json",
      objects.filter(({ kind }) => first(kind)),
    )} --filename ${folder}/definitions.yaml`,
    "kubectl wait --for=condition=Established customresourcedefinitions --all --timeout=60s",
    `${apply} ${write(
      "rest.json",
      objects.filter(({ kind }) => !first(kind)),
    )}`,
  ];
}
