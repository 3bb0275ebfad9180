/** Why our verdict on an object is another than that of the project that wrote it. In our words; names are theirs. */
import type { Reason } from "./case.ts";

/** A reason for every case of some checks that differs in one way. */
const every = (
  { ours, because }: Pick<Reason, "ours" | "because">,
  reason: string,
  ...checks: readonly string[]
): readonly Reason[] => checks.map((check) => ({ check, cases: ["*"], ours, because, reason }));

const stricter = { ours: "stricter", because: "design" } as const;
const laxer = { ours: "laxer", because: "design" } as const;
const outdated = { ours: "laxer", because: "theirs" } as const;
const gap = { ours: "laxer", because: "gap" } as const;

const anyHostPath =
  "`restricted` refuses every hostPath, whatever its path, its label or the way it is mounted.";

export const kyvernoReasons: readonly Reason[] = [
  ...every(
    stricter,
    "`restricted` lets a container add NET_BIND_SERVICE alone; `baseline` and the list of this policy let it add more.",
    "pod-security/baseline/disallow-capabilities",
    "psp-migration/restrict-adding-capabilities",
  ),
  ...every(
    stricter,
    "No range of host ports is accepted: nothing of ours needs one, and the standard's own list is empty.",
    "pod-security/baseline/disallow-host-ports-range",
  ),
  ...every(
    outdated,
    "The standard lets a container have `container_engine_t` since Kubernetes 1.31; the policy is older.",
    "pod-security/baseline/disallow-selinux",
  ),
  ...every(
    stricter,
    "`restricted` wants a profile; `baseline` only refuses Unconfined.",
    "pod-security/baseline/restrict-seccomp",
  ),
  {
    check: "other/prevent-cr8escape",
    cases: ["Pod/badpod01"],
    ...laxer,
    reason:
      "The value smuggles a second sysctl, which CRI-O passed on until it was mended (CVE-2022-0811); the standard judges names alone, and so do we.",
  },
  {
    check: "other/prevent-cr8escape",
    cases: ["Pod/goodpod01", "Deployment/gooddeployment01", "CronJob/goodcronjob01"],
    ...stricter,
    reason: "The names are no sysctls of the standard's list; the policy looks at values alone.",
  },
  ...every(
    stricter,
    "The profile is `baseline`, our rules are those of `restricted`.",
    "pod-security/subrule/podsecurity-subrule-baseline",
  ),
  ...every(
    stricter,
    "The policy leaves one control of the standard out on purpose; we leave out none.",
    "pod-security/subrule/restricted/restricted-exclude-capabilities",
    "pod-security/subrule/restricted/restricted-exclude-seccomp",
  ),
  ...every(
    laxer,
    "The ranges of groups are that policy's example; we refuse group 0.",
    "psp-migration/check-supplemental-groups",
  ),
  ...every(
    stricter,
    "The policy refuses `privileged` to whoever is no cluster-admin; we want `restricted`, pinned to a version, from everybody.",
    "psa/deny-privileged-profile",
  ),
  ...every(
    stricter,
    anyHostPath,
    "best-practices/disallow-cri-sock-mount",
    "other/docker-socket-requires-label",
    "other/ensure-readonly-hostpath",
    "other/limit-hostpath-vols",
  ),
  ...every(
    stricter,
    "`restricted` wants ALL dropped, which takes NET_RAW with it; NET_RAW or CAP_NET_RAW alone is not enough.",
    "best-practices/require-drop-cap-net-raw",
  ),
  ...every(
    stricter,
    "Labels are wanted on the workload too, where `kubectl` and cost reports look; the policy looks at its pods.",
    "best-practices/require-labels",
  ),
  ...every(
    stricter,
    "The checklist (item 6) wants a limit of CPU too; the policy wants one of memory only.",
    "best-practices/require-pod-requests-limits",
  ),
  ...every(
    stricter,
    "Both a readiness and a liveness probe are wanted; the policy is content with any one of three.",
    "best-practices/require-probes",
  ),
  ...every(
    stricter,
    "Neither node ports nor load balancers are ours to open; the policy is about one of the two.",
    "best-practices/restrict-node-port",
    "other/restrict-loadbalancer",
  ),
  ...every(
    stricter,
    "A rule without a host serves every name, so no certificate can be for it.",
    "other/ingress-host-match-tls",
  ),
  ...every(
    laxer,
    "The annotation that is missing is obeyed by one controller; we ask for TLS, which is what all have in common.",
    "other/require-ingress-https",
  ),
  {
    check: "other/restrict-automount-sa-token",
    cases: ["Deployment/mydeploy", "Pod/badpod01", "Deployment/baddeployment01"],
    ...laxer,
    reason:
      "The pod says `true` itself, which is a decision; what its account may do is for `rbac-effective` and `rbac-orphans` to judge.",
  },
  {
    check: "other/restrict-automount-sa-token",
    cases: ["Pod/goodpod03", "CronJob/goodcronjob01"],
    ...stricter,
    reason: "The policy spares the pods of one product by their label; we want the pod's own word.",
  },
  ...every(
    outdated,
    "The role is about the core group, in which there are no certificate requests and no signers: it grants nothing.",
    "other/restrict-clusterrole-csr",
  ),
  ...every(
    stricter,
    "The policy is about three verbs; we refuse the writing of roles too, which hands out whatever the writer holds.",
    "other/restrict-escalation-verbs-roles",
  ),
  ...every(
    stricter,
    "One rule is about verbs, groups and resources; each of these policies is about one of them, and the wildcard stands in another.",
    "other/restrict-wildcard-resources",
    "other/restrict-wildcard-verbs",
  ),
  ...every(
    stricter,
    "Every container says what it uses of the node's disk, for its own layer and its log; the policy asks those with an emptyDir without a size.",
    "other/require-emptydir-requests-limits",
  ),
  ...every(
    laxer,
    "The policy's ratio is 2.5, ours is 4, which is what the specification gives bizra (B4).",
    "other/enforce-resources-as-ratio",
  ),
  ...every(
    laxer,
    "Limits that equal requests are wanted for the class Guaranteed; the specification (B4) sets them apart.",
    "other/require-qos-guaranteed",
  ),
  ...every(
    stricter,
    "The policy adds the constraint that we want to be written: its test object is what it looks like before.",
    "other/spread-pods-across-topology",
  ),
  ...every(
    laxer,
    "The policy wants certain topology keys; we are content with any constraint, as clusters name their zones differently.",
    "other/topologyspreadconstraints-policy",
  ),
  {
    check: "other/deny-secret-service-account-token-type",
    cases: ["Secret/bad-secret"],
    ...gap,
    reason:
      "A token that never ends is asked for, but no value is written: `secret-literal` is about values, and no rule of ours is about such tokens.",
  },
  {
    check: "other/deny-secret-service-account-token-type",
    cases: ["Secret/good-secret"],
    ...stricter,
    reason: "It holds a value, which no Secret of a program may.",
  },
  ...every(
    stricter,
    "A group from 10000 on is wanted, which is nobody's on the node; the policy wants any but 0. Advice only.",
    "other/require-non-root-groups#check-runasgroup",
  ),
  ...every(
    gap,
    "The controller's own ConfigMap may switch snippets on; the rule is about Ingresses. This project runs no such controller.",
    "nginx-ingress/disallow-ingress-nginx-custom-snippets",
  ),
  ...every(
    gap,
    "Values of harmless annotations can break out of a template of ingress-nginx; the rule knows annotations that are snippets by name. This project runs no such controller.",
    "nginx-ingress/restrict-annotations",
  ),
];

