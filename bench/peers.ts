/**
 * The policy gate beside a linter: the same objects, production's, as a file; in turn. Needs `kube-score` on the PATH
 * (`go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0`). With `PAW_CHARTS_MIRROR` the charts are among the objects.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { fromPreview } from "../ops/src/policy/preview.ts";
import { fromMirror, mirror } from "../test/charts/site.ts";
import { Sandbox } from "../test/support/sandbox.ts";
import { plainObjects } from "./charts.ts";
import { type Sample, inTurn, measured } from "./measured.ts";
import { table, timing, timingHead, writePart } from "./page.ts";

/** Measures, and writes the part "peers" of the page. */
export async function peers(): Promise<void> {
  const sandbox = await Sandbox.create();
  if (mirror !== "") sandbox.change("Pulumi.production.yaml", fromMirror);
  await sandbox.loadEnvironment();
  const items = plainObjects(
    await fromPreview({ stack: "production", environment: sandbox.variables, folder: sandbox.folder }),
  );
  const file = join(sandbox.folder, ".paw", "objects.json");
  // One document each, as linters read them.
  writeFileSync(file, items.map((item) => JSON.stringify(item)).join("\n---\n"));
  const run = (...command: readonly string[]): Promise<Sample> =>
    measured(command, { cwd: sandbox.folder, env: sandbox.variables, mayFail: true });
  const { a, b, ratio } = await inTurn(
    5,
    () => run("kube-score", "score", file),
    () => run("npx", "paw", "policy", "check", file, "--output", join(sandbox.folder, ".paw", "found.txt")),
  );
  await writePart("peers", [
    ...table([
      [`${items.length} objects of production`, ...timingHead],
      ["`paw policy check FILE`: 108 rules, single objects and the graph", ...timing(b)],
      ["kube-score, its default checks", ...timing(a)],
    ]),
    "",
    `Ratio, pair by pair: ${ratio.toFixed(2)}.`,
  ]);
  await Sandbox.disposeAll();
}
