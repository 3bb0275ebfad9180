/** A20: on an embedded cluster, one fault after the other, and each is found by the check that is for it. */
import { expect } from "chai";

import type { Result } from "../../ops/src/running/checks.ts";
import type { KubernetesObject } from "../support/rendered.ts";
import { type Outcome, Sandbox } from "../support/sandbox.ts";

/** Nothing runs in the pods of this test; suites.test.ts has a chain behind them. */
const hollow = "node-rpc,blocks,health";

describe("A20: paw verify --full finds", () => {
  let sandbox: Sandbox;

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.create();
    await sandbox.ok("npm", ["run", "up"]);
    await sandbox.loadEnvironment();
  });

  after(async function () {
    this.timeout(120_000);
    await Sandbox.disposeAll();
  });

  interface Answer {
    readonly exitCode: number;
    readonly results: readonly Result[];
  }
  const verify = async (): Promise<Answer> => {
    const { exitCode, stdout, all } = await sandbox.run("npx", [
      "paw",
      "verify",
      "--full",
      "--json",
      "--accept",
      hollow,
    ]);
    if (!stdout.startsWith("{")) throw new Error(all);
    return { exitCode, ...(JSON.parse(stdout) as { results: Result[] }) };
  };
  const kubectl = (...args: string[]): Promise<Outcome> => sandbox.ok("kubectl", args);
  const inPaw = (...args: string[]): Promise<Outcome> => kubectl(...args, "-n", "paw");
  // As the check's next step says it, also where somebody else owns a field by now.
  const deployAgain = (): Promise<Outcome> =>
    sandbox.ok("npx", ["paw", "deploy", "--refresh"], { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" });
  /** Waits for all pods of the chain's workloads. */
  const allReady = async (): Promise<void> => {
    for (const set of ["paw-validator", "paw-sentry", "paw-full-node"])
      await inPaw("rollout", "status", `statefulset/${set}`, "--timeout=90s");
  };
  /** Merges something into an object, given as `kind/name`. */
  const patch = (object: string, json: object, ...more: string[]): Promise<Outcome> =>
    inPaw("patch", object, "--type=merge", `-p=${JSON.stringify(json)}`, ...more);

  it("nothing where nothing is wrong", async () => {
    await allReady();
    await deployAgain();
    const { exitCode, results } = await verify();
    expect(results.filter(({ faults }) => faults.length > 0)).to.deep.equal([]);
    expect(exitCode).to.equal(0);
  }).timeout(120_000);

  const faults: readonly {
    readonly fault: string;
    readonly check: string;
    readonly says: RegExp;
    readonly inject: () => Promise<unknown>;
    readonly undo: () => Promise<unknown>;
  }[] = [
    {
      fault: "a claim whose volume is gone",
      check: "claims",
      says: /paw\/data-paw-full-node-0 is Lost/,
      inject: async () => {
        const { spec } = await sandbox.stored<KubernetesObject>("pvc", "data-paw-full-node-0", "-n", "paw");
        const volume = spec.volumeName as string;
        await kubectl("delete", "pv", volume, "--wait=false");
        await kubectl("patch", "pv", volume, "--type=merge", '-p={"metadata":{"finalizers":null}}');
        await inPaw(
          ...["wait", "pvc/data-paw-full-node-0", "--timeout=60s"],
          "--for=jsonpath={.status.phase}=Lost",
        );
      },
      // Its StatefulSet makes both anew.
      undo: async () => {
        await inPaw("delete", "pvc", "data-paw-full-node-0", "--wait=false");
        await inPaw("delete", "pod", "paw-full-node-0");
        await allReady();
      },
    },
    {
      fault: "a missing Secret",
      check: "secrets",
      says: /the Secret paw\/paw-node-keys is missing/,
      inject: async () => {
        saved = (await inPaw("get", "secret", "paw-node-keys", "-o", "json")).stdout;
        await inPaw("delete", "secret", "paw-node-keys");
      },
      undo: () => sandbox.apply(withoutIdentity(saved)),
    },
    {
      fault: "a key without its reservation",
      check: "key-reservations",
      says: /paw-validator-\d holds 0 reservations/,
      inject: async () => {
        const { stdout } = await kubectl("get", "consensuskeyreservations", "-o", "name");
        await kubectl("delete", stdout.split("\n")[0] ?? "");
      },
      undo: deployAgain,
    },
    {
      fault: "fewer healthy pods than the budget wants",
      check: "disruption-budgets",
      says: /paw-validator: 2 healthy pods of 3/,
      inject: async () => {
        const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("nodes");
        for (const { metadata } of items) await kubectl("cordon", metadata.name);
        await inPaw("delete", "pod", "paw-validator-0", "paw-validator-1");
      },
      undo: async () => {
        const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("nodes");
        for (const { metadata } of items) await kubectl("uncordon", metadata.name);
        await allReady();
      },
    },
    {
      fault: "a quota that is used up",
      check: "quotas",
      says: /is used up/,
      inject: async () => {
        const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("resourcequotas", "-n", "paw");
        const [quota] = items;
        const pods = (quota?.status as { used: Record<string, string> } | undefined)?.used.pods ?? "1";
        await patch(`resourcequota/${quota?.metadata.name ?? ""}`, { spec: { hard: { pods } } });
      },
      undo: deployAgain,
    },
    {
      fault: "backups that are suspended",
      check: "backups",
      says: /paw-backup is suspended/,
      inject: () => patch("cronjob/paw-backup", { spec: { suspend: true } }),
      undo: () => patch("cronjob/paw-backup", { spec: { suspend: null } }),
    },
    {
      fault: "a network policy that is gone",
      check: "drift",
      says: /NetworkPolicy .*default-deny.*: create/,
      inject: () => inPaw("delete", "networkpolicy", "default-deny"),
      undo: deployAgain,
    },
    {
      fault: "another image",
      check: "drift",
      says: /Deployment paw-chain-api-deployment: .* was changed by "kubectl-set"/,
      inject: () => inPaw("set", "image", "deployment/paw-api", "proxy=docker.io/library/haproxy:0"),
      undo: deployAgain,
    },
    {
      fault: "a namespace that enforces less",
      check: "drift",
      says: /Namespace .* was changed by "kubectl-label"/,
      inject: () =>
        kubectl("label", "namespace", "paw", "pod-security.kubernetes.io/enforce=privileged", "--overwrite"),
      undo: deployAgain,
    },
    {
      fault: "a role that may do more, which Pulumi does not see",
      check: "owners",
      says: /Role paw\/paw-operator: rules was set by "kubectl-patch"/,
      inject: () =>
        inPaw(
          ...["patch", "role", "paw-operator", "--type=json"],
          '-p=[{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["secrets"],"verbs":["*"]}}]',
        ),
      undo: async () => {
        await inPaw("delete", "role", "paw-operator");
        await deployAgain();
      },
    },
  ];
  let saved = "";

  /** An object as it is, but for what only its own life gave it. */
  function withoutIdentity(json: string): object {
    const { metadata, ...rest } = JSON.parse(json) as { metadata: Record<string, unknown> };
    const { name, namespace, labels, annotations } = metadata;
    return { ...rest, metadata: { name, namespace, labels, annotations } };
  }

  for (const { fault, check, says, inject, undo } of faults) {
    it(fault, async () => {
      await inject();
      try {
        const { exitCode, results } = await verify();
        expect(exitCode).to.equal(1);
        const found = results.find(({ id }) => id === check)?.faults.map((each) => each.found) ?? [];
        expect(found.join("\n")).to.match(says);
      } finally {
        await undo();
      }
    }).timeout(120_000);
  }
});
