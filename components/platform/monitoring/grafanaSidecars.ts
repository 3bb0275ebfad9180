import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../../names.ts";
import { grafanaSidecars } from "./values.ts";

/** What Grafana's sidecars may do, to which the chart binds them: dashboards and data sources are ConfigMaps. */
export class GrafanaSidecars extends pulumi.ComponentResource {
  constructor(name: string, args: object, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:GrafanaSidecars", name, args, opts);
    new k8s.rbac.v1.Role(
      `${name}-role`,
      {
        metadata: {
          name: grafanaSidecars,
          namespace: "monitoring",
          labels: commonLabels("platform", "grafana-sidecars"),
        },
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
