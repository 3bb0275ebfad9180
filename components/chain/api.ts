import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaces, selectorLabels } from "../names.ts";
import { pawPorts } from "../ports.ts";
import { restrictedContainerContext, restrictedPodContext } from "../security/podSecurity.ts";
import { apiResources } from "./demands.ts";
import { fullNodeService } from "./fullNodes.ts";
import { withoutWaiting } from "./nodeSet.ts";
import { chainUser, mount } from "./podTemplate.ts";
import { objectNames } from "./objects.ts";

export interface ApiArgs {
  /** HAProxy 2.5 or newer. */
  readonly image: string;
  readonly replicas: number;
  readonly maxReplicas: number;
  /** Name that the outside uses, in the Ingress and its certificate. */
  readonly host: string;
  /** Class of the Ingress; the cluster's default where it is missing. */
  readonly ingressClass?: string | undefined;
  /** Requests that one client address may make in ten seconds. */
  readonly requestsPer10s: number;
  /** Which requests need a token signed with `jwt_secret` (HS256, with an expiry). */
  readonly jwt: "none" | "writes" | "all";
  /** Opens the node port of spec A15; in `local` only. */
  readonly nodePort: boolean;
}

const workload = "paw-api";
/** CPU use, as per cent of requests, above which pods are added (our own choice). */
const targetCpuPercent = 70;

/** The API layer (spec A14): a proxy in front of the full nodes' REST, its Service, TLS Ingress and autoscaler. */
export class Api extends pulumi.ComponentResource {
  constructor(name: string, args: ApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:Api", name, {}, opts);
    const labels = commonLabels("paw", "api");
    const selector = selectorLabels("paw", "api");
    const metadata = { name: workload, namespace: namespaces.paw, labels };
    const inside = { parent: this };
    const configuration = readFileSync(new URL("api/haproxy.cfg", import.meta.url), "utf8");

    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata, data: { "haproxy.cfg": configuration } },
      inside,
    );
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      inside,
    );
    // The proxy is ready when a full node is, which can take hours: "up" does not wait for it.
    const unwaited = withoutWaiting(metadata);
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: unwaited,
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: selector },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: podTemplate(args, { labels, selector, configuration }),
        },
      },
      { ...inside, dependsOn: [config, account], ignoreChanges: ["spec.replicas"] },
    );
    const port = { name: "rest", port: pawPorts.rest.port, targetPort: "rest", protocol: "TCP" };
    new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: unwaited,
        spec: {
          type: args.nodePort ? "NodePort" : "ClusterIP",
          selector,
          ports: [{ ...port, ...(args.nodePort ? { nodePort: pawPorts.rest.nodePort } : {}) }],
        },
      },
      { ...inside, dependsOn: deployment },
    );
    new k8s.networking.v1.Ingress(`${name}-ingress`, { metadata: unwaited, spec: ingressSpec(args) }, inside);
    new k8s.policy.v1.PodDisruptionBudget(
      `${name}-disruption-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
      inside,
    );
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      { metadata, spec: autoscalerSpec(args) },
      inside,
    );
    this.monitoring(name);
    this.registerOutputs();
  }

  /** The proxies' metrics, through a Service for Prometheus alone: the other one opens a node port in `local`. */
  private monitoring(name: string): void {
    const labels = commonLabels("paw", "api-metrics");
    const inside = { parent: this };
    new k8s.core.v1.Service(
      `${name}-metrics-service`,
      {
        metadata: withoutWaiting({ name: `${workload}-metrics`, namespace: namespaces.paw, labels }),
        spec: {
          clusterIP: "None",
          selector: selectorLabels("paw", "api"),
          ports: [{ name: "metrics", port: pawPorts.metrics.port, targetPort: "metrics", protocol: "TCP" }],
        },
      },
      inside,
    );
    new k8s.apiextensions.CustomResource(
      `${name}-service-monitor`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata: { name: workload, namespace: namespaces.paw, labels: commonLabels("paw", "api") },
        spec: {
          selector: { matchLabels: selectorLabels("paw", "api-metrics") },
          endpoints: [{ port: "metrics", path: "/metrics", interval: "15s" }],
        },
      },
      inside,
    );
  }
}

function podTemplate(
  args: ApiArgs,
  parts: {
    readonly labels: Record<string, string>;
    readonly selector: Record<string, string>;
    readonly configuration: string;
  },
): k8s.types.input.core.v1.PodTemplateSpec {
  return {
    metadata: {
      labels: parts.labels,
      annotations: {
        "checksum/config": createHash("sha256").update(parts.configuration).digest("hex"),
      },
    },
    spec: {
      serviceAccountName: workload,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPodContext(chainUser),
      terminationGracePeriodSeconds: 60,
      topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
        (topologyKey) => ({
          topologyKey,
          maxSkew: 1,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: parts.selector },
        }),
      ),
      containers: [proxyContainer(args)],
      volumes: [{ name: "config", configMap: { name: workload } }],
    },
  };
}

function proxyContainer(args: ApiArgs): k8s.types.input.core.v1.Container {
  const probe = { httpGet: { path: "/healthz", port: "rest" }, timeoutSeconds: 3 };
  const environment = {
    FULL_NODES: `${fullNodeService}.${namespaces.paw}.svc:${pawPorts.rest.port}`,
    REQUESTS_PER_10S: String(args.requestsPer10s),
    JWT_MODE: args.jwt,
  };
  return {
    name: "proxy",
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    command: ["haproxy", "-W", "-db", "-f", "/config/haproxy.cfg"],
    env: [
      ...Object.entries(environment).map(([name, value]) => ({ name, value })),
      {
        name: "JWT_SECRET",
        valueFrom: { secretKeyRef: { name: objectNames.jwt, key: "jwt_secret" } },
      },
    ],
    ports: [
      { name: "rest", containerPort: pawPorts.rest.port, protocol: "TCP" },
      { name: "metrics", containerPort: pawPorts.metrics.port, protocol: "TCP" },
    ],
    resources: { requests: { ...apiResources }, limits: { ...apiResources } },
    securityContext: restrictedContainerContext(),
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 2 },
    // Its own port answers as long as the proxy lives; a chain without ready nodes is no reason for a restart.
    livenessProbe: { tcpSocket: { port: "metrics" }, periodSeconds: 10, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    volumeMounts: [mount("config", "/config", { readOnly: true })],
  };
}

function ingressSpec({ host, ingressClass }: ApiArgs): k8s.types.input.networking.v1.IngressSpec {
  const backend = { service: { name: workload, port: { name: "rest" } } };
  return {
    ...(ingressClass === undefined ? {} : { ingressClassName: ingressClass }),
    tls: [{ hosts: [host], secretName: objectNames.tls }],
    rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
  };
}

function autoscalerSpec(args: ApiArgs): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  const target = { type: "Utilization", averageUtilization: targetCpuPercent };
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: workload },
    minReplicas: args.replicas,
    maxReplicas: args.maxReplicas,
    metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
  };
}
