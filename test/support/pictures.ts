/** Pictures of docs/architecture.md, drawn from the code in Mermaid's language, which code hosts and editors show. */
import type { Endpoint, Flow } from "../../components/security/flows.ts";
import type { NamespaceBox } from "../../ops/src/report/topology.ts";

/** Who may talk to whom: a box for each end, an arrow with the ports. Rows that every pod has are left to a sentence. */
export function flowPicture(flows: readonly Flow[]): string {
  const rows = flows.filter(({ id }) => !/^(?:dns|metrics|node-port)-/.test(id));
  const arrows = new Map<string, Set<number>>();
  for (const { from, to, ports } of rows) {
    const key = `${nameOf(from)} ${nameOf(to)}`;
    const known = arrows.get(key) ?? new Set();
    for (const { port } of ports) known.add(port);
    arrows.set(key, known);
  }
  const ends = [...new Set([...arrows.keys()].flatMap((key) => key.split(" ")))].toSorted();
  return mermaid("LR", [
    ...ends.map((end) => `${idOf(end)}["${end}"]`),
    ...[...arrows]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, ports]) => {
        const [from = "", to = ""] = key.split(" ").map(idOf);
        return `${from} -->|${[...ports].toSorted((a, b) => a - b).join(" ")}| ${to}`;
      }),
  ]);
}

/** The Services of a namespace, and the workloads that they lead to. */
export function servicePicture({ workloads, services }: NamespaceBox): string {
  return mermaid("LR", [
    ...services.map(({ name, ports }) => `${idOf(`svc-${name}`)}(["${name}<br/>${ports.join("<br/>")}"])`),
    ...workloads.map(({ kind, name, pods }) => `${idOf(name)}["${kind} ${name}<br/>${pods}"]`),
    ...services.flatMap(({ name, selects }) =>
      selects.map((index) => `${idOf(`svc-${name}`)} --> ${idOf(workloads[index]?.name ?? "")}`),
    ),
  ]);
}

function nameOf(end: Endpoint): string {
  if (end.kind === "workload") return end.part === "bizra" ? "bizra" : end.component;
  if (end.kind === "neighbour") return end.name ?? end.namespace;
  if (end.cidr !== "0.0.0.0/0") return "API-server";
  return end.except === undefined ? "anywhere" : "internet";
}

const idOf = (name: string): string => name.replaceAll(/\W/g, "_");

function mermaid(direction: string, lines: readonly string[]): string {
  return ["```mermaid", `flowchart ${direction}`, ...lines.map((line) => `  ${line}`), "```"].join("\n");
}
