/** Secrets are in Vault, and in nothing that a preview shows (item 4). */
import { at, entries, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { eachContainer, podRule } from "../podSecurity/podRule.ts";
import { chartValuesLiteral } from "./chartValues.ts";
import { literal } from "./literal.ts";
import { secretEnvRef } from "./references.ts";
import { externalSecretSpec, storeSpec } from "./stores.ts";
import { ownKey } from "./signingKeys.ts";
import { vaultHardened } from "./vault.ts";

const docs = "https://kubernetes.io/docs/concepts/security/secrets-good-practices/";

/** Types whose content Kubernetes or Helm writes itself. */
const written = ["kubernetes.io/service-account-token", "helm.sh/release.v1"];

const core = (manifest: Manifest, kind: string): boolean =>
  groupOf(manifest) === "" && baseKind(manifest) === kind;

const secretLiteral: Rule = {
  id: "secret-literal",
  frameworks: ["CIS 5.4.2", "C-0208"],
  item: 4,
  description:
    "No Secret is written by a program: whatever a manifest holds is in states, diffs and repositories.",
  severity: "critical",
  levels: holds.everywhere,
  fix: "put the value to Vault and let an ExternalSecret fetch it.",
  url: docs,
  judges: (manifest) => core(manifest, "Secret"),
  check: (manifest) => {
    const object = root(manifest);
    const type = at(object, "type").value;
    if (typeof type === "string" && written.includes(type)) return [];
    return ["data", "stringData"].flatMap((name): Finding[] => {
      const field = at(object, name);
      const filled = field.value !== undefined && entries(field).length > 0;
      return filled
        ? [{ path: field.path, found: "values", wanted: "nothing: an ExternalSecret fills it" }]
        : [];
    });
  },
};

const envLiteral = podRule(
  {
    id: "env-literal",
    frameworks: ["C-0012", "kube-linter env-var-secret", "Polaris sensitiveContainerEnvVar"],
    item: 4,
    description: "No container has a secret written into its environment.",
    severity: "critical",
    levels: holds.everywhere,
    fix: "use valueFrom.secretKeyRef, or better mount the Secret as a file.",
    url: docs,
  },
  (pod) =>
    eachContainer(pod, (container) =>
      items(at(container, "env")).flatMap((variable) => {
        const name = at(variable, "name").value;
        return literal(typeof name === "string" ? name : undefined, at(variable, "value"));
      }),
    ),
);

const configMapLiteral: Rule = {
  id: "configmap-literal",
  frameworks: ["KSV-0109", "KSV-01010", "C-0012", "Polaris sensitiveConfigmapContent"],
  item: 4,
  description: "No ConfigMap holds a secret: everybody who may look may read it.",
  severity: "critical",
  levels: holds.everywhere,
  fix: "move the value to Vault, and mount the Secret that an ExternalSecret makes.",
  url: docs,
  judges: (manifest) => core(manifest, "ConfigMap"),
  check: (manifest) =>
    ["data", "binaryData"].flatMap((name) =>
      entries(at(root(manifest), name)).flatMap((entry) => literal(entry.key, entry)),
    ),
};

export const secrets: readonly Rule[] = [
  secretLiteral,
  envLiteral,
  configMapLiteral,
  chartValuesLiteral,
  secretEnvRef,
  externalSecretSpec,
  storeSpec,
  vaultHardened,
  ownKey,
];
