/** The gate as typed: what fails production's preview, and what one wrong line in the program is told. */
import { expect } from "chai";

import { type Outcome, Sandbox } from "../support/sandbox.ts";

/** A wrong line, and what the preview says of it. */
interface Sabotage {
  readonly item: number;
  readonly what: string;
  readonly file: string;
  readonly line: readonly [from: string, to: string];
  readonly rule: string;
  /** The object, as the message names it. */
  readonly object: string;
}

const sabotages: readonly Sabotage[] = [
  {
    item: 1,
    what: "a privileged container",
    file: "components/bizra/podTemplate.ts",
    line: [
      "securityContext: restrictedContainerContext()",
      "securityContext: { ...restrictedContainerContext(), privileged: true }",
    ],
    rule: "pss-privileged",
    object: "Deployment bizra/bizra-apex",
  },
  {
    item: 2,
    what: "a default deny of ingress alone",
    file: "components/security/networkPolicies.ts",
    line: [
      '{ podSelector: {}, policyTypes: ["Ingress", "Egress"] }',
      '{ podSelector: {}, policyTypes: ["Ingress"] }',
    ],
    rule: "netpol-default-deny",
    object: "Namespace paw",
  },
  {
    item: 3,
    what: "any verb for viewers",
    file: "components/security/rbac.ts",
    line: ['resources: ["jobs", "cronjobs"], verbs: read', 'resources: ["jobs", "cronjobs"], verbs: ["*"]'],
    rule: "rbac-wildcard",
    object: "Role paw/paw-viewer",
  },
  {
    item: 4,
    what: "a token in the environment",
    file: "components/bizra/app.ts",
    line: ["env = { NODE_ENV: args.nodeEnv,", 'env = { NODE_ENV: args.nodeEnv, API_TOKEN: "hunter2-kV9",'],
    rule: "env-literal",
    object: "Deployment bizra/bizra-apex",
  },
  {
    item: 5,
    what: "a pod outside the mesh",
    file: "components/bizra/podTemplate.ts",
    line: ["annotations: {", 'annotations: { "linkerd.io/inject": "disabled",'],
    rule: "mesh-optout",
    object: "Deployment bizra/bizra-apex",
  },
  {
    item: 6,
    what: "a node without limits",
    file: "components/chain/podTemplate.ts",
    line: ["resources: { requests: resources, limits: resources }", "resources: { requests: resources }"],
    rule: "res-limits",
    object: "StatefulSet paw/paw-validator",
  },
  {
    item: 7,
    what: "pods that may be root",
    file: "components/security/podSecurity.ts",
    line: ["runAsNonRoot: true", "runAsNonRoot: false"],
    rule: "pss-run-as-non-root",
    object: "StatefulSet paw/paw-validator",
  },
  {
    item: 8,
    what: "refusals that nobody records",
    file: "policy/src/admission/policies.ts",
    line: ['[denied ? "Deny" : "Warn", "Audit"]', '[denied ? "Deny" : "Warn"]'],
    rule: "vap-audit",
    object: "ValidatingAdmissionPolicyBinding",
  },
  {
    item: 9,
    what: "an image from somewhere",
    file: "Pulumi.production.yaml",
    line: ["ghcr.io/bizra/node", "ghcr.io/bizarre/node"],
    rule: "img-registry",
    object: "Deployment bizra/bizra-apex",
  },
  {
    item: 10,
    what: "a backup's password in the program",
    file: "components/backup/restic.ts",
    line: [
      '{ name: "RESTIC_PASSWORD_FILE", value: `${secretFolder}/RESTIC_PASSWORD` }',
      '{ name: "RESTIC_PASSWORD", value: "hunter2-kV9" }',
    ],
    rule: "backup-encrypted",
    object: "CronJob paw/paw-backup",
  },
];

