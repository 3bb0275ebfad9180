/** The typed parts of `paw backup` and `paw restore`: Jobs out of what is deployed, ages against schedules, what is typed. */
import { expect } from "chai";

import { actionJob, backupJob, storedUnder } from "../../../ops/src/backup/jobs.ts";
import type { CronJob, Job, Pod } from "../../../ops/src/backup/plain.ts";
import { usersOf } from "../../../ops/src/backup/place.ts";
import { readReport } from "../../../ops/src/backup/report.ts";
import { stateOf, verdictOf } from "../../../ops/src/backup/running.ts";
import { punctual } from "../../../ops/src/backup/schedule.ts";
import { type Verification, verificationChecks } from "../../../ops/src/backup/verification.ts";
import { inBytes } from "../../../ops/src/commands/backup.ts";
import { readPart, restorable, snapshotId } from "../../../ops/src/commands/backupCommands.ts";
import { runChecks } from "../../../ops/src/running/checks.ts";
import { UserError } from "../../../ops/src/errors.ts";
import { assess } from "../../../policy/src/assess.ts";
import { isBlocking } from "../../../policy/src/judge.ts";
import { checklistRules, integrityRules } from "../../../policy/src/rules/index.ts";
import { render } from "../../support/rendered.ts";

const request = {
  name: "restore-paw-full-node-0",
  script: "restore.sh",
  env: { CHAIN_ID: "x-1", CLAIM: "data-paw-full-node-0" },
  onVolume: false,
  target: "data-paw-full-node-0",
  deadline: 60,
  kept: 120,
};

const rules = new Set([...checklistRules, ...integrityRules].map(({ id }) => id));
/** Rules about single objects that production would refuse a manifest by. */
function refusedBy(manifest: object): string[] {
  const given = [{ manifest: manifest as never, source: "test" }];
  return assess(given, { stack: "production", minimum: 0, today: "2026-11-24" })
    .findings.filter((finding) => rules.has(finding.rule.id) && isBlocking(finding))
    .map(({ rule, path }) => `${rule.id} ${path}`);
}

/** A CronJob of a stack, as the API server would have it. */
async function deployed(stack: string, name: string): Promise<CronJob> {
  const objects = await render({ stack });
  const found = objects.find(({ kind, metadata }) => kind === "CronJob" && metadata.name === name);
  if (found === undefined) throw new Error(`${stack} has no CronJob ${name}`);
  return { ...found, spec: found.spec as CronJob["spec"], metadata: { ...found.metadata, uid: "u-1" } };
}

