import { readFileSync } from "node:fs";

import { expect } from "chai";

import { components } from "../../../ops/src/commands/operationCommands.ts";
import { componentTypes, targetArguments } from "../../../ops/src/deployment/components.ts";
import { type Update, previousOf, readHistory } from "../../../ops/src/deployment/history.ts";
import { type DeploymentRecord, incidentPage, recordPage } from "../../../ops/src/records/record.ts";
import { readPreview } from "../../../ops/src/verify/drift.ts";
import { type Scheduled, backupFaults } from "../../../ops/src/verify/objects.ts";

const update = (version: number, change: Partial<Update> = {}): Update => ({
  version,
  succeeded: true,
  ended: `2026-11-0${version}T00:00:00Z`,
  commit: "a".repeat(40),
  dirty: false,
  config: { "paw:bizra": { image: "x:1" } },
  ...change,
});

describe("A18: components", () => {
  it("every component that index.ts makes can be named, and none that it does not make", () => {
    const root = new URL("../../../", import.meta.url);
    const index = readFileSync(new URL("index.ts", root), "utf8");
    const made = [...index.matchAll(/new (\w+)\(/g)].flatMap(([, name = ""]) => {
      const source = new RegExp(`\\b${name}\\b[^;]*?(?:from|import\\()\\s*"(\\./components/[^"]+)"`).exec(
        index,
      )?.[1];
      if (source === undefined) return [];
      const text = readFileSync(new URL(source, root), "utf8");
      return /super\(\s*"([^"]+)"/.exec(text)?.[1] ?? [];
    });
    const named = Object.values(componentTypes).flat();
    expect(made).to.include.members(["paw:chain:PawChain", "paw:bizra:BizraApp"]);
    // Vault's configuration needs a Vault that is open, and the binding to the cluster is always chosen.
    expect([...new Set(made)].filter((type) => type !== "paw:vault:VaultConfig").sort()).to.deep.equal(
      [...named].sort(),
    );
  });

  it("choose the cluster's binding as well, through which everything goes", () => {
    const args = targetArguments("local", ["bizra"]);
    expect(args.filter((arg) => arg !== "--target")).to.deep.equal([
      "urn:pulumi:local::paw::paw:platform:Cluster**",
      "urn:pulumi:local::paw::pulumi:providers:kubernetes**",
      "urn:pulumi:local::paw::paw:bizra:BizraApp**",
      "urn:pulumi:local::paw::paw:bizra:BizraCanary**",
      "urn:pulumi:local::paw::paw:bizra:BizraMonitoring**",
    ]);
    expect(targetArguments("local", [])).to.deep.equal([]);
  });

  it("a slip is refused with what there is", () => {
    expect(components("chain, bizra")).to.deep.equal(["chain", "bizra"]);
    expect(() => components("chain,bizzra")).to.throw(/no component: bizzra; there are .*bizra/);
  });
});

describe("A27: what a rollback goes back to", () => {
  it("after a success: to the newest that is something else", () => {
    const updates = [
      update(4, { commit: "b".repeat(40) }),
      update(3, { commit: "b".repeat(40) }),
      update(2, { succeeded: false }),
      update(1),
    ];
    expect(previousOf(updates).version).to.equal(1);
  });

  it("after a failure: to the newest that succeeded, whatever it was", () => {
    expect(previousOf([update(3, { succeeded: false }), update(2), update(1)]).version).to.equal(2);
  });

  it("another configuration is something else", () => {
    const updates = [update(2, { config: { "paw:bizra": { image: "x:2" } } }), update(1)];
    expect(previousOf(updates).version).to.equal(1);
  });

  it("by number, but never to one that failed", () => {
    const updates = [update(3), update(2, { succeeded: false }), update(1)];
    expect(previousOf(updates, 1).version).to.equal(1);
    expect(() => previousOf(updates, 2)).to.throw(/update 2 is none that succeeded \(succeeded: 3, 1\)/);
  });

  it("nothing to go back to is said, and what there is", () => {
    expect(() => previousOf([update(2), update(1)])).to.throw(/nothing to go back to.*succeeded: 2, 1/);
    expect(() => previousOf([])).to.throw(/succeeded: none/);
  });

  it("the history is read as Pulumi writes it, and previews do not count", () => {
    const entry = (kind: string, result: string): Parameters<typeof readHistory>[0][number] => ({
      kind,
      result,
      version: 0,
      endTime: "2026-11-25T00:00:00Z",
      environment: { "git.head": "c".repeat(40), "git.dirty": "true" },
      config: { "paw:bizra": { value: "{}", objectValue: { replicas: 3 } }, "paw:x": { value: "text" } },
    });
    const read = readHistory([
      entry("update", "succeeded"),
      entry("preview", "succeeded"),
      entry("update", "failed"),
    ]);
    expect(read.map(({ version, succeeded }) => [version, succeeded])).to.deep.equal([
      [3, true],
      [1, false],
    ]);
    expect(read[0]).to.deep.include({
      commit: "c".repeat(40),
      dirty: true,
      config: { "paw:bizra": { replicas: 3 }, "paw:x": "text" },
    });
  });
});

