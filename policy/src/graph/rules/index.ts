/** All rules about the deployment as a whole, by pack. */
import type { GraphRule } from "../rule.ts";
import { availabilityGraph } from "./availability.ts";
import { claims, evidenceGraph } from "./evidence.ts";
import { bothEnds, onlyNeighbours } from "./flows.ts";
import { meshGraph } from "./mesh.ts";
import { networkGraph } from "./network.ts";
import { rbacGraph } from "./rbac.ts";
import { referenceGraph } from "./references.ts";
import { secretGraph } from "./secrets.ts";

/** The ten items, where one object does not show whether they hold. */
export const checklistGraph: readonly GraphRule[] = [
  ...networkGraph,
  onlyNeighbours,
  ...rbacGraph,
  ...secretGraph,
  ...meshGraph,
  ...availabilityGraph,
  ...evidenceGraph,
];

/** Every reference resolves, every flow is allowed at both ends, every claim is backed up. */
export const integrityGraph: readonly GraphRule[] = [...referenceGraph, bothEnds, claims];
