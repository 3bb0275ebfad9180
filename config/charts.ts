/** Where the charts' archives are, for the program to install. */
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { ApisApi, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";

import { MissingChartsError, chartArchives } from "../components/platform/charts/archives.ts";
import {
  type DefinitionChart,
  type DefinitionsSource,
  definitionCharts,
  withoutDefinitions,
  writeDefinitions,
} from "../components/platform/charts/definitions.ts";
import { writeWhole } from "../components/platform/charts/fetch.ts";
import { type DefinedKind, definedKinds } from "../components/platform/charts/kinds.ts";
import { sha256OfFile } from "../components/platform/charts/inspect.ts";
import type { ChartSite } from "../components/platform/charts/installer.ts";
import { RefusedError } from "../components/platform/cluster.ts";
import type { PawConfig } from "../config.ts";
import { type ChartName, charts } from "../versions.ts";

const projectRoot = fileURLToPath(new URL("../", import.meta.url));
/** Archives out of a network, and what is made of them; ignored by git. */
const cacheFolder = join(projectRoot, ".paw", "charts");

/**
 * Finds the archives of a stack's charts, and fetches those that are missing; undefined where it installs no charts.
 *
 * @throws RefusedError that names every chart that cannot be had, and where it was looked for.
 */
export async function findCharts(
  config: PawConfig,
): Promise<Awaited<ReturnType<typeof chartArchives>> | undefined> {
  const { source, mirror } = config.charts;
  if (source === "crds") return undefined;
  const from =
    source === "mirror" ? ({ kind: source, location: mirror ?? "" } as const) : ({ kind: source } as const);
  const names = (Object.keys(charts) as ChartName[]).filter(
    (name) => name !== "policy-controller" || config.admission.images !== undefined,
  );
  return chartArchives(names, from, cacheFolder).catch(refuse);
}

/**
 * Finds all archives, and puts each to a path that is the same on every machine, since paths are part of the state.
 *
 * @throws RefusedError as {@link findCharts} does.
 */
export async function chartSite(
  config: PawConfig,
  embedded: boolean,
): Promise<Omit<ChartSite, "missing"> | undefined> {
  const found = await findCharts(config);
  if (found === undefined) return undefined;
  const staged = join(cacheFolder, "staged");
  await mkdir(staged, { recursive: true });
  const entries = await Promise.all(
    Object.entries(found).map(
      async ([name, archive]) => [name, await stage(name as ChartName, archive, staged)] as const,
    ),
  );
  const definitions = await Promise.all(
    definitionCharts
      .filter((chart) => Object.hasOwn(found, chart))
      .map(async (chart) => {
        const source = { chart, archive: found[chart], converted: !embedded };
        return [chart, await stageDefinitions(source, staged)] as const;
      }),
  );
  return {
    archives: Object.fromEntries(entries) as Record<ChartName, string>,
    definitions: Object.fromEntries(definitions) as Record<DefinitionChart, string>,
    embedded,
  };
}

/** Kinds that the charts bring and the cluster does not serve yet. */
export async function missingKinds(
  { archives }: Pick<ChartSite, "archives">,
  kubeconfig: KubeConfig,
): Promise<DefinedKind[]> {
  const defined = await Promise.all(
    definitionCharts
      .filter((chart) => Object.hasOwn(archives, chart))
      .map(async (chart) => {
        const kinds = await definedKinds(join(projectRoot, archives[chart]));
        // Linkerd's chart holds the Gateway API as well, switched off: another chart brings it.
        return chart === "linkerd-crds" ? kinds.filter(({ group }) => group.endsWith("linkerd.io")) : kinds;
      }),
  );
  const kinds = defined.flat();
  const served = await servedKinds(new Set(kinds.map(({ group }) => group)), kubeconfig);
  return kinds.filter(({ group, plural }) => !served.has(`${plural}.${group}`));
}

/** Kinds that the cluster serves of some API groups, as `plural.group`. */
async function servedKinds(
  wanted: ReadonlySet<string>,
  kubeconfig: KubeConfig,
): Promise<ReadonlySet<string>> {
  const { groups } = await kubeconfig.makeApiClient(ApisApi).getAPIVersions();
  const api = kubeconfig.makeApiClient(CustomObjectsApi);
  const versions = groups
    .filter(({ name }) => wanted.has(name))
    .flatMap(({ name, versions }) => versions.map(({ version }) => ({ group: name, version })));
  const lists = await Promise.all(
    versions.map(async (each) => {
      const { resources } = await api.getAPIResources(each);
      return resources.map(({ name }) => `${name}.${each.group}`);
    }),
  );
  return new Set(lists.flat());
}

function refuse(error: unknown): never {
  if (error instanceof MissingChartsError)
    throw new RefusedError(`refused, nothing was sent: ${error.message}`);
  throw error;
}

async function stage(name: ChartName, archive: string, folder: string): Promise<string> {
  const target = join(folder, `${name}-${charts[name].version}.tgz`);
  await writeWhole(target, (draft) => withoutDefinitions(name, archive, draft));
  return fromRoot(target);
}

/** The content's digest is in the name, so that another archive of the same version is seen as a change. */
async function stageDefinitions(source: DefinitionsSource, folder: string): Promise<string> {
  const { chart, archive, converted } = source;
  const digest = (await sha256OfFile(archive))?.slice(0, 12) ?? "";
  const kind = converted ? "definitions" : "definitions-unconverted";
  const target = join(folder, `${chart}-${kind}-${charts[chart].version}-${digest}.tgz`);
  await writeDefinitions(source, target);
  return fromRoot(target);
}

/** Helm takes `./` for a path, and a bare name for a chart of a repository. */
function fromRoot(path: string): string {
  return `./${relative(projectRoot, path)}`;
}