/** Both packs at production's levels, as a pull request's check types it. */
const gate = [
  ...["preview", "--stack", "production"],
  ...["checklist", "integrity"].flatMap((pack) => [
    ...["--policy-pack", `policy/${pack}`],
    ...["--policy-pack-config", "policy/config/production.json"],
  ]),
];

/** Ids of rules that failed: what the engine prints before the object's own line. */
function failed({ all }: Outcome): string[] {
  const ids = [...all.matchAll(/\[mandatory\]\s+(?:\[severity: \w+\]\s+)?([a-z][a-z0-9-]+)/g)];
  return [...new Set(ids.map(([, id]) => id ?? ""))].toSorted();
}

describe("the policy gate", () => {
  let sandbox: Sandbox;

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.create();
    await sandbox.loadEnvironment();
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  it("production: nothing fails but what cannot be evaluated without charts, and that is not green", async () => {
    const preview = await sandbox.run("pulumi", gate);
    expect(failed(preview), preview.all).to.deep.equal(["meta-evaluated"]);
    expect(preview.all).to.contain("not evaluated: ").and.to.contain("paw:charts.source");
    expect(preview.exitCode).not.to.equal(0);
  });

  it("policy/both finds what the two packs find", async () => {
    const told = ({ all }: Outcome): string[] =>
      [
        ...new Set([...all.matchAll(/^ +([a-z0-9-]+: [A-Z]\w+ \S+)/gm)].map(([, line]) => line ?? "")),
      ].toSorted();
    const all = ["--policy-pack", "policy/both", "--policy-pack-config", "policy/config/production.json"];
    const [two, one] = [
      await sandbox.run("pulumi", gate),
      await sandbox.run("pulumi", ["preview", "--stack", "production", ...all]),
    ];
    expect(failed(one), one.all).to.deep.equal(["meta-evaluated"]);
    expect(told(two)).to.have.length.above(20);
    expect(told(one)).to.deep.equal(told(two));
  });

  it("without a configuration, levels are production's", async () => {
    const preview = await sandbox.run("pulumi", gate.slice(0, 5));
    expect(failed(preview), preview.all).to.deep.equal(["meta-evaluated"]);
  });

  for (const { item, what, file, line, rule, object } of sabotages) {
    it(`item ${item}: ${what} fails the preview: ${rule}`, async () => {
      const preview = await sandbox.withChange(
        file,
        (text) => text.replace(...line),
        () => sandbox.run("pulumi", gate),
      );
      expect(preview.exitCode).not.to.equal(0);
      expect(failed(preview), preview.all).to.include(rule);
      expect(preview.all)
        .to.contain(`${rule}: ${object}`)
        .and.to.contain("found ")
        .and.to.contain(", wanted ")
        .and.to.contain("Fix: ");
      expect(preview.all).not.to.contain("hunter2");
    });
  }

  it("a misspelt rule in the configuration is an error", async () => {
    const preview = await sandbox.withChange(
      "policy/config/production.json",
      (text) =>
        text.replaceAll(
          '"stack": "production"',
          '"stack": "production", "levels": { "pss-privilegd": "advisory" }',
        ),
      () => sandbox.run("pulumi", gate),
    );
    expect(preview.exitCode).not.to.equal(0);
    expect(preview.all).to.contain("pss-privilegd");
  });

  it("paw policy check says the same of the same preview, and exits with 1", async () => {
    const check = await sandbox.run("npx", [
      "paw",
      "policy",
      "check",
      "--stack",
      "production",
      "--format",
      "json",
    ]);
    expect(check.exitCode).to.equal(1);
    const { findings, notEvaluated } = JSON.parse(check.stdout) as {
      findings: { rule: string; status: string }[];
      notEvaluated: string[];
    };
    const blocking = findings.filter(({ status }) => status === "failed").map(({ rule }) => rule);
    expect([...new Set(blocking)]).to.deep.equal(["meta-evaluated"]);
    expect(notEvaluated).to.include("mesh-injected");
  });
});
