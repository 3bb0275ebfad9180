/** The charts of a stack as Helm renders them, with the values that the program gives them. */
import { fileURLToPath } from "node:url";

import { execa } from "execa";
import { parseAllDocuments } from "yaml";

import { chartSite } from "../../config/charts.ts";
import { parseConfig } from "../../config.ts";
import { type KubernetesObject, render, stackConfig } from "../support/rendered.ts";
import { mirror } from "./site.ts";

/** A chart as it was installed. */
export interface Installed {
  readonly chart: string;
  readonly name: string;
  readonly namespace: string;
  readonly values?: object;
}

type ChartStack = "local" | "production";

/** Configuration of a stack whose charts come from the mirror, all of them as charts. */
export function chartConfig(stack: ChartStack): Record<string, string> {
  return {
    ...stackConfig(stack),
    "paw:charts": JSON.stringify({ source: "mirror", mirror }),
    "paw:certManager": JSON.stringify({ install: "chart" }),
  };
}

/** The charts of a stack with the values that the program gives them, by mocks: the engine shows a pack no components. */
export async function installed(stack: ChartStack, kind: "Chart" | "Release"): Promise<Installed[]> {
  const config = chartConfig(stack);
  const objects = await render({ stack, config });
  const site = await chartSite(parseConfig(stack, config), true);
  const archiveOf = (release: string): string => {
    const chart = release === "prometheus" ? "kube-prometheus-stack" : release.replace(/-definitions$/, "");
    const archives: Record<string, string> = { ...(kind === "Chart" ? site?.archives : site?.definitions) };
    return fileURLToPath(new URL(`../../${archives[chart] ?? ""}`, import.meta.url));
  };
  return objects
    .filter((object) => object.apiVersion.startsWith("helm.sh") && object.kind === kind)
    .map(({ metadata, values }) => ({
      chart: archiveOf(metadata.name),
      name: metadata.name,
      namespace: metadata.namespace ?? "",
      values: values as object,
    }));
}

/**
 * What Helm renders of a chart: no hooks, no tests, no definitions of the folder `crds`. Every object of a kind that has
 * one is in a namespace, as it is for a chart's child in Pulumi.
 *
 * @param versions Helm's `--kube-version` and `--api-versions`: what the cluster serves.
 */
export async function template(chart: Installed, versions: readonly string[]): Promise<KubernetesObject[]> {
  const { name, namespace, values } = chart;
  const args = ["template", name, chart.chart, "--namespace", namespace, "--values", "-"];
  const { stdout } = await execa("helm", [...args, "--no-hooks", "--skip-tests", ...versions], {
    input: JSON.stringify(values ?? {}),
  });
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null)
    .map((object) => withNamespace(object, namespace));
}

/** The release's namespace where an object names none, unless its kind has none; a chart's child gets it likewise. */
function withNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  if (object.metadata.namespace !== undefined || clusterKinds.has(object.kind)) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** Kinds without a namespace that charts render. */
const clusterKinds = new Set([
  "APIService",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
]);