describe("A21: Jobs out of the deployed CronJob", () => {
  let chain: CronJob;
  let local: CronJob;
  let vault: CronJob;
  before(async () => {
    chain = await deployed("production", "paw-backup");
    local = await deployed("local", "paw-backup");
    vault = await deployed("production", "vault-snapshot");
  });

  it("a backup now is the scheduled Job, owned by its CronJob, so that the schedule waits for it", () => {
    const job = backupJob(chain, "manual-1");
    expect(job.metadata?.name).to.equal("paw-backup-manual-1");
    expect(job.metadata?.ownerReferences).to.deep.equal([
      { apiVersion: "batch/v1", kind: "CronJob", name: "paw-backup", uid: "u-1", controller: true },
    ]);
    expect(job.metadata?.annotations).to.include({ "cronjob.kubernetes.io/instantiate": "manual" });
    expect(job.spec).to.deep.equal(chain.spec.jobTemplate.spec);
  });

  it("another script runs alone in restic's container, with its Secret, and without the data that is backed up", () => {
    const job = actionJob(chain, {
      ...request,
      script: "list.sh",
      env: { SOURCE_HOST: "x" },
      target: undefined as never,
    });
    const pod = job.spec?.template.spec;
    expect(pod?.initContainers).to.equal(undefined);
    expect(pod?.containers.map(({ name, command }) => [name, command])).to.deep.equal([
      ["backup", ["sh", "/backup/list.sh"]],
    ]);
    expect(pod?.volumes?.map(({ name }) => name)).to.have.members([
      "tmp",
      "cache",
      "restic",
      "backup-scripts",
    ]);
    expect(job.spec).to.include({ backoffLimit: 0, activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 120 });
    // It goes with the CronJob, whose schedule does not take it for a backup of its own.
    expect(job.metadata?.ownerReferences).to.deep.equal([
      { apiVersion: "batch/v1", kind: "CronJob", name: "paw-backup", uid: "u-1" },
    ]);
  });

  it("a restore mounts the node's volume at /target, and no key of anybody", () => {
    const pod = actionJob(chain, request).spec?.template.spec;
    const [container] = pod?.containers ?? [];
    expect(container?.volumeMounts).to.deep.include({ name: "target", mountPath: "/target" });
    expect(pod?.volumes).to.deep.include({
      name: "target",
      persistentVolumeClaim: { claimName: "data-paw-full-node-0" },
    });
    const secrets = pod?.volumes?.flatMap(({ secret }) => secret?.secretName ?? []);
    expect(secrets).to.deep.equal(["paw-backup"]);
    const values = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
    expect(values).to.include({ CHAIN_ID: "x-1", CLAIM: "data-paw-full-node-0" });
    expect(container?.env?.filter(({ name }) => name === "CHAIN_ID")).to.have.length(1);
  });

  it("credentials are names of a Secret's keys: no value, and none in an argument", () => {
    for (const job of [actionJob(chain, request), backupJob(chain, "x"), actionJob(vault, request)]) {
      for (const container of job.spec?.template.spec?.containers ?? []) {
        for (const { name, value, valueFrom } of container.env ?? []) {
          if (!/PASSWORD$|KEY|REPOSITORY$/.test(name)) continue;
          expect(value, name).to.equal(undefined);
          expect(valueFrom?.secretKeyRef?.key).to.equal(name);
        }
        expect(container.args).to.equal(undefined);
        expect(JSON.stringify(container.command)).not.to.match(/password|key/i);
      }
    }
  });

  it("in local the repository lies on the backup's own volume, which is mounted once, also when it is the target", () => {
    const other = actionJob(local, { ...request, onVolume: true }).spec?.template.spec;
    expect(other?.volumes?.flatMap((each) => each.persistentVolumeClaim?.claimName ?? [])).to.have.members([
      "paw-backup",
      "data-paw-full-node-0",
    ]);
    const same = actionJob(local, { ...request, onVolume: true, target: "paw-backup" }).spec?.template.spec;
    expect(same?.volumes?.flatMap((each) => each.persistentVolumeClaim?.claimName ?? [])).to.deep.equal([
      "paw-backup",
    ]);
    const paths = same?.containers[0]?.volumeMounts?.filter(({ name }) => name === "data");
    expect(paths?.map(({ mountPath }) => mountPath)).to.have.members(["/chain", "/target"]);
  });

  it("their pods are as restricted as the CronJob's, and reach what these reach", () => {
    for (const [cron, job] of [
      [chain, actionJob(chain, request)],
      [vault, actionJob(vault, { ...request, target: undefined as never })],
    ] as const) {
      const template = job.spec?.template;
      expect(refusedBy(job)).to.deep.equal([]);
      expect(template?.metadata?.labels).to.deep.equal(cron.spec.jobTemplate.spec?.template.metadata?.labels);
      expect(template?.spec?.automountServiceAccountToken).to.equal(false);
    }
  });

  it("production's rules see what is wrong with such a Job", () => {
    const bad = structuredClone(actionJob(chain, { ...request, target: "data-paw-validator-0" }));
    const [container] = bad.spec?.template.spec?.containers ?? [];
    if (container?.securityContext) container.securityContext.allowPrivilegeEscalation = true;
    const found = refusedBy(bad).join();
    expect(found).to.contain("backup-no-keys").and.to.contain("pss-privilege-escalation");
  });

  it("of Vault, the container that lists has no token for Vault, and no snapshot", () => {
    const pod = actionJob(vault, { ...request, script: "list.sh", target: undefined as never }).spec?.template
      .spec;
    expect(pod?.volumes?.map(({ name }) => name)).to.have.members([
      "tmp",
      "cache",
      "restic",
      "backup-scripts",
    ]);
    expect(storedUnder("vault", vault)).to.equal("vault");
    expect(storedUnder("chain", local)).to.equal("paw-test-1");
  });

  it("a CronJob of an older version is told, and nothing is guessed", () => {
    const old = structuredClone(chain);
    const [container] = old.spec.jobTemplate.spec?.template.spec?.containers ?? [];
    if (container) container.name = "other";
    expect(() => actionJob(old, request)).to.throw(UserError, "is not as this version of paw deploys it");
  });
});

