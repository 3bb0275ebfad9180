/** A29, item 3: what an account may do follows from the roles that are bound to it, as RBAC adds them up. */
import { expect } from "chai";

import { graphOf } from "../../../policy/src/graph/graph.ts";
import { type Power, budgetOf, parseBudget, powersOf } from "../../../policy/src/graph/powers.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { account, object } from "./world.ts";

const rbac = "rbac.authorization.k8s.io/v1";
const me = { kind: "ServiceAccount", name: "me", namespace: "shop" };

interface Bound {
  readonly subject?: object;
  readonly subjects?: readonly object[];
  readonly binding?: "RoleBinding" | "ClusterRoleBinding";
  readonly role?: string;
}

/** What `shop/me` may do by a role with these rules. */
function powers(rules: readonly object[], bound: Bound = {}): Power[] {
  const { subject = me, subjects = [subject], binding = "ClusterRoleBinding", role = "r" } = bound;
  const objects: readonly Manifest[] = [
    account("me", "shop"),
    object(rbac, "ClusterRole", ["r", "", { rules }]),
    object(rbac, binding, [
      "b",
      binding === "RoleBinding" ? "shop" : "",
      { roleRef: { kind: "ClusterRole", name: role }, subjects },
    ]),
  ];
  const graph = graphOf(objects.map((manifest) => ({ manifest, source: "test" })));
  const item = graph.find({ group: "", kind: "ServiceAccount", namespace: "shop", name: "me" });
  if (item === undefined) throw new Error("the account is there");
  return [...powersOf(graph, item)].sort();
}

const rule = (group: string, resource: string, ...verbs: string[]): object => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
});
const secrets = [rule("", "secrets", "get")];

describe("the powers of an account", () => {
  const single: readonly (readonly [rule: object, power: Power])[] = [
    ...["get", "list", "watch"].map((verb) => [rule("", "secrets", verb), "read-all-secrets"] as const),
    ...["create", "update", "patch", "delete", "deletecollection"].map(
      (verb) => [rule("", "secrets", verb), "write-secrets"] as const,
    ),
    [rule("", "pods", "create"), "run-pods"],
    [rule("", "replicationcontrollers", "update"), "run-pods"],
    [rule("apps", "daemonsets", "patch"), "run-pods"],
    [rule("batch", "cronjobs", "create"), "run-pods"],
    [rule("", "pods/exec", "create"), "enter-pods"],
    [rule("", "pods/attach", "get"), "enter-pods"],
    [rule("", "pods/ephemeralcontainers", "update"), "enter-pods"],
    [rule("rbac.authorization.k8s.io", "clusterroles", "escalate"), "write-roles"],
    [rule("rbac.authorization.k8s.io", "rolebindings", "create"), "write-roles"],
    [rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "patch"), "write-webhooks"],
    [rule("apiextensions.k8s.io", "customresourcedefinitions", "update"), "write-definitions"],
    [rule("", "serviceaccounts/token", "create"), "take-tokens"],
    [rule("", "nodes/proxy", "get"), "use-node-proxy"],
    [rule("", "nodes/proxy", "create"), "use-node-proxy"],
    [rule("", "nodes", "patch"), "write-nodes"],
    [rule("", "groups", "impersonate"), "impersonate"],
  ];
  for (const [given, power] of single) {
    it(`${power}: ${JSON.stringify(given)}`, () => {
      expect(powers([given])).to.deep.equal([power]);
    });
  }

  it("are none by harmless rules: another group, resource or verb", () => {
    const harmless = [rule("apps", "secrets", "get"), rule("", "configmaps", "get"), rule("", "pods", "get")];
    expect(powers(harmless)).to.deep.equal([]);
  });

  it("are none where a rule names its objects, and those of the rules beside it stay", () => {
    const named = { ...rule("", "secrets", "get"), resourceNames: ["mine"] };
    expect(powers([named])).to.deep.equal([]);
    expect(powers([named, rule("", "pods", "create")])).to.deep.equal(["run-pods"]);
  });

  it("reach Secrets of one namespace through a RoleBinding, and of all through a ClusterRoleBinding", () => {
    expect(powers(secrets, { binding: "RoleBinding" })).to.deep.equal(["read-secrets"]);
    expect(powers(secrets, { binding: "ClusterRoleBinding" })).to.deep.equal(["read-all-secrets"]);
  });

  it("are everything by wildcards for groups, resources and verbs, and by the roles that grant all", () => {
    const anything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
    expect(powers([anything])).to.deep.equal(["do-anything"]);
    for (const role of ["cluster-admin", "admin", "edit"])
      expect(powers([], { role })).to.deep.equal(["do-anything"]);
    expect(powers([], { role: "view" })).to.deep.equal([]);
  });

  it("with two wildcards are those of what is left", () => {
    expect(powers([rule("*", "pods", "*")])).to.deep.equal(["run-pods"]);
    expect(powers([{ apiGroups: ["*"], resources: ["*"], verbs: ["impersonate"] }])).to.deep.equal([
      "impersonate",
    ]);
    expect(powers([rule("", "*", "bind")])).to.deep.equal([]);
  });

  it("count what is not known as if it were named", () => {
    expect(powers([{ apiGroups: [""], resources: [UNKNOWN], verbs: ["impersonate"] }])).to.deep.equal([
      "impersonate",
    ]);
    expect(powers([{ apiGroups: [""], resources: ["secrets", "x"], verbs: UNKNOWN }])).to.include(
      "read-all-secrets",
    );
  });

  it("are only those of bindings that name the account: kind, namespace and name", () => {
    for (const other of [{ kind: "User" }, { namespace: "else" }, { name: "you" }]) {
      expect(powers(secrets, { subject: { ...me, ...other } }), JSON.stringify(other)).to.deep.equal([]);
    }
    expect(powers(secrets, { subjects: [{ ...me, name: "you" }, me] })).to.deep.equal(["read-all-secrets"]);
    expect(powers(secrets, { subjects: [] })).to.deep.equal([]);
    // Where none is named, the binding's own namespace is meant.
    const here = { kind: "ServiceAccount", name: "me" };
    expect(powers(secrets, { subject: here, binding: "RoleBinding" })).to.deep.equal(["read-secrets"]);
  });

  it("are none by a role that is not deployed, or not known", () => {
    expect(powers(secrets, { role: "elsewhere" })).to.deep.equal([]);
    expect(powers(secrets, { role: UNKNOWN as unknown as string })).to.deep.equal([]);
  });
});

