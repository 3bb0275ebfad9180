import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, selectorLabels } from "../names.ts";

export interface BizraMonitoringArgs {
  readonly namespace: string;
}

/**
 * Metrics worth keeping. `bizra_errors_total` is not in the earlier manifests' rule, which starved its own error-rate
 * panel (spec B7).
 */
export const keptMetrics = "bizra_(poi|finality|consensus)_.*|bizra_errors_total";

/** The ServiceMonitor `bizra-rust` (spec B7). */
export class BizraMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: BizraMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:bizra:BizraMonitoring", name, {}, opts);
    new k8s.apiextensions.CustomResource(
      `${name}-service-monitor`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata: { name: "bizra-rust", namespace: args.namespace, labels: commonLabels("bizra", "apex") },
        spec: {
          selector: { matchLabels: selectorLabels("bizra", "apex") },
          endpoints: [
            {
              port: "rust-metrics",
              path: "/metrics",
              interval: "5s",
              metricRelabelings: [{ action: "keep", sourceLabels: ["__name__"], regex: keptMetrics }],
            },
          ],
        },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
