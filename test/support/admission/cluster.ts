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
import { warnsOfPodSecurity } from "./podSecurity.ts";
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

/** Kinds whose real definitions are charts': any field is taken. */
const customKinds = [
  ["argoproj.io", "v1alpha1", "Rollout", "Namespaced"],
  ["external-secrets.io", "v1", "ExternalSecret", "Namespaced"],
  ["external-secrets.io", "v1", "ClusterExternalSecret", "Cluster"],
  ["external-secrets.io", "v1", "SecretStore", "Namespaced"],
  ["external-secrets.io", "v1", "ClusterSecretStore", "Cluster"],
  ["velero.io", "v1", "Backup", "Namespaced"],
  ["velero.io", "v1", "Schedule", "Namespaced"],
  ["velero.io", "v1", "BackupStorageLocation", "Namespaced"],
] as const;

function definition([group, version, kind, scope]: (typeof customKinds)[number]): object {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural: `${singular}s`, singular, listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

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
    for (const kind of customKinds) {
      await api.ok({ method: "POST", path: definitions, body: definition(kind) });
    }
    const classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
    const priorityClass = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", value: 1 };
    await api.ok({ method: "POST", path: classes, body: { ...priorityClass, metadata: { name: "shop" } } });
    const labels = warnsOfPodSecurity;
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
    await api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web", namespace } });
    const body = goodPod({
      "metadata.name": runningPod,
      "spec.ephemeralContainers": undefined,
      "spec.initContainers[0].readinessProbe": undefined,
    });
    await api.ok({ method: "POST", path: `/api/v1/namespaces/${namespace}/pods`, body });
    await makeSecrets(api);
    return new AdmissionCluster(sandbox, api);
  }

  /** Makes a stack's policies those of the cluster, and waits until they are in force; gives the rules in them. */
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
    return [...new Set(policies.flatMap((each) => each.rules))];
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

/** Two Secrets from before there were policies: one that stays, and one that is deleted and held by a finalizer. */
async function makeSecrets(api: ApiServer): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  for (const name of ["staying", "leaving"]) {
    const metadata = { name, finalizers: ["paw.network/test"] };
    const body = { apiVersion: "v1", kind: "Secret", metadata, data: { a: "eA==" } };
    await api.ok({ method: "POST", path, body });
  }
  await api.ok({ method: "DELETE", path: `${path}/leaving` });
}
