/** Dangerous rights, by what they let an account do, and who may have them. */
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { type Field, at, items } from "../k8s/field.ts";
import { root } from "../k8s/manifest.ts";
import type { Graph, Item } from "./graph.ts";
import { boundRoles, subjectsOf } from "./rights.ts";

/** Each is named by what follows from it; `in-all-namespaces` is what makes the difference for Secrets and pods. */
export const powers = [
  "read-secrets",
  "read-all-secrets",
  "write-secrets",
  "run-pods",
  "enter-pods",
  "write-roles",
  "write-webhooks",
  "write-definitions",
  "take-tokens",
  "use-node-proxy",
  "write-nodes",
  "impersonate",
  "do-anything",
] as const;
export type Power = (typeof powers)[number];

const rbac = "rbac.authorization.k8s.io";
const writing = ["create", "update", "patch", "delete", "deletecollection"];
const reading = ["get", "list", "watch"];

interface Source {
  readonly power: Power;
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const sources: readonly Source[] = [
  { power: "write-secrets", group: "", resources: ["secrets"], verbs: writing },
  ...[
    ["", ["pods", "replicationcontrollers"]],
    ["apps", ["deployments", "statefulsets", "daemonsets", "replicasets"]],
    ["batch", ["jobs", "cronjobs"]],
  ].map(([group, resources]) => ({
    power: "run-pods" as const,
    group: group as string,
    resources: resources as string[],
    verbs: ["create", "update", "patch"],
  })),
  {
    power: "enter-pods",
    group: "",
    resources: ["pods/exec", "pods/attach", "pods/ephemeralcontainers"],
    verbs: ["create", "get", "update", "patch"],
  },
  {
    power: "write-roles",
    group: rbac,
    resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
    verbs: [...writing, "bind", "escalate"],
  },
  {
    power: "write-webhooks",
    group: "admissionregistration.k8s.io",
    resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    verbs: writing,
  },
  {
    power: "write-definitions",
    group: "apiextensions.k8s.io",
    resources: ["customresourcedefinitions"],
    verbs: writing,
  },
  { power: "take-tokens", group: "", resources: ["serviceaccounts/token"], verbs: ["create"] },
  { power: "use-node-proxy", group: "", resources: ["nodes/proxy"], verbs: [...reading, "create"] },
  { power: "write-nodes", group: "", resources: ["nodes", "nodes/status"], verbs: writing },
  {
    power: "impersonate",
    group: "",
    resources: ["users", "groups", "serviceaccounts"],
    verbs: ["impersonate"],
  },
];

/** Everything of that list that an account may do by the roles of this deployment. */
export function powersOf(graph: Graph, { namespace, name }: Item): ReadonlySet<Power> {
  const found = new Set<Power>();
  for (const kind of ["RoleBinding", "ClusterRoleBinding"]) {
    for (const binding of graph.ofKind(rbac, kind)) {
      const holds = subjectsOf(binding).some(
        (subject) =>
          subject.kind === "ServiceAccount" && subject.namespace === namespace && subject.name === name,
      );
      if (!holds) continue;
      const everywhere = kind === "ClusterRoleBinding";
      for (const role of boundRoles(binding)) {
        for (const power of powersIn(graph, role, everywhere)) found.add(power);
      }
    }
  }
  return found;
}

function powersIn(graph: Graph, role: string, everywhere: boolean): readonly Power[] {
  const [kind = "", namespace = "", name = ""] = role.split("/");
  if (["cluster-admin", "admin", "edit"].includes(name)) return ["do-anything"];
  const item = graph.find({ group: rbac, kind, namespace, name });
  if (item === undefined) return [];
  return items(at(root(item.manifest), "rules")).flatMap((rule) => powersOfRule(rule, everywhere));
}

function powersOfRule(rule: Field, everywhere: boolean): readonly Power[] {
  const list = (name: string): readonly unknown[] => items(at(rule, name)).map(({ value }) => value);
  const has = (values: readonly unknown[], wanted: readonly string[]): boolean =>
    values.some((value) => value === "*" || typeof value !== "string" || wanted.includes(value));
  const [groups, resources, verbs] = [list("apiGroups"), list("resources"), list("verbs")];
  if ([groups, resources, verbs].every((values) => values.includes("*"))) return ["do-anything"];
  if (list("resourceNames").length > 0) return [];
  const reads = has(groups, [""]) && has(resources, ["secrets"]) && has(verbs, reading);
  const read: Power = everywhere ? "read-all-secrets" : "read-secrets";
  return [
    ...(reads ? [read] : []),
    ...sources
      .filter(
        (source) =>
          has(groups, [source.group]) && has(resources, source.resources) && has(verbs, source.verbs),
      )
      .map(({ power }) => power),
  ];
}

interface Entry {
  readonly account: string;
  readonly powers: readonly Power[];
  readonly reason: string;
}

let budget: ReadonlyMap<string, readonly Power[]> | undefined;

/** What an account, as `namespace/name`, may be able to do. Read once from policy/rbac-budget.yaml. */
export function budgetOf(account: string): readonly Power[] {
  budget ??= new Map(
    parseBudget(readFileSync(new URL("../../rbac-budget.yaml", import.meta.url), "utf8")).map((entry) => [
      entry.account,
      entry.powers,
    ]),
  );
  return budget.get(account) ?? [];
}

/**
 * Reads a budget.
 *
 * @throws Error that lists every fault: a missing field, an unknown power, an account that is there twice.
 */
export function parseBudget(text: string): readonly Entry[] {
  const entries = (parse(text) ?? []) as Partial<Record<keyof Entry, unknown>>[];
  const faults = entries.flatMap(({ account, powers: list, reason }, index) => [
    ...(typeof account === "string" && /^[a-z0-9-]+\/[a-z0-9.-]+$/.test(account)
      ? []
      : [`[${index}]: account must be namespace/name`]),
    ...(typeof reason === "string" && reason !== "" ? [] : [`[${index}]: reason must be a text`]),
    ...(Array.isArray(list) && list.length > 0 ? [] : [`[${index}]: powers must be a list`]),
    ...(Array.isArray(list) ? (list as unknown[]) : [])
      .filter((power) => !(powers as readonly unknown[]).includes(power))
      .map((power) => `[${index}]: there is no power ${JSON.stringify(power)}`),
    ...(entries.findIndex((each) => each.account === account) === index
      ? []
      : [`[${index}]: ${String(account)} is there twice`]),
  ]);
  if (faults.length > 0) throw new Error(`policy/rbac-budget.yaml:\n${faults.join("\n")}`);
  return entries as unknown as Entry[];
}
