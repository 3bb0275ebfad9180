/** A report of objects that the program renders with stand-ins: no toolchain, no cluster. */
import type { Change } from "../../ops/src/compare/changes.ts";
import type { StackName } from "../../ops/src/project.ts";
import type { DeploymentRecord } from "../../ops/src/records/record.ts";
import { type Report, type ReportInput, reportOf } from "../../ops/src/report/report.ts";
import type { Given } from "../../policy/src/graph/graph.ts";
import { render } from "./rendered.ts";

/** What a report is made of, where nothing but its objects matters. */
export function input(given: readonly Given[], more: Partial<ReportInput> = {}): ReportInput {
  return {
    head: {
      stack: "production",
      commit: "0123456789abcdef0123456789abcdef01234567",
      dirty: false,
      date: "2026-11-30T20:30:00.000Z",
      source: "a rendering with stand-in charts",
      previewed: false,
      overrides: [],
      embedded: false,
    },
    given,
    lock: [],
    gates: { record: undefined, reason: "no deployment of production has left a record here" },
    prices: undefined,
    comparison: undefined,
    ...more,
  };
}

const made = new Map<StackName, Promise<Report>>();

/** The report on a stack as the program renders it, with every section filled; made once. */
export function renderedReport(stack: StackName): Promise<Report> {
  const known = made.get(stack) ?? rendered(stack);
  made.set(stack, known);
  return known;
}

async function rendered(stack: StackName): Promise<Report> {
  const given = (await render({ stack })).map((manifest) => ({ manifest, source: stack }));
  const base = input(given);
  return reportOf({
    ...base,
    head: {
      ...base.head,
      stack,
      overrides: stack === "local" ? [] : ['paw:cluster.context: "paw-production" -> "paw-preview"'],
      embedded: stack === "local",
    },
    gates: { record },
    prices: { currency: "EUR", per: "month", cpu: 20, memory: 2.5, storage: 0.1 },
    comparison: { against: "commit 0123456789ab", note: "Made up.", changes },
  });
}

const record: DeploymentRecord = {
  ...{ id: "20261130t201500z-deploy", command: "deploy", stack: "production", context: "paw-production" },
  ...{ by: "operator@example", program: { commit: "0123456789ab", dirty: false } },
  before: { deployed: "", revisions: [] },
  components: [],
  versions: {},
  ...{ begun: "2026-11-30T20:15:00.000Z", ended: "2026-11-30T20:25:00.000Z", outcome: "succeeded" },
  steps: [],
  changes: {},
  checks: [
    { id: "pods", title: "pod health", verdict: "simulated", found: "3 of 3 pods ready", faults: [] },
    { id: "logs", title: "error logs", verdict: "not evaluated", found: "no log is written", faults: [] },
  ],
  watch: { minutes: 0, looks: [] },
};

const changes: readonly Change[] = [
  {
    ...{ kind: "changed", object: "StatefulSet paw/paw-validator", deletes: true },
    fields: [
      { path: "spec.serviceName", from: "not shown", to: "not shown", replaces: true, ignored: false },
    ],
    danger: "the StatefulSet is replaced: spec.serviceName cannot be changed",
  },
  { ...{ kind: "added", object: "ConfigMap paw/some" }, fields: [], deletes: false, danger: undefined },
];
