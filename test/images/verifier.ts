/** policy-controller as a process beside an embedded cluster, with a registry and images, in a network of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { execa } from "execa";
import { parseAllDocuments } from "yaml";

import { policyControllerNamespace } from "../../components/platform/admission/values.ts";
import { imageTestGroups } from "../../ops/src/toolchain/groups.ts";
import { ensureToolchain, plainReporter } from "../../ops/src/toolchain/index.ts";
import type { PrivateNetwork } from "../support/privateNetwork.ts";
import type { Outcome, Sandbox } from "../support/sandbox.ts";

export const registryPort = 5000;
export const registry = `127.0.0.1:${registryPort}`;
const webhookPort = 8443;
const pushImage = fileURLToPath(new URL("../support/pushImage.ts", import.meta.url));
const module = fileURLToPath(new URL("../../toolchain/go/policy-controller", import.meta.url));

export class Verifier {
  readonly folder = mkdtempSync(join(tmpdir(), "paw-images-"));
  private readonly sandbox: Sandbox;
  private readonly network: PrivateNetwork;
  private readonly processes: ChildProcess[] = [];
  private tools: Readonly<Record<"policy-controller" | "cosign" | "registry", string>> | undefined;

  constructor(sandbox: Sandbox, network: PrivateNetwork) {
    this.sandbox = sandbox;
    this.network = network;
  }

  /** Builds what is missing (five minutes on two cores, once), starts cluster and registry, and then the controller. */
  async start(noMatchPolicy: "deny" | "warn"): Promise<void> {
    const { tools } = await ensureToolchain({
      report: plainReporter(process.stderr),
      groups: imageTestGroups,
    });
    this.tools = {
      "policy-controller": tools["policy-controller"].path,
      cosign: tools.cosign.path,
      registry: tools.registry.path,
    };
    await this.ok("npx", ["paw", "cluster", "up"]);
    await this.sandbox.loadEnvironment();
    this.spawn("registry", ["-port", String(registryPort)], {});
    await this.until("the registry listens", () => this.network.answers(registryPort));
    await this.apply(...(await controllerObjects(noMatchPolicy)));
    await this.startController();
  }

  async dispose(): Promise<void> {
    for (const child of this.processes) child.kill("SIGKILL");
    const left = this.processes.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    await Promise.all(left.map((child) => once(child, "exit")));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the controller, as if every node with a copy of it were lost. */
  async stopController(): Promise<void> {
    const controller = this.processes.at(-1);
    controller?.kill("SIGKILL");
    await this.until("the controller is gone", async () => !(await this.network.answers(webhookPort)));
  }

  /** Pushes an image, told from others by its tag; gives its digest. */
  async push(repository: string, tag: string): Promise<string> {
    const { stdout } = await this.ok(process.execPath, [pushImage, `http://${registry}`, repository, tag]);
    return stdout;
  }

  /** Makes a pair of keys; gives the path of the public one. */
  async makeKeys(name: string): Promise<string> {
    await this.cosign("generate-key-pair", "--output-key-prefix", join(this.folder, name));
    return join(this.folder, `${name}.pub`);
  }

  /** Signs as this project tells its users to: a signature that policy-controller 0.13 finds, without a public log. */
  async sign(image: string, keys: string, format: "signature" | "bundle" = "signature"): Promise<void> {
    const log = ["--tlog-upload=false", "--use-signing-config=false"];
    const bundle = `--new-bundle-format=${String(format === "bundle")}`;
    await this.cosign("sign", "--yes", "--key", join(this.folder, `${keys}.key`), ...log, bundle, image);
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await this.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], list, true);
  }

  /** What the API server would do with an object. */
  async dryRun(object: object): Promise<Outcome> {
    return this.kubectl(["create", "--dry-run=server", "-o", "json", "-f", "-"], object, false);
  }

  /** What is stored, as JSON. */
  async stored<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse((await this.kubectl(["get", "-o", "json", ...args], undefined, true)).stdout) as T;
  }

  async until(what: string, test: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await test())) {
      if (Date.now() > deadline) throw new Error(`not within a minute: ${what}\n${this.log()}`);
      await sleep(200);
    }
  }

  private async startController(): Promise<void> {
    const names = ["mutating-webhook-name=defaulting", "validating-webhook-name=validating"];
    this.spawn(
      "policy-controller",
      [
        "-webhook-name=policy.sigstore.dev",
        ...names.map((name) => `-${name}.clusterimagepolicy.sigstore.dev`),
        "-disable-tuf=true",
        `-secure-port=${webhookPort}`,
      ],
      {
        SYSTEM_NAMESPACE: policyControllerNamespace,
        CONFIG_LOGGING_NAME: "config-logging",
        CONFIG_OBSERVABILITY_NAME: "config-observability",
        METRICS_DOMAIN: "sigstore.dev/policy",
        WEBHOOK_NAME: "webhook",
        HOME: this.folder,
        KUBECONFIG: (await this.ok("bash", ["-c", 'printf %s "${KUBECONFIG%%:*}"'])).stdout,
      },
    );
    const kinds = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];
    await this.until("the controller has written its certificate and rules", async () => {
      const lists = await Promise.all(
        kinds.map((kind) => this.stored<{ items: { webhooks: { rules?: unknown[] }[] }[] }>(kind)),
      );
      const webhooks = lists.flatMap(({ items }) => items.flatMap((item) => item.webhooks));
      return webhooks.length === 4 && webhooks.every(({ rules = [] }) => rules.length > 0);
    });
  }

  private spawn(tool: "policy-controller" | "registry", args: string[], env: Record<string, string>): void {
    const [command, all] = this.network.inside(this.tools?.[tool] ?? tool, ...args);
    const log = openSync(join(this.folder, `${tool}.log`), "a");
    this.processes.push(
      spawn(command, all, { stdio: ["ignore", log, log], env: { ...process.env, ...env } }),
    );
  }

  private log(): string {
    return readFileSync(join(this.folder, "policy-controller.log"), "utf8").split("\n").slice(-20).join("\n");
  }

  private async cosign(...args: readonly string[]): Promise<void> {
    const env = { COSIGN_PASSWORD: "a test", HOME: this.folder };
    await this.ok(this.tools?.cosign ?? "cosign", args, env);
  }

  private ok(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return this.sandbox.ok(...this.network.inside(command, ...args), env);
  }

  private async kubectl(
    args: readonly string[],
    input: object | undefined,
    needed: boolean,
  ): Promise<Outcome> {
    const begun = Date.now();
    const [command, all] = this.network.inside("kubectl", ...args);
    const result = await execa(command, all, {
      cwd: this.sandbox.folder,
      env: this.sandbox.variables,
      reject: false,
      all: true,
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });
    if (needed && result.exitCode !== 0)
      throw new Error(`kubectl ${args.join(" ")}: ${result.all}\n${this.log()}`);
    return {
      exitCode: result.exitCode ?? -1,
      stdout: result.stdout,
      stderr: result.stderr,
      all: result.all,
      seconds: (Date.now() - begun) / 1000,
    };
  }
}

