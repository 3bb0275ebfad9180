/** Situations as series, put before the real rules by Prometheus' own promtool. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { stringify } from "yaml";

import { renderGroup } from "../../observability/alerts/index.ts";
import type { RuleGroup } from "../../observability/alerts/alert.ts";
import { find } from "./find.ts";

const run = promisify(execFile);

/** A situation, and whether an alert fires in it. */
export interface Situation {
  readonly alert: string;
  /** What is going on. */
  readonly when: string;
  /** Distance of the samples; also how often rules are evaluated. */
  readonly step: string;
  /** Series to values, in promtool's notation: `10+1x3` is 10, 11, 12, 13; `_` is no sample. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** What fires, without the labels that Prometheus itself sets; nothing where the alert stays quiet. */
  readonly fires: readonly { readonly labels: Readonly<Record<string, string>>; readonly summary: string }[];
}

export interface Told {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs promtool over situations of one group of rules. */
export async function testRules(group: RuleGroup, situations: readonly Situation[]): Promise<Told> {
  const rendered = renderGroup(group, "docs/runbooks");
  const tests = situations.map(({ alert, step, series, at, fires }) => ({
    interval: step,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      {
        eval_time: at,
        alertname: alert,
        exp_alerts: fires.map(({ labels, summary }) => ({
          exp_labels: labels,
          exp_annotations: { summary },
        })),
      },
    ],
  }));
  const [step] = situations.map((each) => each.step);
  return promtool(
    { "rules.yml": stringify({ groups: [{ ...rendered, rules: rendered.rules.map(withSummaryAlone) }] }) },
    { rule_files: ["rules.yml"], evaluation_interval: step, tests },
  );
}

/** Situations say by hand what the summary reads; the longer texts are checked by eye, in the golden file. */
function withSummaryAlone(rule: object): object {
  const { annotations, ...rest } = rule as { annotations?: { summary: string } };
  return annotations === undefined ? rule : { ...rest, annotations: { summary: annotations.summary } };
}

async function promtool(files: Readonly<Record<string, string>>, test: object): Promise<Told> {
  return inFolder({ ...files, "test.yml": stringify(test) }, ["test", "rules", "test.yml"]);
}

/** Lets promtool check a file of rules. */
export function checkRules(file: string): Promise<Told> {
  return inFolder({ "rules.yml": file }, ["check", "rules", "rules.yml"]);
}

async function inFolder(files: Readonly<Record<string, string>>, args: readonly string[]): Promise<Told> {
  const program = find("promtool");
  const folder = mkdtempSync(join(tmpdir(), "paw-promtool-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { stdout, stderr } = await run(program, args, { cwd: folder });
    return { ok: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return { ok: false, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