describe("A20: paw verify", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");
  const job = (hours: number, change: object = {}): Scheduled => ({
    metadata: { name: "paw-backup", creationTimestamp: new Date(now - hours * 3_600_000) },
    ...change,
  });

  it("a backup is missed after 26 hours, and not before the first is due", () => {
    expect(backupFaults(job(1), now)).to.deep.equal([]);
    expect(backupFaults(job(27), now)).to.deep.equal(["paw-backup has not succeeded for 27 hours"]);
    const status = { lastSuccessfulTime: new Date(now - 3_600_000) };
    expect(backupFaults(job(500, { status }), now)).to.deep.equal([]);
    expect(backupFaults(job(1, { spec: { suspend: true } }), now)).to.deep.equal(["paw-backup is suspended"]);
  });

  it("drift names objects and fields", () => {
    const urn = (name: string): string =>
      `urn:pulumi:local::paw::paw:chain:PawChain$kubernetes:apps/v1:StatefulSet::${name}`;
    const steps = [
      { op: "same", urn: urn("a") },
      { op: "refresh", urn: urn("b") },
      { op: "update", urn: urn("c"), diffReasons: ["spec"] },
      { op: "create", urn: urn("d"), diffReasons: null },
    ];
    const conflict = 'Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec.x';
    const diagnostics = [
      { severity: "error", urn: urn("e"), message: conflict },
      { severity: "error", urn: "urn:pulumi:local::paw::pulumi:pulumi:Stack::paw-local", message: "failed" },
      { severity: "warning", urn: urn("f"), message: "something" },
    ];
    const outcome = readPreview(JSON.stringify({ steps, diagnostics }), "local");
    expect(outcome.found).to.equal("3 of 4 resources differ");
    expect(outcome.faults.map(({ found }) => found)).to.deep.equal([
      'kubernetes:apps/v1:StatefulSet e: .spec.x was changed by "kubectl-set"',
      "kubernetes:apps/v1:StatefulSet c: update (spec)",
      "kubernetes:apps/v1:StatefulSet d: create",
    ]);
  });
});

describe("B16: records", () => {
  const record: DeploymentRecord = {
    id: "20261125t120000z-upgrade",
    command: "upgrade",
    stack: "local",
    context: "paw-local",
    by: "someone@somewhere",
    program: { commit: "a".repeat(40), dirty: true },
    before: { deployed: "2026-11-24T00:00:00Z", revisions: [] },
    components: ["bizra"],
    versions: { "bizra image": "x:2" },
    begun: "2026-11-25T12:00:00.000Z",
    ended: "2026-11-25T12:05:00.000Z",
    outcome: "rolled back",
    reason: "5 error logs: a|b",
    steps: [{ at: "2026-11-25T12:01:00.000Z", what: "applied: 3 changes" }],
    changes: { update: 3, same: 100 },
    checks: [
      {
        id: "error-logs",
        title: "5 error logs",
        verdict: "failed",
        found: "9 lines read",
        faults: [{ found: "pod: 1 lines", next: "kubectl logs" }],
      },
    ],
    watch: {
      minutes: 30,
      looks: [
        { at: "2026-11-25T12:02:00.000Z", failed: [] },
        { at: "2026-11-25T12:03:00.000Z", failed: ["5 error logs: pod: 1 lines"] },
      ],
    },
  };

  it("say who, what, which versions, what was found and how it ended", () => {
    const page = recordPage(record);
    for (const part of [
      "# upgrade of local: rolled back",
      "| who | someone@somewhere |",
      "| bizra image | x:2 |",
      "| reason | 5 error logs: a\\|b |",
      "| 5 error logs | failed | 9 lines read |",
      "2 looks, 1 of them with something wrong.",
    ])
      expect(page).to.contain(part);
  });

  it("an incident report begins with what is known, and asks for the rest", () => {
    const page = incidentPage(record);
    for (const part of [
      "Outcome: rolled back",
      "## Timeline (UTC)",
      "- 5 error logs: pod: 1 lines -> kubectl logs",
      "## Cause",
    ])
      expect(page).to.contain(part);
  });
});
