/** The flow matrix as people read it: for each target who may come, and whoever is not listed may not. */
import type { MeshAnswer } from "../../../../policy/src/graph/mesh.ts";
import { type Cell, type FlowMatrix, type NetworkAnswer, disagree } from "./matrix.ts";
import type { Port } from "./ports.ts";

/** Callers for which the same holds on the same ports. */
export interface FlowRow {
  readonly from: readonly string[];
  /** Such as `26656/TCP`. */
  readonly ports: readonly string[];
  readonly network: NetworkAnswer;
  readonly mesh: MeshAnswer;
  readonly disagrees: boolean;
}

export interface FlowTarget {
  readonly name: string;
  /** Kind of the workload, or that it is an address; nothing for pods that are not among the objects. */
  readonly kind: string | undefined;
  /** What one or the other lets through. */
  readonly rows: readonly FlowRow[];
  /** Callers of whom nothing is let through. */
  readonly refused: readonly string[];
}

export interface FlowSection {
  readonly targets: readonly FlowTarget[];
  /** What policies and mesh see differently, by target. */
  readonly disagreements: readonly { readonly to: string; readonly rows: readonly FlowRow[] }[];
  /** Connections that were asked for. */
  readonly cells: number;
  readonly allowed: number;
  /** Of those that policies allow, where the objects do not tell what the mesh does. */
  readonly untold: number;
  readonly ends: readonly string[];
  readonly policies: number;
  /** Authorizations of the mesh among the objects. */
  readonly authorizations: number;
  readonly onNodes: readonly string[];
}

export function flowSection(
  { ends, cells, onNodes }: FlowMatrix,
  counts: Pick<FlowSection, "policies" | "authorizations">,
): FlowSection {
  const targets = [...Map.groupBy(cells, ({ to }) => to)].map(
    ([{ name, workload, peer }, own]): FlowTarget => {
      const listed = own.filter(({ network, mesh }) => network === "allowed" || mesh === "allowed");
      const callers = new Set(listed.map(({ from }) => from));
      const all = new Set(own.map(({ from }) => from));
      return {
        name,
        kind: workload?.kind ?? (peer.kind === "address" ? "an address outside" : undefined),
        rows: rowsOf(listed),
        refused: [...all].filter((from) => !callers.has(from)).map((from) => from.name),
      };
    },
  );
  const allowed = cells.filter(({ network }) => network === "allowed");
  return {
    targets,
    disagreements: targets.flatMap(({ name: to, rows }) => {
      const own = rows.filter(({ disagrees }) => disagrees);
      return own.length === 0 ? [] : [{ to, rows: own }];
    }),
    cells: cells.length,
    allowed: allowed.length,
    untold: allowed.filter(({ mesh }) => mesh === "not evaluated").length,
    ends: ends.map(({ name }) => name),
    ...counts,
    onNodes,
  };
}

/** Cells of one target, put together: by caller first, then callers that are treated alike. */
function rowsOf(cells: readonly Cell[]): readonly FlowRow[] {
  const byCaller = Map.groupBy(cells, ({ from, network, mesh }) => [from.name, network, mesh].join("\0"));
  const single = [...byCaller.values()].flatMap((group): FlowRow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { from, network, mesh } = first;
    const ports = group.map(({ port }) => portName(port));
    return [{ from: [from.name], ports, network, mesh, disagrees: disagree(first) }];
  });
  const alike = Map.groupBy(single, ({ ports, network, mesh }) => [...ports, network, mesh].join("\0"));
  return [...alike.values()].flatMap((group): FlowRow[] => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, from: group.flatMap(({ from }) => from) }];
  });
}

/** A port as tables name it. */
export function portName({ port, protocol, other }: Port): string {
  return other === true ? `any other/${protocol}` : `${port}/${protocol}`;
}
