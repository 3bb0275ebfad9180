/** The shorter sections: images, resources, gates, and the comparison. */
import type { Change } from "../../compare/changes.ts";
import type { ImageRow } from "../images.ts";
import type { Gates, Report } from "../report.ts";
import type { NamespaceDemand, Sums, WorkloadDemand } from "../resources/totals.ts";
import { counted } from "../../counted.ts";
import { bytes, cores, money, range } from "../units.ts";
import { Html, badge, html, names } from "./markup.ts";
import { table } from "./table.ts";

export function imagesSection(images: readonly ImageRow[]): Html {
  return html`<section id="images" aria-labelledby="images-h">
    <h2 id="images-h">Images</h2>
    <p>
      Signatures are what <code>policy/image-lock.json</code> knows of them. Policies of admission are among
      the objects; whether they refused anything, only a running cluster tells.
    </p>
    ${table({
      caption: counted(images.length, "image"),
      head: ["Image", "Pinned by", "Signature", "At admission", "Used by"],
      rows: images.map(({ image, pinned, digest, usedBy, signature, admission }) => [
        html`<code>${image}</code>`,
        digest === undefined ? pinned : "digest",
        html`${badge(signature.verdict)} ${signature.text}`,
        admission.length === 0 ? "no policy names it" : admission.join("; "),
        html`${names(usedBy)}`,
      ]),
    })}
  </section>`;
}

function sumCells({ pods, requests, limits, storage }: Sums): readonly string[] {
  return [
    range(pods, String),
    range(requests.cpu, cores),
    range(limits.cpu, cores),
    range(requests.memory, bytes),
    range(limits.memory, bytes),
    range(storage, bytes),
  ];
}

const figures = ["Pods", "CPU requested", "CPU limit", "Memory requested", "Memory limit", "Storage"];

export function resourcesSection({ resources, prices }: Report): Html {
  const { namespaces, total, unlimited, proxied } = resources;
  const filled = namespaces.filter(({ sums }) => sums.pods[1] > 0 || sums.storage[1] > 0);
  const nodes = namespaces.flatMap(({ name, workloads }) =>
    workloads.filter(({ scale }) => scale === undefined).map((workload) => `${name}/${workload.name}`),
  );
  return html`<section id="resources" aria-labelledby="resources-h">
    <h2 id="resources-h">Resources</h2>
    <p>
      Replicas are counted, from the fewest to the most that autoscalers and jobs make; cores and bytes are
      what the scheduler reserves and what the limits allow.
    </p>
    ${table({
      caption: "By namespace",
      head: ["Namespace", ...figures],
      rows: [
        ...filled.map(({ name, sums }) => [html`<code>${name}</code>`, ...sumCells(sums)]),
        ["All", ...sumCells(total)],
      ],
      figures: [1, 2, 3, 4, 5, 6],
    })}
    <ul>
      <li>
        ${nodes.length === 0 ? "No DaemonSet is among the objects." : html`Not in the sums, since they run once a node: ${names(nodes)}.`}
      </li>
      ${proxied[1] > 0 ? html`<li>Not in the sums: proxies that the mesh adds to ${range(proxied, String)} pods at admission.</li>` : ""}
      ${unlimited > 0 ? html`<li>${counted(unlimited, "container")} without a limit of CPU or memory: the limits lack them.</li>` : ""}
    </ul>
    <details>
      <summary>By workload, one pod of each</summary>
      ${table({
        caption: "By workload",
        head: ["Workload", "Kind", "Pods", "CPU requested", "CPU limit", "Memory requested", "Memory limit"],
        rows: namespaces.flatMap((namespace) =>
          namespace.workloads.map((workload) => workloadRow(namespace, workload)),
        ),
        figures: [3, 4, 5, 6],
      })}
    </details>
    ${costs(prices)}
  </section>`;
}

