/** A29: what the API server is asked to check follows from a rule, its twin in CEL, and the stack. */
import { expect } from "chai";

import { type AdmissionSite, admissionPolicies } from "../../policy/src/admission/policies.ts";
import { type Twin, ofContainers, ofObjects, ofPods } from "../../policy/src/admission/twin.ts";
import { twins } from "../../policy/src/admission/twins/index.ts";
import { allRules } from "../../policy/src/packs.ts";
import type { RuleAbout } from "../../policy/src/rule.ts";

const rule = (id: string, local: "advisory" | "mandatory" = "advisory"): RuleAbout => ({
  id,
  item: 3,
  description: "It is so.",
  severity: "high",
  levels: { local, staging: "mandatory", production: "mandatory" },
  fix: "make it so.",
  url: "https://example.com/why",
  frameworks: [],
});
const site: AdmissionSite = {
  stack: "local",
  mode: "deny",
  unjudged: ["kube-system"],
  makers: ["argo-rollouts"],
  exceptions: [],
  today: "2026-11-24",
};

function only(twin: Twin, change: Partial<AdmissionSite> = {}, about = rule("a-rule")) {
  const [made, ...others] = admissionPolicies(
    [about, rule("without")],
    { [about.id]: twin },
    { ...site, ...change },
  );
  if (made === undefined || others.length > 0) throw new Error("one rule has a twin, and so a policy");
  return made;
}

const roles = ofObjects("roles", "object.rules.size() > 0");

describe("admission policies", () => {
  it("are there for the rules that have a twin, named after them", () => {
    const made = only(roles);
    expect(made.name).to.equal("paw-a-rule");
    expect(made.binding.policyName).to.equal("paw-a-rule");
    expect(made.annotations).to.deep.equal({
      "paw.network/rule": "a-rule",
      "paw.network/standard": "https://example.com/why",
    });
  });

  it("of a rule about objects match their resources, when they are made or changed", () => {
    const { policy } = only(roles);
    expect(policy.failurePolicy).to.equal("Fail");
    expect(policy.matchConstraints.resourceRules).to.deep.equal([
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: ["roles", "clusterroles"],
      },
    ]);
    expect(policy.variables).to.deep.equal([]);
    expect(policy.validations).to.deep.equal([
      {
        expression: "object.rules.size() > 0",
        message: "a-rule: It is so. Fix: make it so.",
        reason: "Forbidden",
      },
    ]);
  });

  it("of a rule about pods match every kind that runs them, and kubectl debug", () => {
    const matched = only(ofPods("true")).policy.matchConstraints.resourceRules.flatMap(
      ({ apiGroups, apiVersions, resources }) =>
        resources.map((resource) => `${apiGroups.join()}/${apiVersions.join()}/${resource}`),
    );
    expect(matched).to.have.members([
      ...["pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"].map(
        (name) => `/v1/${name}`,
      ),
      ...["deployments", "statefulsets", "daemonsets", "replicasets"].map((name) => `apps/v1/${name}`),
      ...["jobs", "cronjobs"].map((name) => `batch/v1/${name}`),
      "argoproj.io/v1alpha1/rollouts",
    ]);
  });

  it("define the variables that they use, those that these use, and no others, in an order that works", () => {
    expect(only(ofPods("has(object.x)")).policy.variables).to.deep.equal([]);
    expect(only(ofPods("variables.windows")).policy.variables.map(({ name }) => name)).to.deep.equal([
      "template",
      "pod",
      "windows",
    ]);
    expect(only(ofContainers("c.x")).policy.variables.map(({ name }) => name)).to.deep.equal([
      "template",
      "pod",
      "lasting",
      "containers",
    ]);
    const own: Twin = {
      on: ["secrets"],
      variables: { a: "1", b: "2" },
      checks: [{ holds: "variables.b > 1" }],
    };
    expect(only(own).policy.variables).to.deep.equal([{ name: "b", expression: "2" }]);
  });

  it("hold for each container, and the message names those that break them", () => {
    const [validation] = only(ofContainers("c.x == 1", "lasting")).policy.validations;
    expect(validation?.expression).to.equal("variables.lasting.all(c, c.x == 1)");
    expect(validation?.messageExpression).to.contain("variables.lasting.filter(c, !(c.x == 1))");
  });

  it("refuse what is mandatory on the stack where they are to deny, and warn otherwise", () => {
    const actions = (...args: Parameters<typeof only>) => only(...args).binding.validationActions;
    expect(actions(roles, { stack: "production" })).to.deep.equal(["Deny", "Audit"]);
    expect(actions(roles, { stack: "local" })).to.deep.equal(["Warn", "Audit"]);
    expect(actions(roles, { stack: "local" }, rule("a-rule", "mandatory"))).to.deep.equal(["Deny", "Audit"]);
    expect(actions(roles, { stack: "production", mode: "warn" })).to.deep.equal(["Warn", "Audit"]);
  });

  it("leave out namespaces, what controllers make, what is on its way out, and what is excepted", () => {
    const exception = { rules: ["a-rule"], reason: "r", owner: "o", ticket: "t", expires: "2026-11-24" };
    const made = only(roles, {
      exceptions: [
        { ...exception, object: "Role a/held" },
        { ...exception, object: "Role a/ended", expires: "2026-11-23" },
        { ...exception, object: "Role a/other", rules: ["b-rule"] },
      ],
    });
    expect(made.binding.matchResources.namespaceSelector.matchExpressions).to.deep.equal([
      { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system"] },
    ]);
    const conditions = made.policy.matchConditions;
    expect(conditions.map(({ name }) => name)).to.deep.equal([
      "by-no-controller",
      "not-on-its-way-out",
      "not-excepted",
    ]);
    expect(conditions[0]?.expression).to.contain('["system:serviceaccounts:argo-rollouts"]');
    expect(conditions[2]?.expression).to.match(/ in \["Role a\/held"\]\)$/);
    expect(only(roles).policy.matchConditions.map(({ name }) => name)).not.to.include("not-excepted");
  });

  it("are written for rules that there are, each with a check", () => {
    const ids = allRules.map(({ id }) => id);
    expect(ids).to.include.members(Object.keys(twins));
    for (const [id, { on, checks }] of Object.entries(twins)) {
      expect(on.length, id).to.be.greaterThan(0);
      expect(checks.length, id).to.be.greaterThan(0);
    }
  });
});