describe("the budget of powers", () => {
  it("is empty for whom the file does not name", () => {
    expect(budgetOf("vault/vault")).to.deep.equal(["run-pods"]);
    expect(budgetOf("paw/nobody")).to.deep.equal([]);
  });

  const entry = (fields: object = {}): object => ({
    account: "a/b",
    powers: ["run-pods"],
    reason: "r",
    ...fields,
  });
  const read = (...entries: object[]) => parseBudget(JSON.stringify(entries));

  it("is read as it is written, and may be empty", () => {
    expect(read(entry())).to.deep.equal([entry()]);
    expect(parseBudget("")).to.deep.equal([]);
  });

  for (const [entries, fault] of [
    [[entry({ account: "b" })], "[0]: account must be namespace/name"],
    [[entry({ account: "a/b/c" })], "[0]: account must be namespace/name"],
    [[entry({ account: "a/B" })], "[0]: account must be namespace/name"],
    [[entry({ account: 1 })], "[0]: account must be namespace/name"],
    [[entry({ reason: "" })], "[0]: reason must be a text"],
    [[entry({ reason: undefined })], "[0]: reason must be a text"],
    [[entry({ powers: [] })], "[0]: powers must be a list"],
    [[entry({ powers: undefined })], "[0]: powers must be a list"],
    [[entry({ powers: "run-pods" })], "[0]: powers must be a list"],
    [[entry({ powers: ["run-pods", "fly"] })], '[0]: there is no power "fly"'],
    [[entry(), entry()], "[1]: a/b is there twice"],
  ] as const) {
    it(`is refused: ${fault}, for ${JSON.stringify(entries)}`, () => {
      expect(() => read(...entries))
        .to.throw(`policy/rbac-budget.yaml:\n${fault}`)
        .with.property("message")
        .that.has.length(`policy/rbac-budget.yaml:\n${fault}`.length);
    });
  }

  it("names all faults at once", () => {
    expect(() => read(entry({ reason: "" }), entry({ account: "x", powers: [] }))).to.throw(
      "[0]: reason must be a text\n[1]: account must be namespace/name\n[1]: powers must be a list",
    );
  });
});
