import { expect } from "chai";

import {
  type Action,
  actionName,
  allowedRights,
  sensitiveActions,
} from "../../../components/security/sensitiveRights.ts";
import { type Answered, type Asker, groupsOf, judgeRights } from "../../../ops/src/suites/security/rights.ts";

const parts = { paw: "paw", bizra: "testnet" };
const access = { viewers: ["look"], operators: ["act"] };

const account = (part: "paw" | "bizra", name: string): Asker => ({
  ...{ name: `${parts[part]}/${name}`, user: name, groups: [] },
  subjects: [{ kind: "account", part, name }],
});
const group = (name: string): Asker => {
  const found = groupsOf({ access }).find((asker) => asker.groups.includes(name));
  if (found === undefined) throw new Error(`no group ${name}`);
  return found;
};
const action = (text: string): Action => {
  const found = sensitiveActions.find((each) => actionName(each) === text);
  if (found === undefined) throw new Error(`no action ${text}`);
  return found;
};
const answer = (
  asker: Asker,
  text: string,
  { allowed, namespace = "paw" }: { allowed: boolean; namespace?: string },
): Answered => ({
  ...{ asker, action: action(text), namespace, allowed, reason: allowed ? 'RBAC: by RoleBinding "x"' : "" },
});
const found = (...answers: Answered[]): string[] =>
  judgeRights(answers, { parts, lines: allowedRights }).faults.map((fault) => fault.found);

describe("A1, A25: what accounts and groups may do", () => {
  it("the written table: no line lets anybody read or write a Secret, enter a pod, run one, or give rights", () => {
    const dangerous =
      /secrets|exec|attach|ephemeral|token|impersonate|bind|escalate|roles|webhook|(create|patch) (pods|apps|batch)|nodes|namespaces/;
    const lines = allowedRights.flatMap(({ actions }) => actions);
    // Scaling changes a number, and nothing that runs.
    expect(
      lines.filter((line) => dangerous.test(line) && !/(scale|eviction|portforward)$/.test(line)),
    ).to.deep.equal([]);
    for (const line of lines) expect(() => action(line), line).not.to.throw();
    for (const { reason } of allowedRights) expect(reason).to.have.length.above(20);
  });

  it("asks about what NSA and CIS call dangerous, each once", () => {
    const names = sensitiveActions.map(actionName);
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.include.members([
      "get secrets",
      "list secrets (cluster)",
      "create pods",
      "create pods/exec",
      "create serviceaccounts/token",
      "impersonate users (cluster)",
      "escalate rbac.authorization.k8s.io/clusterroles (cluster)",
      "bind rbac.authorization.k8s.io/roles",
      "create nodes/proxy (cluster)",
      "patch admissionregistration.k8s.io/validatingwebhookconfigurations (cluster)",
      "patch networking.k8s.io/networkpolicies",
      "patch paw.network/consensuskeyreservations (cluster)",
    ]);
  });

  it("answers that are as written are no fault", () => {
    const validator = account("paw", "paw-validator");
    const named = "patch paw.network/consensuskeyreservations[name] (cluster)";
    expect(
      found(
        answer(group("look"), "get pods/log", { allowed: true }),
        answer(group("look"), "get secrets", { allowed: false }),
        answer(group("act"), "delete pods", { allowed: true, namespace: "testnet" }),
        answer(validator, named, { allowed: true, namespace: "" }),
        answer(account("bizra", "bizra-apex"), "get secrets", { allowed: false, namespace: "testnet" }),
      ),
    ).to.deep.equal([]);
  });

  it("a right that nobody wrote is found, and what gave it is named", () => {
    const open = (asker: Asker, text: string, namespace = "paw"): string[] =>
      found(answer(asker, text, { allowed: true, namespace }));
    expect(open(account("paw", "paw-api"), "get secrets")).to.deep.equal([
      'paw/paw-api may get secrets in paw: RBAC: by RoleBinding "x"',
    ]);
    expect(open(account("paw", "nobody-knows"), "create pods")).to.have.length(1);
    expect(open(group("look"), "delete pods"), "a viewer acts").to.have.length(1);
    expect(open(group("act"), "create pods/exec"), "an operator enters pods").to.have.length(1);
    expect(open(group("system:unauthenticated"), "get pods/log")).to.have.length(1);
    // The account of the same name in the other namespace is another one.
    const impostor = account("bizra", "paw-validator");
    expect(open(impostor, "get paw.network/consensuskeyreservations[name] (cluster)", "")).to.have.length(1);
    const validator = account("paw", "paw-validator");
    expect(open(validator, "patch paw.network/consensuskeyreservations (cluster)", "")).to.have.length(1);
  });

  it("a right that is needed and missing is found", () => {
    expect(found(answer(group("act"), "patch apps/statefulsets/scale", { allowed: false }))).to.deep.equal([
      "group act may not patch apps/statefulsets/scale in paw, which it needs",
    ]);
  });

  it("nobody to ask about is a fault, not a pass", () => {
    expect(found()).to.deep.equal(["nobody was asked about"]);
  });
});
