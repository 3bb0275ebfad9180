/** The picture of what runs where: for each namespace its Services, its workloads, and what leads where. */
import type { NamespaceBox, ServiceBox, Topology } from "../topology.ts";
import { counted } from "../../counted.ts";
import { Html, html, names } from "./markup.ts";
import { table } from "./table.ts";

/** Sizes of the drawing, in the units of its view: a phone's 300 pixels are about as many. */
const width = 316;
const box = { width: 140, height: 50, gap: 12 };
const right = width - box.width;
const letters = 19;

export function topologySection({ namespaces, empty }: Topology): Html {
  return html`<section id="topology" aria-labelledby="topology-h">
    <h2 id="topology-h">What runs where</h2>
    <p>
      Services stand on the left, workloads on the right; a line leads from a Service to whatever its selector
      chooses.
    </p>
    <div class="maps">${namespaces.map(figure)}</div>
    ${empty.length > 0 ? html`<p>Namespaces without workloads or Services among the objects: ${names(empty)}.</p>` : ""}
    <details>
      <summary>The same as a table</summary>
      ${table({
        caption: "Services and the workloads that their selectors choose",
        head: ["Service", "Type", "Ports", "Leads to"],
        rows: namespaces.flatMap((namespace) =>
          namespace.services.map((service) => serviceRow(namespace, service)),
        ),
      })}${table({
        caption: "Workloads",
        head: ["Workload", "Kind", "Pods", "Reached by"],
        rows: namespaces.flatMap(workloadRows),
      })}
    </details>
  </section>`;
}

function serviceRow({ name, workloads }: NamespaceBox, service: ServiceBox): readonly (Html | string)[] {
  const targets = service.selects.map((index) => workloads[index]?.name ?? "");
  return [
    html`<code>${name}/${service.name}</code>`,
    service.type,
    service.ports.join(", "),
    service.nowhere === undefined ? html`${names(targets)}` : `nowhere: ${service.nowhere}`,
  ];
}

function workloadRows({ name, workloads, services }: NamespaceBox): readonly (readonly (Html | string)[])[] {
  return workloads.map((workload, index) => {
    const own = services.filter(({ selects }) => selects.includes(index)).map((service) => service.name);
    return [
      html`<code>${name}/${workload.name}</code>`,
      workload.kind,
      workload.hostNetwork ? `${workload.pods}, on the node's network` : workload.pods,
      own.length === 0 ? "no Service" : html`${names(own)}`,
    ];
  });
}

function figure(namespace: NamespaceBox, index: number): Html {
  const { name, workloads, services } = namespace;
  const rows = Math.max(workloads.length, services.length);
  const height = rows * (box.height + box.gap) - box.gap + 4;
  const id = `map-${index}`;
  // Services in the order of what they lead to: lines cross less.
  const sorted = services.toSorted((a, b) => Math.min(...a.selects, 999) - Math.min(...b.selects, 999));
  return html`<figure>
    <figcaption>${name}</figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
      <title id="${id}-t">Services and workloads of the namespace ${name}</title>
      <desc id="${id}-d">${described(namespace)}</desc>
      ${sorted.flatMap((service, row) => service.selects.map((target) => line(row, target)))}
      ${sorted.map((service, row) => drawn({ name: service.name, about: service.type }, { x: 1, row, kind: serviceKind(service) }))}
      ${workloads.map((workload, row) =>
        drawn(
          { name: workload.name, about: `${workload.kind}, ${workload.pods}` },
          { x: right - 1, row, kind: "workload" },
        ),
      )}
    </svg>
  </figure>`;
}

const serviceKind = ({ nowhere }: ServiceBox): string =>
  nowhere === undefined ? "service" : "service nowhere";

function described({ workloads, services }: NamespaceBox): string {
  const leads = services.map(({ name, selects, nowhere }) => {
    const targets = selects.map((index) => workloads[index]?.name ?? "").join(" and ");
    return `${name} leads ${nowhere === undefined ? `to ${targets}` : `nowhere, as ${nowhere}`}`;
  });
  const counts = `${counted(services.length, "Service")}, ${counted(workloads.length, "workload")}.`;
  return leads.length === 0 ? counts : `${counts} ${leads.join("; ")}.`;
}

const top = (row: number): number => 2 + row * (box.height + box.gap);

function line(from: number, to: number): Html {
  const [x1, y1, x2, y2] = [box.width + 1, top(from) + box.height / 2, right - 1, top(to) + box.height / 2];
  const middle = (x1 + x2) / 2;
  return html`<path class="line" d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" />`;
}

interface Place {
  readonly x: number;
  readonly row: number;
  readonly kind: string;
}

function drawn(
  { name, about }: { readonly name: string; readonly about: string },
  { x, row, kind }: Place,
): Html {
  const y = top(row);
  const lines = broken(name);
  const first = y + (lines.length === 1 ? 21 : 16);
  return html`<g class="${kind}"
    ><title>${name}: ${about}</title
    ><rect
      x="${x}"
      y="${y}"
      width="${box.width}"
      height="${box.height}"
      rx="${kind === "workload" ? 3 : 12}"
    />
    ${lines.map((text, index) => html`<text class="name" x="${x + 8}" y="${first + index * 14}">${text}</text>`)}
    <text x="${x + 8}" y="${first + lines.length * 14 + 1}">${about}</text></g
  >`;
}

/** A name on one line or two; what is longer loses its middle, which the table has. */
function broken(name: string): readonly string[] {
  if (name.length <= letters) return [name];
  const at = name.lastIndexOf("-", letters - 1);
  const cut = at > 6 ? at + 1 : letters;
  const rest = name.slice(cut);
  return [name.slice(0, cut), rest.length <= letters ? rest : `${rest.slice(0, 9)}…${rest.slice(-10)}`];
}
