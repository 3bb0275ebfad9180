import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../../names.ts";
import { dashboardFolder } from "./values.ts";

/** Rules of one namespace: a PrometheusRule, as Prometheus' operator finds it in any namespace. */
export interface RulesArgs {
  readonly name: string;
  readonly namespace: string;
  /** `app.kubernetes.io/part-of`. */
  readonly part: string;
  /** Groups as Prometheus reads them. */
  readonly groups: readonly object[];
}

export interface DashboardArgs {
  readonly uid: string;
  /** Folder in Grafana. */
  readonly folder: string;
  /** Grafana's JSON, without spaces: it is stored in the state as well. */
  readonly json: string;
}

export interface ObservabilityArgs {
  readonly rules: readonly RulesArgs[];
  /** Empty where there is no Grafana. */
  readonly dashboards: readonly DashboardArgs[];
}

/** Alerts and dashboards (spec A7, A8, B11 to B13) as objects that Prometheus' operator and Grafana's sidecar pick up. */
export class Observability extends pulumi.ComponentResource {
  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:Observability", name, {}, opts);
    for (const rules of args.rules) {
      new k8s.apiextensions.CustomResource(
        `${name}-rules-${rules.name}`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "PrometheusRule",
          metadata: {
            name: rules.name,
            namespace: rules.namespace,
            labels: commonLabels(rules.part, "rules"),
          },
          spec: { groups: rules.groups },
        },
        { parent: this },
      );
    }
    for (const { uid, folder, json } of args.dashboards) {
      new k8s.core.v1.ConfigMap(
        `${name}-dashboard-${uid}`,
        {
          metadata: {
            name: `dashboard-${uid}`,
            namespace: "monitoring",
            labels: { ...commonLabels("platform", "dashboard"), grafana_dashboard: "1" },
            annotations: { [dashboardFolder]: folder },
          },
          data: { [`${uid}.json`]: json },
        },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}
