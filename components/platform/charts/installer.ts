import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { type ChartName, charts } from "../../../versions.ts";
import type { ChartValues } from "../site.ts";
import { type DefinitionChart, definitionsRelease } from "./definitions.ts";
import type { DefinedKind } from "./kinds.ts";

export interface ChartRequest {
  readonly chart: ChartName;
  /** Name of the Helm release, which the chart's objects are named and labelled after. */
  readonly release: string;
  readonly namespace: string;
  readonly values: ChartValues;
}

export interface DefinitionsRequest {
  readonly chart: DefinitionChart;
  /** Where Helm keeps its record of the release. */
  readonly namespace: string;
  readonly values: ChartValues;
}

export interface ChartSite {
  /** Archives by chart: paths relative to the project, so that the state is the same on every machine. */
  readonly archives: Readonly<Record<ChartName, string>>;
  /** Archives with nothing but a chart's custom resource definitions. */
  readonly definitions: Readonly<Record<DefinitionChart, string>>;
  /** In a preview, the kinds that the cluster does not know yet; none otherwise. */
  readonly missing: readonly DefinedKind[];
  /** True where kwok simulates pods: no controller of a chart runs there. */
  readonly embedded: boolean;
}

/** Installs charts: one way for all of them, and one written exception. */
export class ChartInstaller {
  private readonly site: ChartSite;

  constructor(site: ChartSite) {
    this.site = site;
  }

  /** Path of a chart's archive. */
  archive(chart: ChartName): string {
    return this.site.archives[chart];
  }

  /** A chart whose every object is a resource of the stack: policies see it, previews show it. */
  chart(name: string, request: ChartRequest, opts: pulumi.ComponentResourceOptions): k8s.helm.v4.Chart {
    const { release, namespace, values } = request;
    return new k8s.helm.v4.Chart(
      name,
      { chart: this.archive(request.chart), name: release, namespace, values },
      opts,
    );
  }

  /**
   * The custom resource definitions of a chart, as a Helm release: their five megabytes would be written out again,
   * three times over, with every step of the state. Only the charts in `definitionCharts` may come this way.
   */
  definitions(
    name: string,
    request: DefinitionsRequest,
    opts: pulumi.CustomResourceOptions,
  ): k8s.helm.v3.Release {
    const { namespace, values } = request;
    return new k8s.helm.v3.Release(
      name,
      {
        chart: this.site.definitions[request.chart],
        version: charts[request.chart].version,
        name: definitionsRelease(request.chart),
        namespace,
        values,
        maxHistory: 2,
        cleanupOnFail: true,
        // Seconds. Definitions are there at once or not at all; five minutes of waiting for a lost API server help nobody.
        timeout: 60,
      },
      opts,
    );
  }
}
