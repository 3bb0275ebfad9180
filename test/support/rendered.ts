/** The program run with Pulumi's mocks and a stand-in API server: the objects that a stack is made of. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";

import type { Network } from "../../components/chain/network.ts";
import type { ReservationRecord } from "../../components/chain/reservations.ts";
import main from "../../index.ts";
import { standInCharts, standInDiscovery } from "./charts.ts";
import { testNetwork } from "./network.ts";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly uid?: string;
    readonly generation?: number;
  };
  // Objects of every kind pass through here; each test knows what it looks into.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

/** The configuration of a stack file as Pulumi hands it to the program: objects as JSON text. */
export function stackConfig(stack: string): Record<string, string> {
  const file = parse(readFileSync(new URL(`../../Pulumi.${stack}.yaml`, import.meta.url), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(file.config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

export interface RenderOptions {
  readonly stack: string;
  readonly config?: Record<string, string>;
  readonly preview?: boolean;
  /** Whether the stand-in cluster carries the mark of an embedded one. */
  readonly embedded?: boolean;
  readonly overrides?: string;
  /** Context that the kubeconfig holds; the stack's own where it is not given. */
  readonly context?: string;
  /** UID that the stack's state is tied to. */
  readonly recordedUid?: string;
  /** Whether the last run of the stack came to its end; true where it is not given. */
  readonly ended?: boolean;
  /** Facts in the ConfigMap paw-network; a test network of the stack's size where it is not given, none where null. */
  readonly network?: Network | null;
  /** Reservations of consensus keys that the cluster has. */
  readonly reserved?: readonly ReservationRecord[];
  /** Whether the cluster knows the kinds of the charts already; true where it is not given. */
  readonly installed?: boolean;
  /** How often the API server first asks for patience when it is asked about reservations. */
  readonly busy?: number;
}

/** UID of the stand-in cluster. */
export const standInUid = "11111111-2222-3333-4444-555555555555";

/** Runs the program and returns all Kubernetes objects that it registers, in a stable order. */
export async function render(options: RenderOptions): Promise<KubernetesObject[]> {
  const { stack, preview = true } = options;
  const config = await withStandInCharts(options.config ?? stackConfig(stack));
  const objects: KubernetesObject[] = [];
  const { validators, sentries } = JSON.parse(config["paw:chain"] ?? "{}") as Record<string, number>;
  const server = await startStandIn({
    embedded: options.embedded ?? stack === "local",
    network: options.network === undefined ? testNetwork(validators ?? 0, sentries ?? 0) : options.network,
    reserved: options.reserved ?? [],
    busy: options.busy ?? 0,
    installed: options.installed ?? true,
  });
  const context =
    options.context ?? (JSON.parse(config["paw:cluster"] ?? "{}") as { context: string }).context;
  const previous = { KUBECONFIG: process.env.KUBECONFIG, PAW_OVERRIDES: process.env.PAW_OVERRIDES };
  const folder = mkdtempSync(join(tmpdir(), "paw-test-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigFor(server, context));
  setEnvironment({ KUBECONFIG: kubeconfig, PAW_OVERRIDES: options.overrides });
  try {
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          if (args.type.includes("helm.sh")) objects.push(chartObject(args.type, args.inputs as ChartInputs));
          else if (args.type.startsWith("kubernetes-cert-manager:")) {
            const { helmOptions } = args.inputs as { helmOptions: ChartInputs };
            objects.push(chartObject(args.type, helmOptions));
          } else if (args.type.startsWith("kubernetes:")) objects.push(args.inputs as KubernetesObject);
          return { id: `${args.name}-id`, state: args.inputs as object };
        },
        call: (args) => {
          const { recordedUid: uid, ended = true } = options;
          if (uid === undefined) return { outputs: {} };
          if (args.token === "pulumi:pulumi:readStackOutputs")
            return { outputs: ended ? { binding: { uid } } : {} };
          if (args.token !== "pulumi:pulumi:readStackResourceOutputs") return {};
          return { outputs: ended ? {} : { binding: { type: "paw:platform:Cluster", outputs: { uid } } } };
        },
      },
      "paw",
      stack,
      preview,
      "organization",
    );
    pulumi.runtime.setAllConfig(config);
    await pulumi.runtime.runInPulumiStack(main);
    await pulumi.runtime.disconnect();
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
    setEnvironment(previous);
  }
  return objects.sort((a, b) => compare(sortKey(a), sortKey(b)));
}

interface ChartInputs {
  readonly name: string;
  readonly namespace: string;
  readonly values: object;
}

/** A chart as an object, so that golden files show what a stack tells it; where its archive is does not matter. */
function chartObject(type: string, { name, namespace, values }: ChartInputs): KubernetesObject {
  const [, apiVersion = "", kind = ""] = type.split(":");
  return { apiVersion, kind, metadata: { name, namespace }, values };
}

let mirror: ReturnType<typeof standInCharts> | undefined;

/** Charts come from a mirror of stand-ins, made once: no chart repository is asked by these tests. */
async function withStandInCharts(config: Record<string, string>): Promise<Record<string, string>> {
  const charts = JSON.parse(config["paw:charts"] ?? "{}") as { source?: string };
  if (charts.source !== "upstream") return config;
  mirror ??= standInCharts().then((made) => {
    process.once("exit", made.dispose);
    return made;
  });
  const { folder } = await mirror;
  return { ...config, "paw:charts": JSON.stringify({ source: "mirror", mirror: folder }) };
}

function sortKey({ metadata, kind, apiVersion }: KubernetesObject): string {
  return [metadata.namespace ?? "", kind, metadata.name, apiVersion].join("\0");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Answers what the program asks of a cluster before it begins. */
async function startStandIn({
  embedded,
  network,
  reserved,
  busy,
  installed,
}: Required<
  Pick<RenderOptions, "embedded" | "network" | "reserved" | "busy" | "installed">
>): Promise<Server> {
  const marker = { metadata: { name: "paw-embedded-cluster", namespace: "kube-system" } };
  const namespace = {
    kind: "Namespace",
    apiVersion: "v1",
    metadata: { name: "kube-system", uid: standInUid },
  };
  const answers: [string, object | null][] = [
    ["/kube-system/configmaps", { items: embedded ? [marker] : [] }],
    ["/paw/configmaps/paw-network", network && { data: { "network.json": JSON.stringify(network) } }],
    [
      "/consensuskeyreservations",
      { items: reserved.map(({ address, spec }) => ({ metadata: { name: address }, spec })) },
    ],
    ["/namespaces/kube-system", namespace],
  ];
  const discovery = installed ? standInDiscovery() : new Map([["/apis", { groups: [] }]]);
  let left = busy;
  const server = createServer((request, response) => {
    const wait = request.url?.includes("/consensuskeyreservations") === true && left-- > 0;
    const answer =
      discovery.get((request.url ?? "").replace(/\/$/, "")) ??
      answers.find(([path]) => request.url?.includes(path))?.[1] ??
      null;
    response.statusCode = wait ? 429 : answer === null ? 404 : 200;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer ?? { kind: "Status", code: 404 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function kubeconfigFor(server: Server, context: string): string {
  const { port } = server.address() as AddressInfo;
  const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "stand-in", cluster }],
    users: [{ name: "nobody", user: {} }],
    contexts: [{ name: context, context: { cluster: "stand-in", user: "nobody" } }],
    "current-context": context,
  });
}

function setEnvironment(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
}
