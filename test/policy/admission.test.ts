import { expect } from "chai";

import { type AdmissionSite, admissionPolicies } from "../../policy/src/admission/policies.ts";
import { podResources } from "../../policy/src/admission/podVariables.ts";
import { twins, withoutTwin } from "../../policy/src/admission/twins/index.ts";
import { checklistRules } from "../../policy/src/rules/index.ts";
import { holds } from "../../policy/src/rule.ts";
import { forms } from "../../policy/src/rules/secrets/patterns.ts";
import { wrappers } from "./fixtures.ts";

const exception = {
  object: "Deployment shop/web",
  rules: ["pss-privileged"],
  reason: "a test",
  owner: "nobody",
  expires: "2026-11-25",
  ticket: "none",
};
const site: AdmissionSite = {
  stack: "production",
  mode: "deny",
  unjudged: ["kube-system", "vault"],
  makers: ["kube-system", "external-secrets"],
  exceptions: [],
  today: "2026-11-25",
};
const written = (changes: Partial<AdmissionSite> = {}, rules = checklistRules) =>
  admissionPolicies(rules, twins, { ...site, ...changes });
type Written = ReturnType<typeof written>[number];
/** The validations of one rule, wherever they stand. */
const validations = (of: readonly Written[], id: string): Written["policy"]["validations"] =>
  of.flatMap(({ policy }) => policy.validations.filter(({ message }) => message.startsWith(`${id}: `)));

