/**
 * B10: the seven gates, against simulators behind the pods of an embedded cluster. All hold first; then each of seven
 * faults fails its own gate and no other.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import type { Result } from "../../ops/src/running/checks.ts";
import { canRunPods } from "../support/chain.ts";
import { startExposition } from "../support/exposition.ts";
import { type GateStage, startGateStage } from "../support/gateStage.ts";
import { Sandbox } from "../support/sandbox.ts";

interface Answer {
  readonly exitCode: number;
  readonly results: readonly Result[];
}

describe("B10: paw validate", () => {
  let stage: GateStage;
  let pod = "";

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    stage = await startGateStage();
    [pod = ""] = stage.pods.keys();
    // Prometheus needs two scrapes of everything first.
    await validateUntil(60, (given) => failed(given).length === 0);
  });

  after(async function () {
    this.timeout(120_000);
    await (stage as GateStage | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  async function validate(...more: string[]): Promise<Answer> {
    const { exitCode, stdout, all } = await stage.sandbox.run("npx", ["paw", "validate", "--json", ...more]);
    try {
      return { exitCode, ...(JSON.parse(stdout) as { results: Result[] }) };
    } catch {
      throw new Error(`paw validate printed no JSON:\n${all}`);
    }
  }

  /** The first answer that is as it is waited for, or the last one within the seconds. */
  async function validateUntil(seconds: number, is: (answer: Answer) => boolean): Promise<Answer> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await validate();
      if (is(answer) || Date.now() > end) return answer;
    }
  }

  const failed = ({ results }: Answer): string[] =>
    results.filter(({ verdict }) => verdict !== "simulated").map(({ id }) => id);

  /** All that a gate said was wrong, and what to do. */
  const said = ({ results }: Answer, gate: string): string =>
    (results.find(({ id }) => id === gate)?.faults ?? [])
      .map(({ found, next }) => `${found} -> ${next}`)
      .join("\n");

  it("all seven hold, and are called simulated, since pods are", async () => {
    const answer = await validate();
    expect(failed(answer)).to.deep.equal([]);
    expect(answer.exitCode).to.equal(0);
    expect(answer.results).to.have.length(7);
    const logs = answer.results.find(({ id }) => id === "error-logs");
    expect(logs?.found, "a log without a line proves nothing").to.match(/^[1-9]\d* lines read$/);
    const pods = answer.results.find(({ id }) => id === "pod-health");
    expect(pods?.found).to.equal("3/3 ready, 0 restarts");
  }).timeout(60_000);

  it("a table for people, JUnit for machines", async () => {
    const outcome = await stage.sandbox.run("npx", ["paw", "validate", "--junit", "gates.xml"]);
    expect(outcome.exitCode).to.equal(0);
    expect(outcome.stdout).to.match(/^VERDICT +CHECK +FOUND\n(simulated .*\n){7}/);
    expect(outcome.stdout).to.contain("7 simulated");
    const junit = readFileSync(join(stage.sandbox.folder, "gates.xml"), "utf8");
    expect(junit).to.contain('tests="7" failures="0" skipped="0"');
  }).timeout(60_000);

  interface Injected {
    readonly fault: string;
    readonly gate: string;
    readonly says: RegExp;
    /** Gives back what takes the fault away. */
    readonly inject: () => Promise<() => Promise<void>>;
    /** Seconds until it shows. */
    readonly within?: number;
  }

  const kubectl = async (...args: string[]): Promise<void> => {
    await stage.sandbox.ok("kubectl", [...args, "-n", "testnet"]);
  };
  const reset = (): Promise<void> => stage.reset();

  const faults: readonly Injected[] = [
    {
      fault: "a container that was restarted",
      gate: "pod-health",
      says: /was restarted 2 times -> kubectl logs .* --previous/,
      inject: async () => {
        const patch = (count: number): Promise<void> =>
          kubectl(
            ...["patch", "pod", pod, "--subresource=status", "--type=json"],
            `-p=[{"op":"replace","path":"/status/containerStatuses/0/restartCount","value":${count}}]`,
          );
        await patch(2);
        return () => patch(0);
      },
    },
    {
      fault: "an exposition without one of the three metrics",
      gate: "metrics-endpoint",
      says: /has no bizra_poi_verify_seconds -> kubectl port-forward/,
      inject: async () => {
        const exposition = await startExposition(
          "bizra_finality_check_seconds_count 1\nbizra_poi_generate_seconds_count 1\n",
        );
        await stage.put(pod, { ports: { 8080: addressOf(8080), 9464: exposition.host } });
        return async () => {
          exposition.close();
          await reset();
        };
      },
    },
    {
      fault: "a pod whose metrics Prometheus cannot reach, though others can",
      gate: "prometheus-scraping",
      says: /the scrape of .* is down: .* -> kubectl get servicemonitor/,
      within: 20,
      inject: async () => {
        // As with a network policy that forgot Prometheus: what a port-forward reaches answers.
        const other = [...stage.pods.values()].at(-1)?.plan.address ?? "";
        await stage.put(pod, { ports: { 8080: addressOf(8080), 9464: `${other}:9464` } });
        await simulatorFaults(["silent"]);
        return async () => {
          await simulatorFaults([]);
          await reset();
        };
      },
    },
    {
      fault: "memory over the limit",
      gate: "resource-usage",
      says: /uses 3072Mi of memory, limit 2Gi -> kubectl top pod/,
      within: 30,
      inject: async () => {
        await stage.put(pod, { usage: { cpu: "100m", memory: "3Gi" } });
        return reset;
      },
    },
    {
      fault: "an error in a log",
      gate: "error-logs",
      says: /1 lines, such as ".*ERROR consensus: vote refused" -> kubectl logs/,
      inject: () => {
        stage.log(pod, `${new Date().toISOString()} ERROR consensus: vote refused`);
        return Promise.resolve(reset);
      },
    },
    {
      fault: "a Service whose port leads nowhere",
      gate: "service-connectivity",
      says: /port rpc \(9944\) has 0 of 3 pods behind it -> kubectl get endpointslices/,
      within: 10,
      inject: async () => {
        const patch = (target: string): Promise<void> =>
          kubectl(
            ...["patch", "service", "bizra-apex", "--type=json"],
            `-p=[{"op":"replace","path":"/spec/ports/1/targetPort","value":"${target}"}]`,
          );
        await patch("nothing");
        return () => patch("rpc");
      },
    },
    {
      fault: "a value that is not the stack's",
      gate: "environment",
      says: /POI_BATCH_VERIFY is "1", wanted "0" -> kubectl exec/,
      inject: async () => {
        await stage.put(pod, { env: { ...stage.variables(pod), POI_BATCH_VERIFY: "1" } });
        return reset;
      },
    },
  ];

  const simulatorFaults = async (faults: readonly string[]): Promise<void> => {
    const answer = await fetch(`http://${addressOf(9999)}/faults`, {
      method: "PUT",
      body: JSON.stringify(faults),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const addressOf = (port: number): string => `${stage.pods.get(pod)?.plan.address ?? ""}:${port}`;

  for (const { fault, gate, says, inject, within = 5 } of faults) {
    it(`${fault}: fails "${gate}" alone, and says what to do`, async () => {
      const undo = await inject();
      try {
        const answer = await validateUntil(within + 20, (given) => failed(given).length > 0);
        expect(failed(answer)).to.deep.equal([gate]);
        expect(answer.exitCode).to.equal(1);
        expect(said(answer, gate)).to.match(says);
      } finally {
        await undo();
      }
      const after = await validateUntil(within + 20, (given) => failed(given).length === 0);
      expect(failed(after), "after the fault has gone").to.deep.equal([]);
    }).timeout(120_000);
  }
});
