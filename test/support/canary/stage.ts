/** A local stack whose bizra has a canary, and everything that walks it: controller, Prometheus, pods as processes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CustomObjectsApi, KubeConfig, Watch } from "@kubernetes/client-node";
import { stringify } from "yaml";

import type { CanaryStatus } from "../../../ops/src/canary/status.ts";
import { type Daemon, freePort } from "../daemon.ts";
import { fetchModule } from "../goModule.ts";
import { type Outcome, Sandbox } from "../sandbox.ts";
import { excerpted, further, realDefinition } from "./definitions.ts";
import { BizraPods } from "./pods.ts";
import { kubeconfigOf, pluginPath, startController, startPrometheus } from "./servers.ts";

/** What splits requests here: Argo Rollouts weighs Istio's routes itself, and those of the Gateway API by a plugin. */
export const route = pluginPath === undefined ? "istio" : "gateway";

const kinds = {
  istio: { group: "networking.istio.io", version: "v1", plural: "virtualservices" },
  gateway: { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes" },
} as const;

/** Seconds of a step where nobody has to do anything in it, and where somebody has. */
const dwell = { short: "8s", long: "10m" } as const;

interface Weighted {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: {
    readonly http?: readonly { readonly route: readonly { readonly weight?: number }[] }[];
    readonly rules?: readonly { readonly backendRefs: readonly { readonly weight?: number }[] }[];
  };
}

export class CanaryStage {
  readonly sandbox: Sandbox;
  readonly pods: BizraPods;
  readonly kubeconfig: KubeConfig;
  private readonly daemons: readonly Daemon[];
  private readonly objects: CustomObjectsApi;

  private constructor(parts: Pick<CanaryStage, "sandbox" | "pods" | "kubeconfig"> & { daemons: Daemon[] }) {
    this.sandbox = parts.sandbox;
    this.pods = parts.pods;
    this.kubeconfig = parts.kubeconfig;
    this.daemons = parts.daemons;
    this.objects = parts.kubeconfig.makeApiClient(CustomObjectsApi);
  }

  /** Deploys a version, with the real definitions in the places of our excerpts. */
  static async start(version: string): Promise<CanaryStage> {
    const sandbox = await Sandbox.create();
    const port = await freePort();
    await takeRealDefinitions(sandbox);
    sandbox.change("Pulumi.local.yaml", (text) => withCanary(text, version, port));
    const up = await sandbox.ok("npm", ["run", "up"]);
    console.info(`      first "npm run up": ${up.seconds.toFixed(1)} s`);
    await sandbox.loadEnvironment();
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromString(await kubeconfigOf(sandbox));
    await applyFurther(sandbox);
    const pods = new BizraPods(kubeconfig);
    const daemons: Daemon[] = [];
    const stage = new CanaryStage({ sandbox, pods, kubeconfig, daemons });
    try {
      daemons.push(await startPrometheus({ sandbox, port, targets: pods.targets }));
      daemons.push(await startController(sandbox, port));
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return stage;
  }

  async stop(): Promise<void> {
    for (const daemon of [...this.daemons].reverse()) await daemon.stop();
    await this.pods.stop();
  }

  /** Puts another version into the stack file, and how long its steps last. */
  change(version: string, steps: keyof typeof dwell = "short"): void {
    const other = dwell[steps === "short" ? "long" : "short"];
    const path = "Pulumi.local.yaml";
    const change = (text: string): string =>
      text
        .replace(/(ghcr\.io\/bizra\/node):\S+/, `$1:${version}`)
        .replaceAll(`dwell: ${other}`, `dwell: ${dwell[steps]}`);
    this.sandbox.change(path, change);
  }

  /** `pulumi up`, as somebody types it. */
  up(...args: readonly string[]): Promise<Outcome> {
    const always = ["--stack", "local", "--yes", "--skip-preview", "--non-interactive"];
    return this.sandbox.ok("pulumi", ["up", ...always, ...args]);
  }

  paw(...args: readonly string[]): Promise<Outcome> {
    return this.sandbox.run("npx", ["paw", "canary", ...args], { NO_COLOR: "1" });
  }

  async status(): Promise<CanaryStatus & { readonly simulated: boolean }> {
    const shown = await this.paw("status", "--json");
    if (shown.exitCode !== 0) throw new Error(shown.all);
    return JSON.parse(shown.stdout) as CanaryStatus & { readonly simulated: boolean };
  }

  /** Per cent that the new version gets, on the objects that split requests; an error where two of them differ. */
  async weight(): Promise<number> {
    const found = new Set((await this.routes()).flatMap(canaryWeights));
    const [weight, ...others] = [...found];
    if (weight === undefined || others.length > 0) throw new Error(`weights: ${[...found].join()}`);
    return weight;
  }

  /**
   * The weights that follow one another on each object that splits requests, until work is done; nothing is missed, since
   * the API server tells of every change.
   */
  async weightsUntil(done: Promise<unknown>): Promise<ReadonlyMap<string, readonly number[]>> {
    const seen = new Map<string, number[]>();
    const { group, version, plural } = kinds[route];
    const path = `/apis/${group}/${version}/namespaces/testnet/${plural}`;
    const running: { over: boolean; resourceVersion?: string; watching?: AbortController } = { over: false };
    const note = (_phase: string, object: Weighted): void => {
      running.resourceVersion = object.metadata.resourceVersion;
      const list = seen.get(object.metadata.name) ?? [];
      seen.set(object.metadata.name, list);
      for (const weight of new Set(canaryWeights(object))) if (list.at(-1) !== weight) list.push(weight);
    };
    // The client ends a watch after half a minute: the next one goes on from the last change that was told.
    const watch = async (): Promise<void> => {
      const { resourceVersion } = running;
      const from = resourceVersion === undefined ? {} : { resourceVersion };
      running.watching = await new Watch(this.kubeconfig).watch(path, from, note, () => {
        if (!running.over) void watch();
      });
    };
    await watch();
    try {
      await done;
    } finally {
      running.over = true;
      running.watching?.abort();
    }
    return seen;
  }

  private async routes(): Promise<readonly Weighted[]> {
    const list = (await this.objects.listNamespacedCustomObject({
      ...kinds[route],
      namespace: "testnet",
    })) as {
      items: Weighted[];
    };
    return list.items;
  }
}

/** The stable version comes first, everywhere. */
function canaryWeights({ spec }: Weighted): number[] {
  const shares = [
    ...(spec.http ?? []).map((each) => each.route),
    ...(spec.rules ?? []).map((each) => each.backendRefs),
  ];
  return shares.map((backends) => {
    const [stable = NaN, canary = NaN, ...others] = backends.map(({ weight = 1 }) => weight);
    if (others.length > 0 || stable + canary !== 100) throw new Error(JSON.stringify(backends));
    return canary;
  });
}

function withCanary(text: string, version: string, port: number): string {
  const steps = [5, 25, 50].map((weight) => `        - { weight: ${weight}, dwell: ${dwell.short} }`);
  const canary = [
    "    simulate: true",
    "    canary:",
    `      route: ${route}`,
    "      steps:",
    ...steps,
    // A few hundred checks in six seconds scatter more than those of five minutes do.
    "      analysis: { interval: 2s, window: 6s, tolerance: 1 }",
    `      prometheus: http://127.0.0.1:${port}`,
  ];
  return `${text.replace(/(ghcr\.io\/bizra\/node):\S+/, `$1:${version}`).trimEnd()}\n${canary.join("\n")}\n`;
}

async function takeRealDefinitions(sandbox: Sandbox): Promise<void> {
  for (const [file, source] of Object.entries(excerpted)) {
    const real = stringify(realDefinition(await fetchModule(source.module), source));
    sandbox.change(join("components", "platform", "crds", "canary", file), () => real);
  }
}

/** Kinds that only the controller makes objects of. */
async function applyFurther(sandbox: Sandbox): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "paw-definitions-"));
  try {
    for (const [index, source] of further.entries()) {
      const definition = realDefinition(await fetchModule(source.module), source);
      writeFileSync(join(folder, `${index}.yaml`), stringify(definition));
    }
    await sandbox.ok("kubectl", ["apply", "--server-side", "-f", folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
