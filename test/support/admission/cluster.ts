/** An embedded cluster whose API server has a stack's admission policies, and what it writes down. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { admissionArgs } from "../../../config/admission.ts";
import { parseConfig } from "../../../config.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import type { Rule } from "../../../policy/src/rule.ts";
import { goodPod } from "../../policy/rules/objectFixtures.ts";
import { stackConfig } from "../rendered.ts";
import { Sandbox } from "../sandbox.ts";
import { ApiServer } from "./api.ts";
import { namespace, rulesIn, runningPod, verdictsOf } from "./verdicts.ts";

/** An entry of the audit log, as far as tests look into it. */
export interface AuditEvent {
  readonly level: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string };
  readonly requestObject?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Rollouts, whose real definition is a chart's: any field is taken. */
const rollouts: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "rollouts.argoproj.io" },
  spec: {
    group: "argoproj.io",
    scope: "Namespaced",
    names: { kind: "Rollout", plural: "rollouts", singular: "rollout", listKind: "RolloutList" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

export class AdmissionCluster {
  readonly sandbox: Sandbox;
  readonly api: ApiServer;

  private constructor(sandbox: Sandbox, api: ApiServer) {
    this.sandbox = sandbox;
    this.api = api;
  }

  /** A cluster with the namespace of the cases, an account and a running pod in it. */
  static async create(): Promise<AdmissionCluster> {
    const sandbox = await Sandbox.create();
    await sandbox.ok("npx", ["paw", "cluster", "up"]);
    await sandbox.loadEnvironment();
    const [kubeconfig = ""] = sandbox.variables.KUBECONFIG?.split(":") ?? [];
    const api = new ApiServer(kubeconfig);
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    await api.ok({ method: "POST", path: definitions, body: rollouts });
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web", namespace } });
    const body = goodPod({
      "metadata.name": runningPod,
      "spec.ephemeralContainers": undefined,
      "spec.initContainers[0].readinessProbe": undefined,
    });
    await api.ok({ method: "POST", path: `/api/v1/namespaces/${namespace}/pods`, body });
    return new AdmissionCluster(sandbox, api);
  }

  /** Makes a stack's policies those of the cluster, and waits until they are in force; gives their names. */
  async bind(stack: "staging" | "production", rules: readonly Rule[]): Promise<string[]> {
    const { policies = [] } = (await admissionArgs(parseConfig(stack, stackConfig(stack)))) ?? {};
    for (const { name, policy, binding } of policies) {
      for (const [kind, spec] of [
        ["ValidatingAdmissionPolicy", policy],
        ["ValidatingAdmissionPolicyBinding", binding],
      ] as const) {
        await this.api.apply({
          apiVersion: "admissionregistration.k8s.io/v1",
          kind,
          metadata: { name },
          spec,
        });
      }
    }
    const manifest: Manifest = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "bare" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }],
    };
    const deadline = Date.now() + 60_000;
    for (;;) {
      const [probe] = await verdictsOf(this.api, [{ what: "a role with a wildcard", manifest }], rules);
      const bound = stack === "staging" ? probe?.warned : rulesIn(probe?.answer.body.message ?? "");
      if (bound?.includes("rbac-wildcard") === true) break;
      if (Date.now() > deadline) throw new Error(`the policies of ${stack} are not in force after a minute`);
      await sleep(200);
    }
    // The API server takes over what is new once a second, all of it together.
    await sleep(2000);
    return policies.map(({ name }) => name);
  }

  /** Everything that was audited, from the file that is written and from full ones. */
  auditLog(): AuditEvent[] {
    const folder = join(this.sandbox.folder, ".paw/clusters/paw/kwok/clusters/paw/logs");
    return readdirSync(folder)
      .filter((file) => file.startsWith("audit"))
      .flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as AuditEvent);
  }

  async dispose(): Promise<void> {
    this.api.dispose();
    await Sandbox.disposeAll();
  }
}