describe("A21: the newest snapshot against the schedule", () => {
  const at = (time: string): Date => new Date(`2026-03-0${time}Z`);
  const judge = (newest: string | undefined, now: string): number =>
    punctual({
      snapshots: newest === undefined ? [] : [{ id: "ab".repeat(32), time: at(newest) }],
      schedule: "17 3 * * *",
      patience: 6 * 3_600_000,
      now: at(now),
      remedy: "run",
    }).faults.length;

  it("one that was made after the last run that was due is young enough", () => {
    expect(judge("2T04:00:00", "2T12:00:00")).to.equal(0);
    expect(judge("2T04:00:00", "3T03:16:00")).to.equal(0);
  });
  it("while the run that is due may still be under way, yesterday's will do; afterwards it does not", () => {
    expect(judge("2T04:00:00", "3T09:16:00")).to.equal(0);
    expect(judge("2T04:00:00", "3T09:18:00")).to.equal(1);
  });
  it("one that a missed run left, and none at all, are faults", () => {
    expect(judge("1T04:00:00", "2T12:00:00")).to.equal(1);
    expect(judge(undefined, "2T12:00:00")).to.equal(1);
  });
});

describe("A21: paw backup verify", () => {
  const snapshot = (id: string, time: string): object => ({ id, time, tags: ["chain=x-1", "height=12"] });
  const log = (...lines: string[]): string => lines.join("\n");
  const listed = `@paw snapshots ${JSON.stringify([snapshot("a".repeat(64), "2026-03-02T03:20:00.123456789Z")])}`;
  async function verdicts(text: string, change: Partial<Verification> = {}): Promise<Record<string, string>> {
    const context: Verification = {
      source: "chain",
      report: readReport(text),
      ended: { succeeded: true, log: text, reason: "" },
      schedule: "17 3 * * *",
      now: new Date("2026-03-02T10:00:00Z"),
      simulated: false,
      ...change,
    };
    const results = await runChecks(verificationChecks, { context, embedded: false });
    return Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
  }

  it("all four hold for a young repository that was read back", async () => {
    expect(await verdicts(log(listed, "@paw read 5%", "@paw keys ", "@paw end"))).to.deep.equal({
      "repository-opens": "proven",
      "newest-snapshot": "proven",
      "data-reads-back": "proven",
      "no-keys": "proven",
    });
  });
  it("damage and keys fail; the others keep their word", async () => {
    const found = await verdicts(
      log(listed, "@paw damaged restic check ended with 1", "@paw keys /data/node_key.json", "@paw end"),
    );
    expect(found).to.deep.equal({
      "repository-opens": "proven",
      "newest-snapshot": "proven",
      "data-reads-back": "failed",
      "no-keys": "failed",
    });
  });
  it("a log that broke off proves nothing it did not say", async () => {
    expect(await verdicts(listed)).to.include({ "data-reads-back": "failed", "no-keys": "not evaluated" });
  });
  it("one that does not open fails there, and nothing is said of the rest", async () => {
    const ended = { succeeded: false, log: "verify: refused", reason: "wrong password" };
    expect(await verdicts("", { ended })).to.deep.equal({
      "repository-opens": "failed",
      "newest-snapshot": "not evaluated",
      "data-reads-back": "not evaluated",
      "no-keys": "not evaluated",
    });
  });
  it("where pods are simulated nothing is evaluated, and that is not green", async () => {
    const found = await verdicts("", { simulated: true });
    expect(new Set(Object.values(found))).to.deep.equal(new Set(["not evaluated"]));
  });
});

