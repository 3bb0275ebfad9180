import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, selectorLabels } from "../names.ts";
import { bizraPorts } from "../ports.ts";
import { canaryName, rolloutsApi, workloadName } from "./names.ts";
import { type SimulatorMount, podTemplate } from "./podTemplate.ts";

export interface BizraAppArgs {
  readonly namespace: string;
  /** Image with tag, and with digest outside `local`. */
  readonly image: string;
  /** Pods to start with, and the fewest that the autoscaler leaves (spec B4: 3). */
  readonly replicas: number;
  /** The most pods that the autoscaler makes. */
  readonly maxReplicas: number;
  /** Value of `NODE_ENV` (spec B15). */
  readonly nodeEnv: string;
  /** Feature flag `POI_BATCH_VERIFY`, written as 1 or 0 (spec B2, B15). */
  readonly poiBatchVerify: boolean;
  /** What runs in the place of `image`: sources for Node, by file name, and a stock image of Node. */
  readonly simulator?: Omit<SimulatorMount, "configMapName">;
  /** Whether a Rollout runs the Deployment's pods: the autoscaler scales it then. */
  readonly canary: boolean;
}

const configMapName = "bizra-config";
const simulatorMapName = "bizra-simulator";
/** CPU use, as per cent of requests, above which pods are added (our own choice). */
const targetCpuPercent = 70;

/** The bizra application: configuration, Deployment, Service, autoscaler, disruption budget (spec B2 to B6, B15). */
export class BizraApp extends pulumi.ComponentResource {
  /** Cluster-internal DNS name of the Service. */
  public readonly host: string;

  constructor(name: string, args: BizraAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:bizra:BizraApp", name, {}, opts);
    const { namespace } = args;
    const labels = { ...commonLabels("bizra", "apex"), "app.kubernetes.io/version": versionOf(args) };
    const selector = selectorLabels("bizra", "apex");
    const metadata = { name: workloadName, namespace, labels };
    const inside = { parent: this };

    const maps = [
      { part: "config", name: configMapName, data: settingsOf(args) },
      ...(args.simulator
        ? [{ part: "simulator", name: simulatorMapName, data: args.simulator.sources }]
        : []),
    ].map(
      ({ part, name: mapName, data }) =>
        new k8s.core.v1.ConfigMap(
          `${name}-${part}`,
          { metadata: { name: mapName, namespace, labels }, data },
          inside,
        ),
    );
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      inside,
    );
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata,
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: selector },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: podOf(args, labels),
        },
      },
      // The autoscaler owns the number of replicas once the Deployment exists; with a canary, Argo Rollouts does.
      { ...inside, dependsOn: [...maps, account], ignoreChanges: ["spec.replicas"] },
    );
    new k8s.core.v1.Service(
      `${name}-service`,
      {
        // The Deployment's own readiness, waited for just before, proves the endpoints; the provider's extra wait for
        // a Service costs ten seconds of settling each time.
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { type: "ClusterIP", selector, ports: bizraServicePorts() },
      },
      { ...inside, dependsOn: deployment },
    );
    new k8s.policy.v1.PodDisruptionBudget(
      `${name}-disruption-budget`,
      {
        metadata,
        spec: {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: "AlwaysAllow",
          selector: { matchLabels: selector },
        },
      },
      inside,
    );
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      { metadata, spec: autoscalerSpec(args) },
      inside,
    );
    this.host = `${workloadName}.${namespace}.svc`;
    this.registerOutputs({ host: this.host });
  }
}

/** Content of the ConfigMap `bizra-config` (spec B2). */
function settingsOf(args: BizraAppArgs): Record<string, string> {
  return {
    BIZRA_USE_RUST: "true",
    METRICS_PORT: String(bizraPorts["rust-metrics"]),
    POI_BATCH_VERIFY: args.poiBatchVerify ? "1" : "0",
  };
}

/** The pod of the image, or of the simulator, which is also told whose place it takes. */
function podOf(args: BizraAppArgs, labels: Readonly<Record<string, string>>): ReturnType<typeof podTemplate> {
  const { image, simulator } = args;
  const env = { NODE_ENV: args.nodeEnv, RUST_LOG: "bizra=debug,consensus=debug,poi=debug" };
  return podTemplate({
    image,
    settings: settingsOf(args),
    configMapName,
    env: simulator ? { ...env, SIMULATOR_VERSION: versionOf(args) } : env,
    simulator: simulator && { ...simulator, configMapName: simulatorMapName },
    serviceAccountName: workloadName,
    labels,
    selector: selectorLabels("bizra", "apex"),
  });
}

/** The ports of spec B3, for every Service of bizra's pods. */
export function bizraServicePorts(): k8s.types.input.core.v1.ServicePort[] {
  return Object.entries(bizraPorts).map(([name, port]) => ({
    name,
    port,
    targetPort: name,
    protocol: "TCP",
  }));
}

function autoscalerSpec(args: BizraAppArgs): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  const target = { type: "Utilization", averageUtilization: targetCpuPercent };
  return {
    scaleTargetRef: args.canary
      ? { apiVersion: `${rolloutsApi.group}/${rolloutsApi.version}`, kind: "Rollout", name: canaryName }
      : { apiVersion: "apps/v1", kind: "Deployment", name: workloadName },
    minReplicas: args.replicas,
    maxReplicas: args.maxReplicas,
    metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
  };
}

/** The tag of the image, as the version label; a simulator does not pass for the version whose place it takes. */
function versionOf({ image, simulator }: BizraAppArgs): string {
  const version = /:([^:@/]+)(?:@|$)/.exec(image)?.[1] ?? "unknown";
  return simulator ? `${version.slice(0, 52)}-simulated` : version;
}
