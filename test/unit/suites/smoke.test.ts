import { expect } from "chai";

import { parseConfig } from "../../../config.ts";
import type { StoredObject } from "../../../ops/src/running/api.ts";
import type { Outcome } from "../../../ops/src/running/checks.ts";
import {
  type SeenService,
  type SeenSlice,
  judgeBlocks,
  judgeEndpoints,
  judgeHealth,
  judgeNodes,
  judgeWorkloads,
  wantedWorkloads,
} from "../../../ops/src/suites/smoke/judge.ts";
import { stackConfig } from "../../support/rendered.ts";

const faults = ({ faults: list }: Outcome): string[] => list.map(({ found }) => found);

describe("A22: what follows from what a smoke test saw", () => {
  it("the stack file's numbers are wanted: 4, 1, 1 nodes, 1 proxy and 3 of bizra in local", () => {
    const wanted = wantedWorkloads(parseConfig("local", stackConfig("local")));
    expect(wanted.map(({ name, namespace, least }) => [name, namespace, least])).to.deep.equal([
      ["paw-validator", "paw", 4],
      ["paw-sentry", "paw", 1],
      ["paw-full-node", "paw", 1],
      ["paw-api", "paw", 1],
      ["bizra-apex", "testnet", 3],
    ]);
  });

  const workload = { name: "paw-validator", namespace: "paw", labels: {}, least: 2, most: 2 };
  const pod = (name: string, ready = true): { name: string; ready: boolean } => ({ name, ready });

  it("pods: too few ready, and one too many", () => {
    const judge = (...pods: { name: string; ready: boolean }[]): string[] =>
      faults(judgeWorkloads([{ ...workload, pods }]));
    expect(judge(pod("a"), pod("b"))).to.deep.equal([]);
    expect(judge(pod("a"), pod("b", false))).to.deep.equal(["paw-validator: 1 of 2 ready; not ready: b"]);
    expect(judge(pod("a"))).to.deep.equal(["paw-validator: 1 of 2 ready"]);
    expect(judge(pod("a"), pod("b"), pod("c"))).to.deep.equal([
      "paw-validator: 3 pods where 2 at most are wanted",
    ]);
  });

  const service = (name: string, selector?: Record<string, string>): StoredObject & SeenService => ({
    ...{ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "paw" } },
    spec: selector === undefined ? {} : { selector },
  });
  const slice = (name: string, ...ready: (boolean | undefined)[]): StoredObject & SeenSlice => ({
    ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
    metadata: { name, namespace: "paw", labels: { "kubernetes.io/service-name": name } },
    endpoints: ready.map((each) => ({
      addresses: ["10.0.0.1"],
      conditions: each === undefined ? {} : { ready: each },
    })),
  });

  it("Services: one without a ready address is named, one that selects nothing is left alone", () => {
    const services = [service("a", { x: "y" }), service("b", { x: "z" }), service("c")];
    expect(faults(judgeEndpoints(services, [slice("a", true), slice("b", false, undefined)]))).to.deep.equal(
      [],
    );
    expect(faults(judgeEndpoints(services, [slice("a", true), slice("b", false)]))).to.deep.equal([
      "paw/b has no ready address",
    ]);
    expect(faults(judgeEndpoints(services, [slice("b", true)]))).to.deep.equal([
      "paw/a has no ready address",
    ]);
    const empty = { ...slice("a"), endpoints: null };
    expect(faults(judgeEndpoints(services, [empty, slice("b", true)]))).to.deep.equal([
      "paw/a has no ready address",
    ]);
    expect(faults(judgeEndpoints([service("c")], []))).to.deep.equal(["there is no Service at all"]);
  });

  const status = {
    ...{ chainId: "paw-1", nodeId: "x", moniker: "x", height: 7, blockTime: "", catchingUp: false, peers: 3 },
  };
  const node = { pod: "paw-sentry-0", role: "sentry" as const };

  it("nodes: silent, of another chain, catching up, alone", () => {
    const judge = (change: object): string[] =>
      faults(judgeNodes([{ ...node, value: { ...status, ...change } }], "paw-1"));
    expect(judge({})).to.deep.equal([]);
    expect(judge({ chainId: "paw-2" })).to.deep.equal(["paw-sentry-0 is of the chain paw-2, not paw-1"]);
    expect(judge({ catchingUp: true })).to.deep.equal(["paw-sentry-0 catches up: height 7"]);
    expect(judge({ peers: 0 })).to.deep.equal(["paw-sentry-0 has no peer"]);
    expect(faults(judgeNodes([{ ...node, error: "refused" }], "paw-1"))).to.deep.equal([
      "paw-sentry-0: refused",
    ]);
    expect(faults(judgeNodes([], "paw-1"))).to.deep.equal(["there is no node at all"]);
  });

  it("blocks: one more is not two, and nobody who answers is a fault", () => {
    const judge = (...to: number[]): Outcome =>
      judgeBlocks(
        to.map((height, index) => ({ pod: `n${index}`, from: 10, to: height })),
        30,
      );
    expect(faults(judge(12, 13))).to.deep.equal([]);
    expect(faults(judge(12, 11))).to.deep.equal(["n1 stands at height 11 for 30 s"]);
    expect(judge(10, 10).found).to.equal("no node advances: height 10");
    expect(judge(10, 10).faults[0]?.next).to.include("consensus-stalled");
    expect(faults(judge())).to.deep.equal(["nobody could say a height"]);
  });

  it("health: everything but 200 is a fault, with the endpoint's own words", () => {
    const at = { namespace: "paw", pod: "p", port: 36661, path: "/cgi-bin/health" };
    const text = '{"status":"failing","reason":"height 7: the last block is 99 s old"}\n';
    expect(faults(judgeHealth([{ ...at, status: 200, text: "" }]))).to.deep.equal([]);
    expect(faults(judgeHealth([{ ...at, status: 503, text }]))).to.deep.equal([
      `paw/p :36661/cgi-bin/health: 503: ${text.trim()}`,
    ]);
    expect(faults(judgeHealth([{ ...at, status: 0, text: "refused" }]))).to.have.length(1);
    expect(faults(judgeHealth([]))).to.have.length(1);
  });
});
