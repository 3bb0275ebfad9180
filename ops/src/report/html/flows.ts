/** Who may reach whom: the disagreements first, then a card for each target. */
import type { FlowRow, FlowSection, FlowTarget } from "../flows/view.ts";
import { counted } from "../../counted.ts";
import { shortened } from "../units.ts";
import { Html, badge, html, names } from "./markup.ts";
import { table } from "./table.ts";

const head = ["From", "Ports", "Policies", "Mesh"];

export function flowsSection(flows: FlowSection): Html {
  const { cells, ends, allowed, untold, policies, authorizations, targets } = flows;
  const reached = targets.filter(({ rows }) => rows.length > 0);
  const closed = targets.filter(({ rows }) => rows.length === 0).map(({ name }) => name);
  return html`<section id="flows" aria-labelledby="flows-h">
    <h2 id="flows-h">Who may reach whom</h2>
    <p>
      Computed from ${policies} NetworkPolicies and ${authorizations} authorizations of the mesh: ${cells}
      connections between ${ends.length} ends, of which policies allow ${allowed}. Whoever is not listed below
      is refused on every port that anybody names, and on one that nobody names, which stands for all others.
      Whether a cluster enforces it is <em>not evaluated</em> here: <code>npx paw test security</code> looks
      at a running one.
    </p>
    <p>
      Policies: both ends have to allow a connection, egress at its source and ingress at its target. Mesh:
      <b>no say</b> is a port that no proxy handles; <b>not evaluated</b> is one where the objects do not
      tell, such as the account of somebody else’s pods.
    </p>
    ${flows.onNodes.length > 0 ? html`<p><b>Not evaluated</b>, since pods on the node’s own network are under neither: ${names(flows.onNodes)}.</p>` : ""}
    <h3>Where policies and mesh disagree</h3>
    ${disagreements(flows)}
    ${untold > 0 ? html`<p>${counted(untold, "connection")} that policies allow: the objects do not tell what the mesh does.</p>` : ""}
    <h3>By target</h3>
    <div class="cards">${reached.map(card)}</div>
    ${closed.length > 0 ? html`<p>Targets that nobody may reach: ${names(closed)}.</p>` : ""}
    <details>
      <summary>The ${ends.length} ends that were asked about</summary>
      <p>${names(ends)}</p>
    </details>
  </section>`;
}

function disagreements({ disagreements: found, authorizations }: FlowSection): Html {
  if (authorizations === 0)
    return html`<p>${badge("not evaluated")} No authorization of the mesh is among the objects.</p>`;
  if (found.length === 0)
    return html`<p>
      Nowhere: what the mesh allows or refuses, policies allow or refuse as well, wherever both have a say.
    </p>`;
  return table({
    caption: "Connections that one allows and the other refuses",
    head: ["To", "From", "Ports", "Policies", "Mesh"],
    rows: found.flatMap(({ to, rows }) => rows.map((row) => [html`<code>${to}</code>`, ...cellsOf(row)])),
  });
}

function card({ name, kind, rows, refused }: FlowTarget): Html {
  return html`<div class="card">
    ${table({
      caption: html`To <code>${name}</code>${kind === undefined ? " (not among the objects)" : `, ${kind}`}`,
      head,
      rows: rows.map(cellsOf),
      narrow: true,
    })}
    <p class="rest">
      ${
        refused.length === 0
          ? "Nobody else was asked about."
          : `Refused: ${counted(refused.length, "other end")}.`
      }
    </p>
  </div>`;
}

const most = 6;

function cellsOf({ from, ports, network, mesh, disagrees }: FlowRow): readonly Html[] {
  const mark = disagrees ? html` <b class="mark">disagree</b>` : html``;
  const callers =
    from.length > most + 2
      ? html`<details>
          <summary>${shortened(from, most)}</summary>
          ${names(from)}
        </details>`
      : html`${names(from)}`;
  return [
    html`${callers}${mark}`,
    html`${ports.join(", ")}`,
    html`<span class="${network === "allowed" ? "yes" : "no"}">${network}</span>`,
    html`<span class="${mesh === "allowed" ? "yes" : mesh === "refused" ? "no" : "open"}">${mesh}</span>`,
  ];
}