function workloadRow(
  { name }: NamespaceDemand,
  { name: own, kind, pod, scale }: WorkloadDemand,
): readonly (Html | string)[] {
  const pods = scale === undefined ? "one a node" : range([scale.least, scale.most], String);
  const { requests, limits } = pod;
  return [
    html`<code>${name}/${own}</code>`,
    kind,
    scale?.note === undefined ? pods : `${pods} (${scale.note})`,
    cores(requests.cpu),
    cores(limits.cpu),
    bytes(requests.memory),
    bytes(limits.memory),
  ];
}

function costs(prices: Report["prices"]): Html {
  if (prices === undefined)
    return html`<p>
      ${badge("not evaluated")} What it costs: no unit prices were given (<code>--prices FILE</code>).
    </p>`;
  const { currency, per, costs: sums } = prices;
  const unit = { cpu: "a core", memory: "a GiB of memory", storage: "a GiB of storage" } as const;
  return table({
    caption: `What requests and claims cost a ${per}, in ${currency}, by the prices that were given`,
    head: ["What", "Unit price", "Cost"],
    rows: [
      ...(["cpu", "memory", "storage"] as const).map((name) => [
        unit[name],
        String(prices[name]),
        range(sums[name], money),
      ]),
      ["All", "", range(sums.total, money)],
    ],
    figures: [1, 2],
  });
}

export function gatesSection(gates: Gates): Html {
  const { record } = gates;
  const inside =
    record === undefined
      ? html`<p>${badge("not evaluated")} ${gates.reason}</p>`
      : html`<p>
            The newest record: <code>${record.id}</code>, ${record.command} by ${record.by}, begun
            <time datetime="${record.begun}">${record.begun}</time>,
            ${record.outcome}${record.reason === undefined ? "" : `: ${record.reason}`}.
          </p>
          ${table({
            caption: "Gates and checks of that deployment",
            head: ["Check", "Verdict", "Found"],
            rows: record.checks.map(({ title, verdict, found }) => [title, badge(verdict), found]),
          })}`;
  return html`<section id="gates" aria-labelledby="gates-h">
    <h2 id="gates-h">Gates</h2>
    ${inside}
  </section>`;
}

export function comparisonSection({ comparison }: Report): Html {
  if (comparison === undefined) return html``;
  const { against, note, changes } = comparison;
  const dangers = changes.filter(({ danger }) => danger !== undefined);
  return html`<section id="comparison" aria-labelledby="comparison-h">
    <h2 id="comparison-h">Beside ${against}</h2>
    <p>From ${against} to this: ${changes.length === 0 ? "no object differs" : summary(changes)}. ${note}</p>
    <h3>What has to be looked at</h3>
    ${
      dangers.length === 0
        ? html`<p>
            Nothing: no StatefulSet, PersistentVolumeClaim, volume or Namespace is replaced or removed.
          </p>`
        : html`<ul>
            ${dangers.map(({ object, danger }) => html`<li><code>${object}</code>: ${danger}</li>`)}
          </ul>`
    }
    ${
      changes.length === 0
        ? ""
        : html`<h3>Objects</h3>
            ${changes.map(changed)}`
    }
  </section>`;
}

/** How many objects changed in which way. */
export function summary(changes: readonly Change[]): string {
  const count = (kind: Change["kind"]): string =>
    `${changes.filter((change) => change.kind === kind).length} ${kind}`;
  return (["added", "removed", "changed", "moved"] as const).map(count).join(", ");
}

function changed({ kind, object, fields, deletes }: Change): Html {
  const word = deletes && kind !== "removed" ? `${kind}, replaced` : kind;
  if (fields.length === 0) return html`<p class="change"><b>${word}</b> <code>${object}</code></p>`;
  return html`<details>
    <summary><b>${word}</b> <code>${object}</code>: ${counted(fields.length, "field")}</summary>
    <ul>
      ${fields.map(
        ({ path, from, to, replaces, ignored }) =>
          html`<li>
            <code>${path}</code>: ${from} →
            ${to}${replaces ? ", which replaces the object" : ""}${ignored ? ", left to others: nothing happens" : ""}
          </li>`,
      )}
    </ul>
  </details>`;
}
