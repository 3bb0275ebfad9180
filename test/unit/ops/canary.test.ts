import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";

import { abortion, promotion } from "../../../ops/src/canary/change.ts";
import type { AnalysisRun, Rollout, Seen } from "../../../ops/src/canary/objects.ts";
import { statusOf } from "../../../ops/src/canary/status.ts";
import { nextSteps, toText } from "../../../ops/src/canary/text.ts";
import { UserError } from "../../../ops/src/errors.ts";

const steps = [
  { setWeight: 5 },
  { pause: { duration: "30m" } },
  { setWeight: 25 },
  { pause: { duration: "1h" } },
  { setWeight: 100 },
];

const rollout = (status: Partial<NonNullable<Rollout["status"]>>): Rollout => ({
  metadata: { name: "bizra-apex-canary", uid: "u", generation: 4 },
  spec: { strategy: { canary: { steps } } },
  status: { observedGeneration: "4", workloadObservedGeneration: "7", ...status },
});

const pod = (hash: string, name: string, { restarts = 0, ready = true } = {}): V1Pod => {
  const made = {
    metadata: {
      name,
      labels: { "rollouts-pod-template-hash": hash, "app.kubernetes.io/version": `v-${hash}` },
    },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{ name: "bizra-apex", ready, restartCount: restarts }],
    },
  };
  return made as unknown as V1Pod;
};

const run = (hash: string, results: NonNullable<AnalysisRun["status"]>, name = "run-1"): AnalysisRun => ({
  metadata: {
    name,
    creationTimestamp: "2026-11-25T10:00:00Z",
    labels: { "rollouts-pod-template-hash": hash },
    ownerReferences: [{ uid: "u" }],
  },
  spec: {
    metrics: [
      { name: "error-rate", successCondition: "len(result) == 1 && result[0] < 0.001" },
      { name: "finality-p99", successCondition: "len(result) == 1 && result[0] < 0.001" },
    ],
  },
  status: results,
});

const seen = (given: Partial<Seen> & Pick<Seen, "rollout">): Seen => ({
  runs: [],
  pods: [pod("old", "p-old-1"), pod("old", "p-old-2")],
  versions: new Map([
    ["old", "v1.0.0"],
    ["new", "v2.2.0-rc1"],
  ]),
  workloadGeneration: 7,
  workloadReplicas: 0,
  ...given,
});

const walking = {
  phase: "Paused",
  message: "CanaryPauseStep",
  controllerPause: true,
  pauseConditions: [{ reason: "CanaryPauseStep", startTime: "2026-11-25T10:00:00Z" }],
  currentStepIndex: 3,
  currentPodHash: "new",
  stableRS: "old",
  canary: { weights: { canary: { weight: 25 }, stable: { weight: 75 } } },
};

