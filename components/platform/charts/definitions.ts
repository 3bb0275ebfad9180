/** Takes the custom resource definitions out of a chart into a chart of their own. */
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { create, extract } from "tar";

import type { ChartName } from "../../../versions.ts";
import { writeWhole } from "./fetch.ts";

/** Charts that hold nothing but definitions. */
const whole = ["gateway-api", "linkerd-crds", "prometheus-operator-crds"] as const;
/** Charts whose definitions lie among their templates. */
const among = [
  "cert-manager",
  "trust-manager",
  "external-secrets",
  "argo-rollouts",
  "policy-controller",
] as const;
/** Charts that render their definitions whatever they are told. */
const always: readonly ChartName[] = ["policy-controller"];

/** The only charts that may be installed as Helm releases, whose objects policies do not see one by one. */
export const definitionCharts = [...whole, ...among] satisfies readonly ChartName[];
export type DefinitionChart = (typeof definitionCharts)[number];

/** Name of the Helm release that brings a chart's definitions. */
export function definitionsRelease(chart: DefinitionChart): string {
  return `${chart}-definitions`;
}

export interface DefinitionsSource {
  readonly chart: DefinitionChart;
  /** Path of the whole chart, `.tgz`. */
  readonly archive: string;
  /**
   * False on embedded clusters, where no webhook answers: objects keep the version they were written in. A conversion
   * that nobody makes fails every list of the kind, and so each deletion of it.
   */
  readonly converted: boolean;
}

/**
 * Writes `target`, a chart with the helpers, values and definitions of `archive` and nothing else. Does nothing where
 * it exists: version, digest and whether it converts are in its name.
 */
export async function writeDefinitions(
  { chart, archive, converted }: DefinitionsSource,
  target: string,
): Promise<void> {
  if (existsSync(target)) return;
  await writeWhole(target, async (draft) => {
    if ((among as readonly string[]).includes(chart)) {
      await keepFiles(archive, draft, (file) => {
        if (file.defines) return converted ? file.text : withoutConversion(file.text);
        return file.helps ? file.text : undefined;
      });
    } else await copyFile(archive, draft);
  });
}

/** A template's text without the `conversion` of its definitions, whose default is none. */
export function withoutConversion(text: string): string {
  return text.replaceAll(/^( +)conversion:\n(?:\1 +.*\n)+/gm, "");
}

/**
 * Puts a chart's archive to `target`, without the definitions that it would render though they are installed apart.
 *
 * @param archive path of the whole chart, `.tgz`.
 */
export async function withoutDefinitions(chart: ChartName, archive: string, target: string): Promise<void> {
  if (always.includes(chart))
    await keepFiles(archive, target, (file) => (file.defines ? undefined : file.text));
  else await copyFile(archive, target);
}

interface TemplateFile {
  readonly text: string;
  /** Whether it holds helpers alone. */
  readonly helps: boolean;
  /** Whether it holds a definition. */
  readonly defines: boolean;
}

/** A copy of a chart whose templates are what `kept` makes of them; those of which it makes nothing are left out. */
async function keepFiles(
  archive: string,
  target: string,
  kept: (file: TemplateFile) => string | undefined,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "paw-chart-"));
  try {
    await extract({ file: archive, cwd: work });
    const [chart] = await readdir(work);
    if (chart === undefined) throw new Error(`${archive} is empty`);
    const templates = join(work, chart, "templates");
    const files = await readdir(templates, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      const text = await readFile(path, "utf8");
      const defines = /^kind: CustomResourceDefinition$/m.test(text);
      const keep = kept({ text, helps: file.name.startsWith("_"), defines });
      if (keep === undefined) await rm(path);
      else if (keep !== text) await writeFile(path, keep);
    }
    await create({ file: target, gzip: true, portable: true, cwd: work }, [chart]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