describe("A21: what is typed after paw backup and paw restore", () => {
  it("a restore goes to a full node or to the backup's own node, never to a validator", () => {
    for (const good of ["paw-full-node-0", "paw-full-node-12", "paw-backup"])
      expect(restorable(good)).to.equal(good);
    expect(() => restorable("paw-validator-0")).to.throw("signs twice");
    for (const bad of ["paw-sentry-0", "paw-full-node-01", "paw-full-node", "data-paw-full-node-0", "../x"]) {
      expect(() => restorable(bad), bad).to.throw(/^write /);
    }
  });
  it("parts and snapshots as restic knows them, and no option of it", () => {
    for (const good of ["5%", "0.5%", "100%", "10G", "all"]) expect(readPart(good)).to.equal(good);
    for (const bad of ["0%", "101%", "5", "-1%", "--no-lock", "all "])
      expect(() => readPart(bad), bad).to.throw(/^write /);
    for (const good of ["latest", "0123abcd"]) expect(snapshotId(good)).to.equal(good);
    for (const bad of ["123", "--all", "LATEST", "g".repeat(8)])
      expect(() => snapshotId(bad), bad).to.throw(/^write /);
  });
  it("bytes as people read them", () => {
    expect([0, 1023, 1024, 1536, 5 * 1024 ** 4].map(inBytes)).to.deep.equal([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.5 KiB",
      "5.0 TiB",
    ]);
  });
});

describe("A21: what a Job and its pod are at", () => {
  const pod = (status: object): Pod => ({ metadata: { name: "p" }, status: status });
  it("the container that runs, the reason why none does, the want of a machine", () => {
    expect(stateOf(pod({ initContainerStatuses: [{ name: "follow", state: { running: {} } }] }))).to.equal(
      "p: follow runs",
    );
    const waiting = { reason: "CreateContainerConfigError", message: 'secret "paw-backup" not found' };
    expect(stateOf(pod({ containerStatuses: [{ name: "backup", state: { waiting } }] }))).to.contain(
      'secret "paw-backup" not found',
    );
    const conditions = [{ type: "PodScheduled", status: "False", message: "0/3 nodes" }];
    expect(stateOf(pod({ conditions }))).to.equal("p: 0/3 nodes");
  });
  it("ended well, ended badly with the reason, not ended", () => {
    const of = (type: string): ReturnType<typeof verdictOf> =>
      verdictOf({
        status: {
          conditions: [{ type, status: "True", reason: "DeadlineExceeded", message: "too long" }],
        },
      } satisfies Job);
    expect(of("Complete")?.succeeded).to.equal(true);
    expect(of("Failed")).to.deep.equal({ succeeded: false, reason: "DeadlineExceeded: too long" });
    expect(of("Suspended")).to.equal(undefined);
  });
  it("who uses a claim: pods that are starting, running or ending; not those that ended", () => {
    const using = (name: string, phase: string, claimName: string): Pod => ({
      metadata: { name },
      spec: { containers: [], volumes: [{ name: "data", persistentVolumeClaim: { claimName } }] },
      status: { phase },
    });
    const pods = [
      using("a", "Pending", "c"),
      using("b", "Running", "c"),
      using("d", "Succeeded", "c"),
      using("e", "Running", "other"),
    ];
    expect(usersOf(pods, "c")).to.deep.equal(["a", "b"]);
  });
});
