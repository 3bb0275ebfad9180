/** B4 to B6, B10, B14: bizra as the simulator, in pods that really run, under requests that really come. */
import { expect } from "chai";

import type { Result } from "../../ops/src/running/checks.ts";
import { eventually } from "../support/chain.ts";
import { followPods, startMonitoring } from "../support/live/monitoring.ts";
import { underRequests } from "../support/live/requests.ts";
import { type LiveStage, cannotRun, liveStage, measured } from "../support/live/stage.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- objects come from the API server as they are */

const namespace = "testnet";
const deployment = ["-n", namespace, "deployment/bizra-apex"];
const selector = "app.kubernetes.io/part-of=bizra";
const load = { url: "http://bizra-apex.testnet.svc:8080/", perSecond: 50 };

describe("live: bizra (B4 to B6, B10, B14)", function () {
  this.timeout(600_000);
  let stage: LiveStage;

  before(async function () {
    if (cannotRun()) this.skip();
    stage = await liveStage();
    await stage.kubectl("rollout", "status", ...deployment, "--timeout=180s");
  });

  const pods = async (): Promise<any[]> => {
    const all = await stage.pods(namespace, selector);
    return all.filter(
      ({ metadata, spec }) =>
        metadata.deletionTimestamp === undefined &&
        spec.containers.some((each: any) => each.name === "bizra-apex"),
    );
  };
  const isReady = ({ status }: any): boolean =>
    (status.conditions ?? []).some((each: any) => each.type === "Ready" && each.status === "True");
  const readyNames = async (): Promise<string[]> =>
    (await pods())
      .filter(isReady)
      .map(({ metadata }) => metadata.name as string)
      .sort();

  it("B6: uid 1000, a root that cannot be written, no capability, as seen from inside", async () => {
    for (const { metadata } of await pods()) {
      const place = { namespace, pod: metadata.name, container: "bizra-apex" };
      expect(await stage.inside(place, "id -u")).to.equal("1000");
      expect(await stage.inside(place, "touch /x /app/x 2>&1")).to.match(/Read-only file system/);
      expect(await stage.inside(place, "touch /tmp/x /app/data/x && echo written")).to.equal("written");
      expect(await stage.inside(place, "grep CapEff /proc/1/status")).to.match(/0{16}$/);
      expect(await stage.inside(place, "grep NoNewPrivs /proc/1/status")).to.match(/1$/);
      expect(await stage.inside(place, "grep Seccomp: /proc/1/status")).to.match(/2$/);
      expect(await stage.inside(place, "ls /var/run/secrets 2>&1")).to.match(/No such file/);
    }
  });

  it("B14: a rolling update under constant requests loses none, and takes less than 5 minutes", async () => {
    const before = await readyNames();
    let seconds = 0;
    const count = await underRequests(stage, load, async () => {
      const begun = Date.now();
      await stage.kubectl("rollout", "restart", ...deployment);
      await stage.kubectl("rollout", "status", ...deployment, "--timeout=300s");
      seconds = (Date.now() - begun) / 1000;
    });
    measured(
      "rolling update of bizra under 50 requests a second",
      `${seconds.toFixed(0)} s, ${count.sent} requests, ${count.failed} failed`,
    );
    expect(count.reasons).to.deep.equal({});
    expect(count.failed).to.equal(0);
    expect(count.ok).to.equal(count.sent);
    expect(count.sent).to.be.greaterThan(seconds * 25);
    expect(seconds).to.be.lessThan(300);
    const after = await readyNames();
    expect(after).to.have.length(3);
    expect(
      after.filter((name) => before.includes(name)),
      "all pods are new",
    ).to.deep.equal([]);
  });

  it("a bad release stops at its first pod, and no request is lost", async () => {
    const before = await readyNames();
    try {
      const count = await underRequests(stage, load, async () => {
        await stage.kubectl("set", "env", ...deployment, "-c", "bizra-apex", "SIMULATOR_FAULTS=unready");
        await eventually("its first pod runs", 120, async () =>
          (await pods()).some(
            ({ metadata, status }) => !before.includes(metadata.name as string) && status.phase === "Running",
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, 30_000));
        const now = await pods();
        expect(now.filter((each) => !before.includes(each.metadata.name as string))).to.have.length(1);
        expect(await readyNames(), "those of the release before go on").to.deep.equal(before);
      });
      expect(count.failed, JSON.stringify(count)).to.equal(0);
      measured("a bad release of bizra", `stopped at 1 pod, ${count.sent} requests, ${count.failed} failed`);
    } finally {
      await stage.kubectl("rollout", "undo", ...deployment);
      await stage.kubectl("rollout", "status", ...deployment, "--timeout=180s");
    }
  });

  describe("B10: the seven gates, with a real Prometheus and metrics-server", () => {
    before(async () => {
      await startMonitoring(stage);
    });

    const validate = async (): Promise<Result[]> => {
      await followPods(stage);
      const { stdout, all } = await stage.paw("validate", "--json");
      try {
        return (JSON.parse(stdout) as { results: Result[] }).results;
      } catch {
        throw new Error(`paw validate printed no JSON:\n${all}`);
      }
    };
    const verdicts = (results: readonly Result[]): Record<string, string> =>
      Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));

    it("all seven are proven, and nothing is called simulated", async () => {
      let last: Result[] = [];
      await eventually("all gates hold", 180, async () => {
        last = await validate();
        return last.every(({ verdict }) => verdict === "proven");
      }).catch(() => undefined);
      expect(last).to.have.length(7);
      expect(last.filter(({ verdict }) => verdict !== "proven")).to.deep.equal([]);
    });

    it("kubectl top knows what pods use", async () => {
      await eventually("metrics of the pods", 90, async () => {
        const top = await stage.sandbox.run("kubectl", ["top", "pod", "-n", namespace, "--no-headers"]);
        return top.exitCode === 0 && /bizra-apex-\S+\s+\d+m\s+[1-9]\d*Mi/.test(top.stdout);
      });
    });

    it("a pod over its memory limit is killed for it, and the gate for resource usage says so", async () => {
      try {
        // A release that leaks: it takes memory without end.
        const leak =
          "data:text/javascript,globalThis.kept=[];setInterval(()=>kept.push(Buffer.alloc(4e6,1)),20)";
        const container = {
          name: "bizra-apex",
          env: [{ name: "NODE_OPTIONS", value: `--import=${leak}` }],
          resources: { limits: { memory: "192Mi" }, requests: { memory: "16Mi" } },
        };
        const patch = { spec: { template: { spec: { containers: [container] } } } };
        await stage.kubectl("patch", ...deployment, `--patch=${JSON.stringify(patch)}`);
        let name = "";
        await eventually("a container is killed", 120, async () => {
          const killed = (await pods()).find(({ status }) =>
            (status.containerStatuses ?? []).some((each: any) =>
              [each.state, each.lastState].some((state) => state?.terminated?.reason === "OOMKilled"),
            ),
          );
          name = killed?.metadata.name ?? "";
          return name !== "";
        });
        const gate = (await validate()).find(({ id }) => id === "resource-usage");
        expect(gate?.verdict).to.equal("failed");
        expect(gate?.faults.map(({ found }) => found)).to.include(
          `${name}/bizra-apex was killed for its memory (OOMKilled)`,
        );
      } finally {
        await stage.kubectl("rollout", "undo", ...deployment);
        await stage.kubectl("rollout", "status", ...deployment, "--timeout=180s");
      }
      expect(verdicts(await validate())["pod-health"]).to.equal("proven");
    });
  });
});