describe("B9: paw canary status", () => {
  it("a stable version: no step, all requests, its pods", () => {
    const status = statusOf(
      seen({ rollout: rollout({ phase: "Healthy", currentPodHash: "old", stableRS: "old" }) }),
    );
    expect(status).to.deep.include({ state: "stable", why: [] });
    expect(status.step).to.equal(undefined);
    expect(
      status.versions.map(({ role, version, weight, pods }) => [role, version, weight, pods.length]),
    ).to.deep.equal([["stable", "v-old", 100, 2]]);
  });

  it("a walking one: step, until when, shares, what was measured last", () => {
    const status = statusOf(
      seen({
        rollout: rollout(walking),
        pods: [pod("old", "p-old-1"), pod("new", "p-new-1", { restarts: 2, ready: false })],
        runs: [
          run("other", { phase: "Successful" }, "run-0"),
          run("new", {
            phase: "Running",
            metricResults: [
              {
                name: "error-rate",
                phase: "Running",
                successful: 3,
                failed: 1,
                error: 1,
                measurements: [
                  { phase: "Failed", value: "[0.02]" },
                  { phase: "Successful", value: "[0.0004]" },
                ],
              },
            ],
          }),
        ],
      }),
    );
    expect(status.state).to.equal("paused");
    expect(status.step).to.deep.equal({
      number: 4,
      of: 5,
      what: "stay for 1h",
      until: "2026-11-25T11:00:00.000Z",
    });
    expect(status.versions[1]).to.deep.equal({
      role: "canary",
      version: "v-new",
      hash: "new",
      weight: 25,
      pods: [{ name: "p-new-1", ready: false, restarts: 2 }],
    });
    expect(status.analysis?.run).to.equal("run-1");
    expect(status.analysis?.figures).to.deep.equal([
      {
        name: "error-rate",
        phase: "Running",
        value: "0.0004",
        wanted: "< 0.001",
        measured: 4,
        failed: 1,
        errors: 1,
      },
      { name: "finality-p99", phase: "Pending", wanted: "< 0.001", measured: 0, failed: 0, errors: 0 },
    ]);
    const text = toText(status);
    expect(text).to.contain("step 4 of 5: stay for 1h (until 2026-11-25T11:00:00.000Z)");
    expect(text).to.match(/canary +v-new +25 % +0\/1 +2 +new/);
    expect(text).to.match(/error-rate +Running +0\.0004 +< 0\.001 +3 good, 1 bad, 1 without an answer/);
  });

  it("one that was rolled back: why, with what was measured; no data is told as nothing", () => {
    const message =
      'RolloutAborted: Rollout aborted update to revision 3: Metric "finality-p99" assessed Failed';
    const status = statusOf(
      seen({
        rollout: rollout({
          phase: "Degraded",
          abort: true,
          message,
          currentPodHash: "new",
          stableRS: "old",
          currentStepIndex: 0,
        }),
        runs: [
          run("new", {
            phase: "Failed",
            metricResults: [
              {
                name: "error-rate",
                phase: "Failed",
                failed: 3,
                measurements: [{ phase: "Failed", value: "[]" }],
              },
              {
                name: "finality-p99",
                phase: "Failed",
                failed: 3,
                successful: 2,
                message: "failed (3) > failureLimit (2)",
                measurements: [{ phase: "Failed", value: "[0.0069]" }],
              },
            ],
          }),
        ],
      }),
    );
    expect(status.state).to.equal("rolled back");
    expect(status.why).to.deep.equal([
      message,
      "error-rate: measured nothing, wanted < 0.001 (3 of 3 bad)",
      "finality-p99: measured 0.0069, wanted < 0.001 (3 of 5 bad): failed (3) > failureLimit (2)",
    ]);
    expect(status.versions.map(({ role, version, weight }) => `${role} ${version} ${weight}`)).to.deep.equal([
      "stable v-old 100",
      "canary v2.2.0-rc1 0",
    ]);
    expect(nextSteps(status, "staging")[0]).to.contain("pulumi up --stack staging");
  });

  it("a change that the controller has not seen is no standstill: of the Rollout, of the Deployment", () => {
    const healthy = { phase: "Healthy", currentPodHash: "old", stableRS: "old" };
    for (const late of [{ observedGeneration: "3" }, { workloadObservedGeneration: "6" }]) {
      const status = statusOf(seen({ rollout: rollout({ ...healthy, ...late }) }));
      expect(status).to.include({
        state: "progressing",
        message: "Argo Rollouts has not taken the last change up yet",
      });
    }
    // A Deployment that is gone is no change to wait for.
    const gone = statusOf(seen({ rollout: rollout(healthy), workloadGeneration: undefined }));
    expect(gone.state).to.equal("stable");
  });

  it("pods of the Deployment beside a stable version are told of", () => {
    const stable = rollout({ phase: "Healthy", currentPodHash: "old", stableRS: "old" });
    expect(nextSteps(statusOf(seen({ rollout: stable })), "local")).to.deep.equal([]);
    const [hint] = nextSteps(statusOf(seen({ rollout: stable, workloadReplicas: 3 })), "local");
    expect(hint).to.contain("3 pods of its own").and.to.contain("--replicas 0");
  });

  it("a Rollout that no controller has looked at is under way", () => {
    const { metadata, spec } = rollout({});
    expect(statusOf(seen({ rollout: { metadata, spec } })).state).to.equal("progressing");
  });

  it("degraded without an abort is a failure; after a promotion by hand it is no pause any more", () => {
    const degraded = rollout({
      phase: "Degraded",
      message: "InvalidSpec",
      currentPodHash: "new",
      stableRS: "old",
    });
    expect(statusOf(seen({ rollout: degraded }))).to.deep.include({ state: "failed", why: ["InvalidSpec"] });
    const unpausing = rollout({ ...walking, pauseConditions: null });
    expect(statusOf(seen({ rollout: unpausing })).state).to.equal("progressing");
  });
});

describe("B9: paw canary promote and abort", () => {
  const stable = rollout({ phase: "Healthy", currentPodHash: "old", stableRS: "old" });
  const aborted = rollout({ phase: "Degraded", abort: true, currentPodHash: "new", stableRS: "old" });

  it("promote ends a pause, or leaves out a step that is no pause yet; --full leaves out everything", () => {
    expect(promotion(rollout(walking), false)).to.deep.equal({ status: { pauseConditions: null } });
    expect(
      promotion(rollout({ ...walking, pauseConditions: null, currentStepIndex: 2 }), false),
    ).to.deep.equal({
      status: { pauseConditions: null, currentStepIndex: 3 },
    });
    expect(
      promotion(rollout({ ...walking, pauseConditions: null, currentStepIndex: 5 }), false),
    ).to.deep.equal({
      status: { pauseConditions: null, currentStepIndex: 5 },
    });
    expect(promotion(rollout(walking), true)).to.deep.equal({ status: { promoteFull: true } });
  });

  it("abort sends all back", () => {
    expect(abortion(rollout(walking))).to.deep.equal({ status: { abort: true } });
  });

  it("there has to be something to promote or to abort", () => {
    for (const wrong of [
      () => promotion(stable, false),
      () => promotion(stable, true),
      () => abortion(stable),
    ]) {
      expect(wrong).to.throw(UserError, "no canary is under way");
    }
    for (const full of [false, true]) {
      expect(() => promotion(aborted, full)).to.throw(UserError, "cannot be promoted");
    }
    expect(() => abortion(aborted)).to.throw(UserError, "already");
  });
});
