/** The report on a stack as data: everything that a page or a comment shows, out of objects and of what is known beside. */
import type { Given, Graph } from "../../../policy/src/graph/graph.ts";
import { graphOf } from "../../../policy/src/graph/graph.ts";
import { policyGroup } from "../../../policy/src/graph/mesh.ts";
import type { LockedImage } from "../../../policy/src/imageLock.ts";
import { fewestWorkloads } from "../../../policy/src/meta.ts";
import type { StackName } from "../project.ts";
import type { DeploymentRecord } from "../records/record.ts";
import { type ChecklistRow, checklistOf } from "./checklist.ts";
import type { Comparison } from "./comparison.ts";
import { matrixOf } from "./flows/matrix.ts";
import { type FlowSection, flowSection } from "./flows/view.ts";
import { type ImageRow, imagesOf } from "./images.ts";
import { type Costs, type Prices, costsOf } from "./resources/prices.ts";
import { type Resources, resourcesOf } from "./resources/totals.ts";
import { type Statement, statementsOf } from "./statements.ts";
import { type Topology, topologyOf } from "./topology.ts";

export interface Head {
  readonly stack: StackName;
  /** Commit of the program; empty outside git. */
  readonly commit: string;
  /** Whether files had been changed since. */
  readonly dirty: boolean;
  /** ISO 8601. */
  readonly date: string;
  /** How the objects were found, in words. */
  readonly source: string;
  /** Whether they went before a real API server. */
  readonly previewed: boolean;
  /** What `PAW_OVERRIDES` changed, as `key: from -> to`. */
  readonly overrides: readonly string[];
  /** Whether the stack's own cluster simulates pods. */
  readonly embedded: boolean;
}

/** Newest record of a deployment, or why there is none. */
export type Gates =
  { readonly record: DeploymentRecord } | { readonly record: undefined; readonly reason: string };

export interface ReportInput {
  readonly head: Head;
  readonly given: readonly Given[];
  readonly lock: readonly LockedImage[];
  readonly gates: Gates;
  readonly prices: Prices | undefined;
  /** Nothing where none was asked for. */
  readonly comparison: Comparison | undefined;
}

export interface Report {
  readonly head: Head;
  readonly objects: number;
  readonly statements: readonly Statement[];
  readonly topology: Topology;
  readonly flows: FlowSection;
  readonly checklist: readonly ChecklistRow[];
  readonly images: readonly ImageRow[];
  readonly resources: Resources;
  readonly prices: (Prices & { readonly costs: Costs }) | undefined;
  readonly gates: Gates;
  readonly comparison: Comparison | undefined;
}

/** Everything that the report says. */
export function reportOf({ head, given, lock, gates, prices, comparison }: ReportInput): Report {
  const graph = graphOf(given);
  const today = head.date.slice(0, 10);
  const resources = resourcesOf(graph);
  const report = {
    ...{ head, gates, comparison },
    objects: given.length,
    topology: topologyOf(graph),
    flows: flowsOf(graph),
    checklist: checklistOf(given, { stack: head.stack, minimum: fewestWorkloads, today }),
    images: imagesOf(graph, { lock, today }),
    resources,
    prices: prices && { ...prices, costs: costsOf(resources.total, prices) },
  };
  return { ...report, statements: statementsOf(report) };
}

function flowsOf(graph: Graph): FlowSection {
  return flowSection(matrixOf(graph), {
    policies: graph.ofKind("networking.k8s.io", "NetworkPolicy").length,
    authorizations: graph.ofKind(policyGroup, "AuthorizationPolicy").length,
  });
}