/**
 * Definitions and configuration out of the controller's own module, and what its chart renders beside: a Service, here
 * with the process behind it, and webhooks for namespaces that ask for them.
 */
async function controllerObjects(noMatchPolicy: "deny" | "warn"): Promise<object[]> {
  const { stdout } = await execa(
    "go",
    ["mod", "download", "-json", "github.com/sigstore/policy-controller"],
    {
      cwd: module,
    },
  );
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const files = [
    ...["300-clusterimagepolicy", "300-trustroot", "config-image-policies", "config-sigstore-keys"],
    ...["config-logging", "config-observability", "config-leader-election"],
  ];
  const own = files.flatMap((file) => {
    const text = readFileSync(join(Dir, "config", `${file}.yaml`), "utf8");
    return parseAllDocuments(text.replaceAll("cosign-system", policyControllerNamespace)).map(
      (document) => document.toJS() as object,
    );
  });
  const namespace = policyControllerNamespace;
  const service = { name: "webhook", namespace, port: webhookPort };
  const webhook = (kind: "Mutating" | "Validating", name: string, selector?: object): object => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: [
      {
        name,
        admissionReviewVersions: ["v1"],
        clientConfig: { service },
        failurePolicy: "Fail",
        sideEffects: "None",
        ...(selector ? { namespaceSelector: selector } : {}),
      },
    ],
  });
  const optedIn = {
    matchExpressions: [{ key: "policy.sigstore.dev/include", operator: "In", values: ["true"] }],
  };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    ...own,
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "config-policy-controller", namespace },
      data: { "no-match-policy": noMatchPolicy },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "webhook", namespace },
      spec: { type: "ExternalName", externalName: "localhost", ports: [{ port: webhookPort }] },
    },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "webhook-certs", namespace } },
    webhook("Mutating", "policy.sigstore.dev", optedIn),
    webhook("Validating", "policy.sigstore.dev", optedIn),
    webhook("Mutating", "defaulting.clusterimagepolicy.sigstore.dev"),
    webhook("Validating", "validating.clusterimagepolicy.sigstore.dev"),
  ];
}
