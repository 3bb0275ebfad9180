/** What Kubernetes' own Pod Security admission says, in the words of our rules. */
import { judge } from "../../../policy/src/judge.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { podSecurity } from "../../../policy/src/rules/podSecurity/index.ts";
import { standardMinor } from "../../../policy/src/rules/podSecurity/podRule.ts";

/** Labels that make the API server warn, and refuse nothing. */
export const warnsOfPodSecurity = {
  "pod-security.kubernetes.io/enforce": "privileged",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/warn-version": `v1.${standardMinor}`,
};

/** Reasons as k8s.io/pod-security-admission v0.36 gives them (`ForbiddenReason` of each check), and our rules. */
const reasons: readonly (readonly [reason: string, rule: string])[] = [
  ["privileged", "pss-privileged"],
  ["host namespaces", "pss-host-namespaces"],
  ["hostPort", "pss-host-ports"],
  ["unrestricted capabilities", "pss-capabilities"],
  ["restricted volume types", "pss-volume-types"],
  ["allowPrivilegeEscalation != false", "pss-privilege-escalation"],
  ["runAsNonRoot != true", "pss-run-as-non-root"],
  ["runAsUser=0", "pss-run-as-user"],
  ["seccompProfile", "pss-seccomp"],
  ["procMount", "pss-proc-mount"],
  ["seLinuxOptions", "pss-selinux"],
  ["forbidden AppArmor profile", "pss-apparmor"],
  ["forbidden AppArmor profiles", "pss-apparmor"],
  ["forbidden sysctls", "pss-sysctls"],
  ["hostProcess", "pss-windows-hostprocess"],
  ["probe or lifecycle host", "pss-host-probes"],
];

/** Rules that have a check of the standard behind them. */
export const standardRules = [...new Set(reasons.map(([, rule]) => rule))].sort();

/** Kinds whose pods Pod Security admission looks at. */
const seen = [
  ...["CronJob", "DaemonSet", "Deployment", "Job", "Pod", "PodTemplate", "ReplicaSet"],
  ...["ReplicationController", "StatefulSet"],
];

export function isSeen({ apiVersion, kind }: Manifest): boolean {
  return seen.includes(kind) && !apiVersion.startsWith("argoproj.io/");
}

/** The rules that Pod Security admission says are broken. */
export function brokenByStandard(warnings: readonly string[]): string[] {
  const told = warnings.flatMap((text) => /\bwould violate PodSecurity .*?: (.*)$/s.exec(text)?.[1] ?? []);
  return standardRules.filter((rule) =>
    reasons.some(([reason, of]) => of === rule && told.some((text) => `, ${text}`.includes(`, ${reason} (`))),
  );
}

/** The rules of the standard that are broken by ours. */
export function brokenByOurs(manifest: Manifest): string[] {
  const broken = judge(manifest, podSecurity).map(({ rule }) => rule.id);
  return standardRules.filter((rule) => broken.includes(rule));
}
