/**
 * A29: the bad objects that a preview refuses, refused by the API server itself, through the policies that the
 * catalogue writes; and what the API server writes down.
 *
 * Every case without unknowns of the rules' own tests, and drawn ones, are sent with a dry run. The rules in TypeScript
 * and in CEL have to agree on the object as the API server completed it.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { findProcesses } from "../../ops/src/processes.ts";
import { twins } from "../../policy/src/admission/twins/index.ts";
import type { Manifest } from "../../policy/src/k8s/manifest.ts";
import { checklistRules } from "../../policy/src/rules/index.ts";
import { goodPod } from "../policy/rules/objectFixtures.ts";
import { admissionCases } from "../support/admission/cases.ts";
import { AdmissionCluster, type AuditEvent } from "../support/admission/cluster.ts";
import { brokenByOurs, brokenByStandard, isSeen, standardRules } from "../support/admission/podSecurity.ts";
import { type Verdict, namespace, rulesIn, runningPod, verdictsOf } from "../support/admission/verdicts.ts";
import { render } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";

const rules = checklistRules.filter(({ id }) => id in twins);
const ids = rules.map(({ id }) => id);
const cases = admissionCases();

describe("A29: the API server judges as the policy pack does", () => {
  let cluster: AdmissionCluster;
  let warned: Verdict[];
  let denied: Verdict[];

  before(async function () {
    this.timeout(600_000);
    cluster = await AdmissionCluster.create();
  });

  after(async () => {
    await (cluster as AdmissionCluster | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  describe("staging: warns and audits", () => {
    const judged = (): Verdict[] => warned.filter(({ answer }) => answer.status < 300);

    before(async function () {
      this.timeout(600_000);
      expect(await cluster.bind("staging", rules)).to.have.members(ids);
      const begun = Date.now();
      warned = await verdictsOf(cluster.api, cases, rules);
      const seconds = ((Date.now() - begun) / 1000).toFixed(0);
      console.info(
        `      ${judged().length} objects judged by both in ${seconds} s, ` +
          `${warned.length - judged().length} refused by the API server's own validation`,
      );
    });

    it("every policy compiles, and its expressions fit the schemas of all kinds that it matches", async () => {
      const path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
      const deadline = Date.now() + 60_000;
      for (;;) {
        const { items } = (await cluster.api.ok({ method: "GET", path })) as unknown as { items: Policy[] };
        const checked = items.filter(
          ({ metadata, status }) => status?.observedGeneration === metadata.generation,
        );
        if (checked.length === items.length || Date.now() > deadline) {
          expect(checked.map(({ metadata }) => metadata.name)).to.have.members(
            items.map(({ metadata }) => metadata.name),
          );
          const found = checked.flatMap(({ status }) => status?.typeChecking?.expressionWarnings ?? []);
          expect(found).to.deep.equal([]);
          return;
        }
        await sleep(500);
      }
    }).timeout(90_000);

    it("agrees with the rules on every object, rule by rule", () => {
      const differences = judged()
        .filter((each) => String(each.completed) !== String(each.warned))
        .map((each) => `${each.what}: rules ${String(each.completed)}; admission ${String(each.warned)}`);
      expect(differences).to.deep.equal([]);
      expect(judged().length).to.be.greaterThan(1000);
    });

    it("agrees with Kubernetes' own Pod Security admission on every pod, check by check", () => {
      const pods = judged().filter(({ answer }) => isSeen(answer.body));
      const verdicts = pods.map(({ what, answer }) => ({
        what,
        theirs: brokenByStandard(answer.warnings),
        ours: brokenByOurs(answer.body),
      }));
      const differences = verdicts
        .filter(({ theirs, ours }) => String(theirs) !== String(ours))
        .map(({ what, theirs, ours }) => `${what}: admission ${String(theirs)}; rules ${String(ours)}`);
      console.info(`      ${pods.length} pods judged by Pod Security admission as well`);
      expect(differences).to.deep.equal([]);
      const found = new Set(verdicts.flatMap(({ theirs }) => theirs));
      expect([...found].sort()).to.deep.equal(standardRules);
      expect(verdicts.filter(({ theirs }) => theirs.length === 0).length).to.be.greaterThan(100);
      expect(verdicts.filter(({ theirs }) => theirs.length > 0).length).to.be.greaterThan(300);
    });

    it("every rule with a twin was broken and kept in front of the API server", () => {
      for (const { id, judges } of rules) {
        const of = (broken: boolean): number =>
          judged().filter((each) => judges(each.answer.body) && each.warned.includes(id) === broken).length;
        expect(of(true), `${id}, broken`).to.be.greaterThan(0);
        expect(of(false), `${id}, kept`).to.be.greaterThan(0);
      }
    });

    it("differs from the object as it was written only where the API server filled something in", () => {
      const filled = new Set<string>();
      for (const { written, completed } of judged()) {
        for (const id of written.filter((each) => !completed.includes(each))) filled.add(`${id} kept`);
        for (const id of completed.filter((each) => !written.includes(each))) filled.add(`${id} broken`);
      }
      // A pod's requests are its limits where it names none; ports of a pod in the node's network are the node's.
      expect([...filled].sort()).to.deep.equal([
        "pss-host-ports broken",
        "res-ephemeral kept",
        "res-requests kept",
      ]);
    });

    it("what the API server refuses by itself is malformed, and nothing else stands in the way", () => {
      const refused = warned.filter(({ answer }) => answer.status >= 300);
      const reasons = refused.map(({ answer }) => `${answer.status} ${answer.body.reason ?? ""}`);
      expect([...new Set(reasons)].sort()).to.deep.equal(["400 BadRequest", "422 Invalid"]);
    });
  });

  describe("production: denies and audits", () => {
    before(async function () {
      this.timeout(600_000);
      expect(await cluster.bind("production", rules)).to.have.members(ids);
      denied = await verdictsOf(cluster.api, cases, rules);
    });

    it("refuses exactly the objects that break a rule, names the rule, and shows no value", () => {
      const wrong = denied.flatMap(({ what, answer }, index) => {
        const before = warned[index];
        const text = answer.body.message ?? "";
        const named = rulesIn(text);
        const right =
          before !== undefined &&
          (before.warned.length > 0
            ? answer.status === 403 && named.length === 1 && before.warned.includes(named[0] ?? "")
            : answer.status === before.answer.status);
        return right && !/hunter22|hvs\.|BEGIN|evil\.example/.test(text) ? [] : [`${what}: ${text}`];
      });
      expect(wrong).to.deep.equal([]);
      expect(denied.filter(({ answer }) => answer.status === 403).length).to.be.greaterThan(500);
    });

    it("says what to do: rule, containers, fix", async () => {
      const manifest = goodPod({
        "spec.ephemeralContainers": undefined,
        "spec.initContainers[0].readinessProbe": undefined,
        "spec.containers[1].securityContext.readOnlyRootFilesystem": false,
      });
      const [verdict] = await verdictsOf(cluster.api, [{ what: "a pod", manifest }], rules);
      expect(verdict?.answer.body.message).to.contain("pod-readonly-rootfs (containers: helper): ");
      expect(verdict?.answer.body.message).to.contain(
        "Fix: set securityContext.readOnlyRootFilesystem to true",
      );
    });

    for (const stack of ["staging", "production"]) {
      it(`admits what ${stack} renders itself`, async () => {
        const objects = (await render({ stack })).filter((each) => rules.some((rule) => rule.judges(each)));
        for (const name of new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))) {
          const own = objects.find(({ kind, metadata }) => kind === "Namespace" && metadata.name === name);
          if (own !== undefined) await cluster.api.apply(own);
        }
        const requests = objects
          .filter(({ kind }) => kind !== "Namespace")
          .map((manifest) => ({ what: `${manifest.kind} ${manifest.metadata.name}`, manifest }));
        const verdicts = await verdictsOf(cluster.api, requests, rules);
        const refused = verdicts.filter(({ answer }) => answer.status === 403);
        expect(refused.map(({ what, answer }) => `${what}: ${answer.body.message ?? ""}`)).to.deep.equal([]);
        expect(verdicts.filter(({ answer }) => answer.status === 201).length).to.be.greaterThan(40);
      }).timeout(60_000);
    }

    it("leaves the cluster's own namespaces alone, and what controllers make of what was judged", async () => {
      const create = async (where: string, account?: string): Promise<number> => {
        const body: Manifest = {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "s", namespace: where },
          data: { a: "eA==" },
        };
        const groups = `system:serviceaccounts:${account ?? ""}`;
        const headers = account
          ? { "impersonate-user": `system:serviceaccount:${account}:any`, "impersonate-group": groups }
          : {};
        const path = `/api/v1/namespaces/${where}/secrets?dryRun=All`;
        return (await cluster.api.send({ method: "POST", path, body, headers })).status;
      };
      for (const account of ["external-secrets", "cert-manager", namespace]) {
        await cluster.api.apply({
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRoleBinding",
          metadata: { name: `edits-${account}` },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
          subjects: [
            {
              kind: "Group",
              name: `system:serviceaccounts:${account}`,
              apiGroup: "rbac.authorization.k8s.io",
            },
          ],
        });
      }
      expect(await create(namespace)).to.equal(403);
      expect(await create("kube-system")).to.equal(201);
      expect(await create(namespace, "external-secrets")).to.equal(201);
      expect(await create(namespace, "cert-manager")).to.equal(201);
      expect(await create(namespace, namespace)).to.equal(403);
    });

    it("lets go what is on its way out, though it breaks a rule", async () => {
      const release = async (name: string): Promise<number> => {
        const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
        const body = { metadata: { finalizers: null } };
        const type = "application/merge-patch+json";
        return (await cluster.api.send({ method: "PATCH", path, body, type })).status;
      };
      expect(await release("staying")).to.equal(403);
      expect(await release("leaving")).to.equal(200);
    });
  });

  describe("item 8: the API server's audit log", () => {
    const value = "hunter22-audited";
    const found = (resource: string, subresource?: string): AuditEvent[] =>
      cluster
        .auditLog()
        .filter(({ objectRef }) => objectRef?.resource === resource && objectRef.subresource === subresource);

    it("has who read a Secret and who wanted into a pod, and no Secret's content", async () => {
      const path = "/api/v1/namespaces/kube-system/secrets";
      const metadata = { name: "audited" };
      const body = { apiVersion: "v1", kind: "Secret", metadata, stringData: { key: value } };
      await cluster.api.ok({ method: "POST", path, body });
      await cluster.api.ok({ method: "GET", path: `${path}/audited` });
      await cluster.sandbox.run("kubectl", ["exec", "-n", namespace, runningPod, "--", "true"]);
      const reads = found("secrets").filter(
        ({ verb, objectRef }) => verb === "get" && objectRef?.name === "audited",
      );
      expect(reads).to.have.length(1);
      expect(reads[0]?.user.username).to.match(/./);
      expect(found("secrets").every(({ level }) => level === "Metadata")).to.equal(true);
      expect(found("pods", "exec")).not.to.be.empty;
      const text = JSON.stringify(cluster.auditLog());
      for (const form of [value, Buffer.from(value).toString("base64")]) expect(text).not.to.contain(form);
    });

    it("has the words of a right that was granted", () => {
      const granted = found("clusterrolebindings").filter(({ level }) => level === "Request");
      expect(JSON.stringify(granted.map((each) => each.requestObject))).to.contain("edits-cert-manager");
    });

    it("has what broke a rule, admitted or not", () => {
      const failure = "validation.policy.admission.k8s.io/validation_failure";
      const failures = cluster.auditLog().filter(({ annotations }) => annotations?.[failure] !== undefined);
      expect(failures.length).to.be.greaterThan(1000);
    });

    it("is bounded", () => {
      const [server] = findProcesses(cluster.sandbox.folder).filter(({ command }) =>
        /^\S+\/bin\/kube-apiserver /.test(command),
      );
      expect(server?.command).to.match(/--audit-log-maxsize=\d+ --audit-log-maxbackup=\d+/);
    });
  });
});

interface Policy {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly typeChecking?: { readonly expressionWarnings?: readonly object[] };
  };
}
