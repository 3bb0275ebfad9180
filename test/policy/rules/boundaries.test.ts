/** A29: where a rule's yes ends and its no begins, and what its findings show of what they found. */
import { expect } from "chai";

import { judge } from "../../../policy/src/judge.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { checklistRules, integrityRules } from "../../../policy/src/rules/index.ts";
import { boundariesAccess } from "./boundariesAccess.ts";
import { boundariesObjects } from "./boundariesObjects.ts";
import { boundariesOperations } from "./boundariesOperations.ts";
import { boundariesSecrets } from "./boundariesSecrets.ts";
import {
  backupJob,
  binding,
  externalSecret,
  goodPod,
  namespace,
  role,
  service,
  sha,
  store,
  vaultServer,
  veleroSchedule,
  workload,
} from "./objectFixtures.ts";

const rules = [...checklistRules, ...integrityRules];
const hidden = "a text (not shown, as it could be a secret)";
const body = "spec.jobTemplate.spec.template.spec";
const ttl = (text: unknown): Manifest => veleroSchedule({ "spec.template.ttl": text });
const skip = (text: string): Manifest => namespace({ "config.linkerd.io/skip-inbound-ports": text });
const selector = (...expressions: unknown[]): Manifest =>
  workload("Deployment", { "spec.selector": { matchExpressions: expressions } });

function judged(id: string, manifest: Manifest): ReturnType<typeof judge> {
  return judge(
    manifest,
    rules.filter((rule) => rule.id === id),
  );
}

const cases = { ...boundariesOperations, ...boundariesAccess, ...boundariesObjects, ...boundariesSecrets };
describe("the boundaries of a rule about single objects", () => {
  for (const [rule, list] of Object.entries(cases)) {
    for (const [what, manifest, ...bad] of list) {
      it(`${rule}, ${bad.length === 0 ? "good" : "bad"}: ${what}`, () => {
        expect(judged(rule, manifest).map(({ path }) => path)).to.deep.equal(bad);
      });
    }
  }
});

describe("what a finding shows", () => {
  const sysctl = (name: string): Manifest =>
    goodPod({ "spec.securityContext.sysctls": [{ name, value: "1" }] });
  const bound = (name: string): Manifest => binding({ "roleRef.name": name });
  const subject = (name: string): Manifest => binding({ "subjects[0].name": name });
  for (const [rule, manifest, shown] of [
    ["pss-sysctls", sysctl("kernel.msgmax"), "kernel.msgmax"],
    ["pss-sysctls", sysctl("hunter2"), hidden],
    ["pss-sysctls", sysctl("my kernel.msgmax"), hidden],
    ["pss-sysctls", sysctl("kernel.msgmax=hunter2"), hidden],
    ["mesh-skip-ports", skip("80, 100-110"), "80, 100-110"],
    ["mesh-skip-ports", skip("hunter2"), hidden],
    ["mesh-skip-ports", skip("80,x"), hidden],
    ["mesh-skip-ports", skip("x,80"), hidden],
    ["backup-schedule", backupJob({ "spec.schedule": "17 25 * * *" }), "17 25 * * *"],
    ["backup-schedule", backupJob({ "spec.schedule": "hunter2" }), hidden],
    ["backup-schedule", backupJob({ "spec.schedule": "2 hunter" }), hidden],
    ["backup-schedule", backupJob({ "spec.schedule": "hunter 2" }), hidden],
    ["backup-schedule", ttl("144h"), "144h"],
    ["backup-schedule", ttl("hunter2"), hidden],
    ["eso-spec", externalSecret({ "spec.refreshInterval": "0s" }), "0s"],
    ["eso-spec", externalSecret({ "spec.refreshInterval": "24" }), "24"],
    ["eso-spec", externalSecret({ "spec.refreshInterval": "hunter2" }), hidden],
    ["eso-spec", externalSecret({ "spec.refreshInterval": "2 hunters" }), hidden],
    ["rbac-cluster-admin", bound("cluster-admin"), "cluster-admin"],
    ["rbac-subjects", subject("system:authenticated"), "system:authenticated"],
    ["rbac-secrets", role({ resources: ["secrets"], verbs: ["list"] }), "list on secrets"],
    [
      "rbac-secrets",
      role({ resources: ["secrets", "hunter2"], verbs: ["get", "a", "b"] }),
      "get, 2 more on secrets, 1 more",
    ],
    [
      "rbac-wildcard",
      role({ apiGroups: undefined, resources: undefined, nonResourceURLs: ["/x"], verbs: ["*"] }),
      "* on no resource",
    ],
    ["sa-default", goodPod({ "spec.serviceAccountName": "default" }), "default"],
    ["sa-default", goodPod({ "spec.serviceAccountName": undefined }), "nothing"],
    ["sa-default", goodPod({ "spec.serviceAccountName": UNKNOWN }), "a value that is not known in a preview"],
    ["ns-default", service({ "metadata.namespace": "default" }), "default"],
    ["selector-match", selector({ key: "tier", operator: "Exists" }), "Exists"],
    ["selector-match", selector({ key: "tier", operator: "hunter2" }), hidden],
    ["store-spec", store({ "spec.provider": { aws: {} } }), "another provider"],
    ["store-spec", store({ "spec.provider": UNKNOWN }), "a value that is not known in a preview"],
    ["store-spec", store({ "spec.provider.vault.auth": UNKNOWN }), "a value that is not known in a preview"],
    [
      "backup-encrypted",
      backupJob({ [`${body}.containers[0].args`]: ["--insecure-no-password"] }),
      "--insecure-no-password",
    ],
    [
      "backup-encrypted",
      backupJob({ [`${body}.containers[0].args`]: [UNKNOWN] }),
      "a value that is not known in a preview",
    ],
    ["vault-hardened", vaultServer({ "spec.template.spec.containers[0].args": ["-dev"] }), "the flag -dev"],
    [
      "vault-hardened",
      vaultServer({ "spec.template.spec.containers[0].args": [UNKNOWN] }),
      "a value that is not known in a preview",
    ],
    [
      "img-lock",
      goodPod({ "spec.initContainers[0].image": "x", "spec.containers[0].image": `x@${sha}` }),
      "no digest, but a tag",
    ],
    ["api-deprecated", { apiVersion: "v1", kind: "Endpoints" }, "v1, deprecated since 1.33"],
    [
      "api-deprecated",
      { apiVersion: "policy/v1beta1", kind: "PodDisruptionBudget" },
      "policy/v1beta1, deprecated since 1.21, not served from 1.25 on",
    ],
  ] as const) {
    it(`${rule}: ${shown}`, () => {
      expect(judged(rule, manifest)[0]?.found).to.equal(shown);
    });
  }
});