const roles = [
  "clusterrolePodExecAttach",
  "rolePodExecAttach",
  "clusterrolebindingPodExecAttach",
  "rolebindingClusterRolePodExecAttach",
  "rolebindingRolePodExecAttach",
];
/** Checks whose folder has a role that one of the other kind refers to. */
const crossed = roles.slice(-2);

export const polarisReasons: readonly Reason[] = [
  {
    check: "automountServiceAccountToken",
    cases: ["failure.pod_true_serviceaccount_false"],
    ...laxer,
    reason:
      "The pod says `true` itself, which is a decision; `rbac-effective` and `rbac-orphans` judge what its account may do.",
  },
  {
    check: "automountServiceAccountToken",
    cases: ["success.*"],
    ...stricter,
    reason:
      "We want `false` on the account, and a word on the pod as well: either may be used without the other.",
  },
  ...roles.map((check) => ({
    check,
    cases: [
      "success.allow_unrelated_perms",
      ...(crossed.includes(check) ? ["success.binding_references_role"] : []),
    ],
    ...stricter,
    reason:
      "Whoever may make pods may make one with any account and volume of the namespace; that is more than a shell.",
  })),
  ...roles.map((check) => ({
    check,
    cases: ["success.*"],
    ...stricter,
    reason:
      "Polaris spares roles and bindings by name (`system:`, a provider's, the cluster's own); a deployment brings none of these, and a name is no reason.",
  })),
  ...every(
    stricter,
    "A wildcard in any one of verbs, groups and resources is refused, whatever it is bound to, and by whatever name; Polaris wants it in all three, and spares names.",
    "clusterrolebindingClusterAdmin",
    "rolebindingClusterAdminClusterRole",
    "rolebindingClusterAdminRole",
  ),
  ...every(
    stricter,
    "`restricted` wants ALL, in capitals as the API server's admission reads it, instead of a list of those known today.",
    "insecureCapabilities",
  ),
  ...every(
    stricter,
    "Left out, minReplicas is 1, which is what the check refuses where it is written.",
    "hpaMinAvailability",
  ),
  ...every(
    stricter,
    "Polaris is content with any one of four hardenings; the standard asks for each.",
    "linuxHardening",
  ),
  ...every(
    stricter,
    "Name and owner are both wanted; Polaris asks only that the instance label is the object's name.",
    "metadataAndInstanceMismatched",
  ),
  ...every(
    stricter,
    "The namespace has no policy that denies all: other pods in it, and those to come, are open.",
    "missingNetworkPolicy",
  ),
  ...every(
    laxer,
    "No number of replicas is written, so there is one pod, whose budget would stop every drain; from two on we want one.",
    "missingPodDisruptionBudget",
  ),
  ...every(
    outdated,
    "The objects are of version `v1`, in which there are no budgets; the API server refuses them.",
    "pdbDisruptionsIsZero",
  ),
  ...every(
    stricter,
    "The budget asks for as many pods as there are, so no node can ever be drained; Polaris compares it with the autoscaler's least number, where there is one, and lets equals be.",
    "pdbMinAvailableGreaterThanHPAMinReplicas",
  ),
  ...every(
    outdated,
    "The object is a Deployment of version `v1`, which there is not; the API server refuses it.",
    "runAsRootAllowed",
  ),
  ...every(
    stricter,
    "There is TLS for one host, but the rule names none, so it serves all others in the clear.",
    "tlsSettingsMissing",
  ),
  ...every(laxer, "One pod alone cannot be spread; from two on we ask.", "topologySpreadConstraint"),
];
