/** Rights as they add up per account (item 3). */
import { at } from "../../k8s/field.ts";
import { root } from "../../k8s/manifest.ts";
import { holds } from "../../rule.ts";
import type { Graph, Item } from "../graph.ts";
import { type Power, budgetOf, powersOf } from "../powers.ts";
import { type GraphRule, findingAt } from "../rule.ts";
import { accountKey, boundRoles, builtInRoles, subjectsOf } from "../rights.ts";

const docs = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";
const rbac = "rbac.authorization.k8s.io";

function bindings(graph: Graph): readonly Item[] {
  return [...graph.ofKind(rbac, "RoleBinding"), ...graph.ofKind(rbac, "ClusterRoleBinding")];
}

const resolves: GraphRule = {
  id: "rbac-binding-resolves",
  item: 3,
  description:
    "A binding names a role and accounts that there are: whoever makes them later gets the rights.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["kube-linter non-existent-service-account"],
  fix: "correct roleRef or subjects, or remove the binding.",
  url: docs,
  check: (graph) =>
    bindings(graph).flatMap((binding) => {
      const reference = at(root(binding.manifest), "roleRef");
      const kind = at(reference, "kind").value;
      const name = at(reference, "name");
      const known =
        typeof kind === "string" &&
        typeof name.value === "string" &&
        (builtInRoles.test(name.value) ||
          graph.find({
            group: rbac,
            kind,
            namespace: kind === "Role" ? binding.namespace : "",
            name: name.value,
          }) !== undefined);
      const nobody = subjectsOf(binding).filter(
        ({ kind: subject, namespace, name: account }) =>
          subject === "ServiceAccount" &&
          namespace !== "kube-system" &&
          graph.find({ group: "", kind: "ServiceAccount", namespace, name: account }) === undefined,
      );
      return [
        ...(known
          ? []
          : [findingAt(binding, name.path, ["a role that is not deployed", "a role of this deployment"])]),
        ...nobody.map(({ path }) =>
          findingAt(binding, path, ["an account that is not deployed", "an account of this deployment"]),
        ),
      ];
    }),
};

/** Accounts that a store or an issuer takes tokens of, to log in to Vault. */
function lentAccounts(graph: Graph): readonly string[] {
  const lenders = [
    ...graph.ofKind("external-secrets.io", "ClusterSecretStore"),
    ...graph.ofKind("external-secrets.io", "SecretStore"),
    ...graph.ofKind("cert-manager.io", "ClusterIssuer"),
    ...graph.ofKind("cert-manager.io", "Issuer"),
  ];
  return lenders.flatMap(({ manifest, namespace }) => {
    const spec = at(root(manifest), "spec");
    const references = [at(spec, "provider", "vault"), at(spec, "vault")].map((vault) =>
      at(vault, "auth", "kubernetes", "serviceAccountRef"),
    );
    return references.flatMap((reference) => {
      const [name, own] = [at(reference, "name").value, at(reference, "namespace").value];
      // An issuer of the whole cluster takes them from cert-manager's own namespace.
      const home = typeof own === "string" ? own : namespace === "" ? "cert-manager" : namespace;
      return typeof name === "string" ? [accountKey(home, name)] : [];
    });
  });
}

const orphans: GraphRule = {
  id: "rbac-orphans",
  item: 3,
  description: "A role is bound to somebody and an account runs something; the rest waits to be misused.",
  severity: "low",
  levels: holds.asAdvice,
  frameworks: [],
  fix: "remove what nobody uses.",
  url: docs,
  check: (graph) => {
    const used = new Set([
      ...graph.workloads.map(({ namespace, account }) => accountKey(namespace, account)),
      ...lentAccounts(graph),
    ]);
    const bound = new Set(bindings(graph).flatMap((binding) => boundRoles(binding)));
    const roles = [...graph.ofKind(rbac, "Role"), ...graph.ofKind(rbac, "ClusterRole")];
    return [
      ...roles
        .filter(
          ({ labels }) =>
            !Object.keys(labels).some((label) => label.startsWith("rbac.authorization.k8s.io/aggregate-to-")),
        )
        .filter(
          ({ kind, namespace, name }) => !bound.has(`${kind}/${kind === "Role" ? namespace : ""}/${name}`),
        )
        .map((role) => findingAt(role, "", ["a role that nobody is bound to", "a binding, or no role"])),
      ...graph
        .ofKind("", "ServiceAccount")
        .filter(({ namespace, name }) => !used.has(accountKey(namespace, name)))
        .map((account) => findingAt(account, "", ["an account that no pod runs as", "a pod, or no account"])),
    ];
  },
};

const shared: GraphRule = {
  id: "sa-shared",
  item: 3,
  description: "Workloads of the chain do not share an account: what one may do, the other may not.",
  severity: "low",
  levels: holds.asAdvice,
  frameworks: ["C-0034"],
  fix: "give each workload a ServiceAccount of its own.",
  url: "https://kubernetes.io/docs/concepts/security/service-accounts/",
  check: (graph) => {
    const chain = graph.workloads.filter(({ podLabels }) => podLabels["app.kubernetes.io/part-of"] === "paw");
    return chain
      .filter(({ namespace, account, kind, name }) =>
        chain.some(
          (other) =>
            other.namespace === namespace &&
            other.account === account &&
            (other.kind !== kind || other.name !== name),
        ),
      )
      .map((item) =>
        findingAt(item, "", ["an account that another workload runs as", "an account of its own"]),
      );
  },
};

const effective: GraphRule = {
  id: "rbac-effective",
  item: 3,
  description:
    "What an account may do in all, by every role bound to it, stays within a budget that somebody signed.",
  severity: "high",
  levels: holds.inProduction,
  frameworks: ["NSA least privilege", "C-0035"],
  fix: "take the right away, or add it to policy/rbac-budget.yaml with its reason.",
  url: docs,
  check: (graph) =>
    graph.ofKind("", "ServiceAccount").flatMap((account) => {
      const allowed: readonly Power[] = budgetOf(`${account.namespace}/${account.name}`);
      const beyond = [...powersOf(graph, account)].filter((power) => !allowed.includes(power)).toSorted();
      return beyond.length === 0
        ? []
        : findingAt(account, "", [
            `power to ${beyond.join(", ")}`,
            `no more than ${allowed.join(", ") || "nothing of that kind"}`,
          ]);
    }),
};

export const rbacGraph: readonly GraphRule[] = [resolves, effective, orphans, shared];