describe("A29: admission policies out of the catalogue", () => {
  it("every rule of the checklist has a twin in CEL, or a reason to have none; nothing else has", () => {
    const listed = [...Object.keys(twins), ...Object.keys(withoutTwin)];
    expect(listed).to.have.members(checklistRules.map(({ id }) => id));
    expect(new Set(listed).size).to.equal(listed.length);
    for (const [id, reason] of Object.entries(withoutTwin)) expect(reason, id).to.match(/\w+( \w+){5}/);
  });

  it("a policy and a binding for each kind of target, which fail closed", () => {
    for (const { name, policy, binding } of written()) {
      expect(name).to.match(/^paw-[a-z-]{1,59}$/);
      expect(binding.policyName).to.equal(name);
      expect(policy.failurePolicy).to.equal("Fail");
    }
    expect(new Set(written().map(({ name }) => name)).size).to.equal(written().length);
  });

  it("every check of every twin is in the policy of each of its targets, in the catalogue's order", () => {
    for (const [id, twin] of Object.entries(twins)) {
      expect(validations(written(), id).length, id).to.equal(twin.checks.length * twin.on.length);
      expect(written().filter(({ rules }) => rules.includes(id)).length, id).to.equal(twin.on.length);
    }
    const ids = checklistRules.map(({ id }) => id);
    for (const { rules } of written()) {
      expect(rules).to.deep.equal(rules.toSorted((one, other) => ids.indexOf(one) - ids.indexOf(other)));
    }
  });

  it("a message begins with the rule, ends with its fix and has nothing out of the object but containers' names", () => {
    for (const { id, fix } of checklistRules) {
      for (const { message, messageExpression } of validations(written(), id)) {
        expect(message.endsWith(fix)).to.equal(true);
        if (messageExpression === undefined) continue;
        // What is put together at run time: between two texts, a list of names.
        const [, before = '""', list, after = '""'] =
          /^("(?:[^"\\]|\\.)*") \+ (variables.*) \+ ("(?:[^"\\]|\\.)*")$/.exec(messageExpression) ?? [];
        expect(JSON.parse(before)).to.equal(`${id} (containers: `);
        expect(list).to.match(
          /^variables\.\w+\.filter\(c, !\(.*\)\)\.map\(c, string\(c\.name\)\)\.join\(", "\)$/,
        );
        expect(JSON.parse(after)).to.match(/^\): /);
      }
    }
  });

  it("staging warns and audits; production denies what is mandatory there, and warns of the rest", () => {
    const actions = (changes: Partial<AdmissionSite>, rules = checklistRules): string[] => [
      ...new Set(written(changes, rules).map(({ binding }) => binding.validationActions.join())),
    ];
    expect(actions({ stack: "staging", mode: "warn" })).to.deep.equal(["Warn,Audit"]);
    expect(actions({})).to.deep.equal(["Deny,Audit"]);
    const [first] = checklistRules;
    if (first === undefined) throw new Error("there are rules");
    const mild = { ...first, levels: { ...holds.inProduction, production: "advisory" as const } };
    expect(actions({}, [mild])).to.deep.equal(["Warn,Audit"]);
    const both = written({}, [...checklistRules.slice(1), mild]).filter(({ rules }) =>
      rules.includes(mild.id),
    );
    expect(both.map(({ name }) => name)).to.deep.equal(["paw-pods-advice"]);
  });

  it("leaves out the namespaces of controllers, and what controllers make", () => {
    for (const { binding } of written()) {
      expect(binding.matchResources.namespaceSelector.matchExpressions).to.deep.equal([
        { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system", "vault"] },
      ]);
    }
    for (const { policy } of written()) {
      const by = policy.matchConditions.find(({ name }) => name === "by-no-controller")?.expression;
      expect(by).to.contain(
        '["system:serviceaccounts:kube-system","system:serviceaccounts:external-secrets"]',
      );
      // Not judged is not trusted.
      expect(by).not.to.contain("vault");
    }
  });

  it("takes over an exception for its rule and object up to and with its last day, and no longer", () => {
    const holdsFor = (changes: Partial<AdmissionSite>, id: string): boolean =>
      validations(written({ exceptions: [exception], ...changes }), id).every(({ expression }) =>
        expression.startsWith('variables.named in ["Deployment shop/web"] || '),
      );
    expect(holdsFor({}, "pss-privileged")).to.equal(true);
    expect(holdsFor({}, "pss-seccomp")).to.equal(false);
    expect(holdsFor({ today: "2026-11-26" }, "pss-privileged")).to.equal(false);
    // On the stacks that it names.
    const elsewhere = { ...exception, stacks: ["local"] as const };
    expect(holdsFor({ exceptions: [elsewhere], stack: "local" }, "pss-privileged")).to.equal(true);
    expect(holdsFor({ exceptions: [elsewhere], stack: "production" }, "pss-privileged")).to.equal(false);
    // What is not judged needs no exception.
    expect(holdsFor({ unjudged: ["shop"] }, "pss-privileged")).to.equal(false);
  });

  it("rules about pods match every kind that bears one, and what kubectl debug adds", () => {
    const kinds = wrappers
      .filter(({ apiVersion, kind }) => !kind.endsWith("Patch") && !apiVersion.startsWith("extensions/"))
      .map(({ apiVersion, kind }) => `${apiVersion} ${kind.toLowerCase()}s`);
    const matched = podResources.flatMap(({ group, version, resources }) =>
      resources.map((resource) => `${group === "" ? version : `${group}/${version}`} ${resource}`),
    );
    expect(matched).to.have.members([...kinds, "v1 pods/ephemeralcontainers"]);
    const policy = written().find(({ name }) => name === "paw-pods")?.policy;
    const resources = policy?.matchConstraints.resourceRules.flatMap((rule) => rule.resources);
    expect(resources).to.have.members(podResources.flatMap((each) => each.resources));
  });

  it("variables are there before they are used, and none is there for nothing", () => {
    for (const { name, policy } of written()) {
      const known = new Set<string>();
      const uses = (expression: string): string[] =>
        [...expression.matchAll(/\bvariables\.(\w+)/g)].map(([, variable = ""]) => variable);
      const used = policy.validations.flatMap(({ expression }) => uses(expression));
      for (const variable of policy.variables) {
        for (const each of uses(variable.expression))
          expect(known.has(each), `${name}: ${each}`).to.equal(true);
        used.push(...uses(variable.expression));
        known.add(variable.name);
      }
      expect([...known], name).to.have.members([...new Set(used)]);
    }
  });

  it("what is looked for before a pattern of secrets is in whatever the pattern matches", () => {
    for (const [part, { source: pattern }] of forms) expect(pattern.replaceAll("\\/", "/")).to.contain(part);
  });
});
