import { show } from "../../finding.ts";
import { type Field, at, isHidden, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { bearsPod, containersOf, podOf } from "../../k8s/podSpec.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { chainNamespace, validatorClaims } from "../../site.ts";
import { secretsOfVariables, secretsOfVolume } from "../secrets/references.ts";
import { isSigningKey } from "../secrets/signingKeys.ts";
import { resticContainers } from "./restic.ts";

const wanted = "nothing of a validator: whoever restores it signs twice";

/** What a pod that makes backups has of a validator: keys, or the volume with its signing state. */
function checkPod(manifest: Manifest): readonly Finding[] {
  const pod = podOf(manifest);
  if (pod === undefined || resticContainers(manifest).length === 0) return [];
  const volumes = items(at(pod.spec, "volumes"));
  const secrets = [...volumes.flatMap(secretsOfVolume), ...containersOf(pod).flatMap(secretsOfVariables)];
  const claims = volumes.map((volume) => at(volume, "persistentVolumeClaim", "claimName"));
  const found = (field: Field, what: string): Finding => ({
    path: field.blockedAt ?? field.path,
    found: isHidden(field) ? show(field.value) : what,
    wanted,
  });
  return [
    ...secrets
      .filter((name) => isHidden(name) || isSigningKey(name))
      .map((name) => found(name, "a Secret with signing keys")),
    ...claims
      .filter(
        (name) => isHidden(name) || (typeof name.value === "string" && validatorClaims.test(name.value)),
      )
      .map((name) => found(name, "a validator's volume")),
  ];
}

/** Whether a Velero backup takes what is in the chain's namespace. */
function checkVelero(spec: Field): readonly Finding[] {
  const [included, excluded] = ["includedNamespaces", "excludedNamespaces"].map((name) => at(spec, name)) as [
    Field,
    Field,
  ];
  const names = items(included);
  if (items(excluded).some(({ value }) => value === chainNamespace)) return [];
  const all =
    names.length === 0 ||
    names.some(({ value }) => typeof value !== "string" || ["*", chainNamespace].includes(value));
  return all
    ? [
        {
          path: included.path,
          found: isHidden(included) ? show(included.value) : "the chain's namespace, or all of them",
          wanted: `others than ${chainNamespace}, or excludedNamespaces with it`,
        },
      ]
    : [];
}

const isVelero = (manifest: Manifest): boolean =>
  groupOf(manifest) === "velero.io" && ["Schedule", "Backup"].includes(baseKind(manifest));

export const backupWithoutKeys: Rule = {
  id: "backup-no-keys",
  item: 10,
  description:
    "No backup holds a signing key or a validator's signing state: restored beside the original, it signs twice.",
  severity: "critical",
  levels: holds.everywhere,
  note: "A validator's volume is one of the claims in `validatorClaims` of `policy/src/site.ts`: its `priv_validator_state.json`, put back, is older than what was signed. Velero takes everything of a namespace, so the chain's is left out.",
  fix: "take backups from a full node's volume, and leave the chain's namespace out of Velero's backups.",
  url: "https://docs.cometbft.com/main/explanation/core/validators",
  frameworks: [],
  judges: (manifest) => !isPatch(manifest) && (bearsPod(manifest) || isVelero(manifest)),
  check: (manifest) => {
    if (!isVelero(manifest)) return checkPod(manifest);
    const spec = at(root(manifest), "spec");
    return checkVelero(baseKind(manifest) === "Schedule" ? at(spec, "template") : spec);
  },
};
