import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, selectorLabels } from "../names.ts";
import { bizraServicePorts } from "./app.ts";
import { type AnalysisTemplate, analysisTemplates } from "./canaryAnalysis.ts";
import { type CanarySettings, rolloutSpec } from "./canaryPlan.ts";
import { canaryRoutes } from "./canaryRoutes.ts";
import { canaryName, rolloutsApi, stableName } from "./names.ts";

export interface BizraCanaryArgs extends CanarySettings {
  readonly namespace: string;
  /** Pods to start with; the autoscaler owns the number afterwards. */
  readonly replicas: number;
  /** Address of Prometheus' API. */
  readonly prometheus: string;
  /** 99 of 100 finality checks have to be faster; seconds (spec B13). */
  readonly finalitySeconds: number;
}

/**
 * The canary of bizra-apex (spec B9): a new version gets a growing share of the requests while it is measured, and goes
 * back by itself when it fails.
 *
 * Pulumi writes what Argo Rollouts begins with. Weights, the number of pods and the Services' selectors are the
 * controller's from then on.
 */
export class BizraCanary extends pulumi.ComponentResource {
  constructor(name: string, args: BizraCanaryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:bizra:BizraCanary", name, {}, opts);
    const { namespace, route } = args;
    const labels = commonLabels("bizra", "canary");
    const inside = { parent: this };
    const apiVersion = `${rolloutsApi.group}/${rolloutsApi.version}`;

    const services = [stableName, canaryName].map(
      (service) =>
        new k8s.core.v1.Service(
          `${name}-service-${service}`,
          {
            // Not the labels of bizra-apex: the ServiceMonitor would find every pod twice.
            metadata: { name: service, namespace, labels, annotations: { "pulumi.com/skipAwait": "true" } },
            spec: {
              type: "ClusterIP",
              selector: selectorLabels("bizra", "apex"),
              ports: bizraServicePorts(),
            },
          },
          // The controller adds the hash of the version, and the API server keeps a selector whole.
          { ...inside, ignoreChanges: ["spec.selector"] },
        ),
    );
    const { objects, names } = canaryRoutes(route);
    const routes = objects.map(
      ({ controlled, name: routeName, annotations, ...object }) =>
        new k8s.apiextensions.CustomResource(
          `${name}-${object.kind.toLowerCase()}-${routeName}`,
          {
            ...object,
            metadata: { name: routeName, namespace, labels, ...(annotations ? { annotations } : {}) },
          },
          { ...inside, dependsOn: services, ignoreChanges: [controlled] },
        ),
    );
    const templates = analysisTemplates({ ...args, ...args.analysis });
    const analyses = templates.map(
      (template: AnalysisTemplate) =>
        new k8s.apiextensions.CustomResource(
          `${name}-analysis-${template.name}`,
          {
            apiVersion,
            kind: "AnalysisTemplate",
            metadata: { name: template.name, namespace, labels },
            spec: template.spec,
          },
          inside,
        ),
    );
    new k8s.apiextensions.CustomResource(
      `${name}-rollout`,
      {
        apiVersion,
        kind: "Rollout",
        metadata: { name: canaryName, namespace, labels },
        spec: rolloutSpec({ ...args, templates: templates.map((each) => each.name), routes: names }),
      },
      { ...inside, dependsOn: [...services, ...routes, ...analyses], ignoreChanges: ["spec.replicas"] },
    );
    this.registerOutputs();
  }
}
