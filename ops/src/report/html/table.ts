/**
 * Tables: each with its caption, and headers that say what they head. On a narrow page rows stand as cards, with the
 * column's name before each value; the roles are said once more, since browsers forget them with the layout.
 */
import { Html, html } from "./markup.ts";

type Text = Html | string;

export interface Table {
  readonly caption: Text;
  readonly head: readonly string[];
  /** The first cell of each heads its row. */
  readonly rows: readonly (readonly Text[])[];
  /** Columns with figures, by index. */
  readonly figures?: readonly number[];
  /** Few and short columns stay side by side on a narrow page as well. */
  readonly narrow?: true;
}

export function table({ caption, head, rows, figures = [], narrow }: Table): Html {
  const align = (index: number): string => (figures.includes(index) ? "figure" : "text");
  return html`<table role="table" class="${narrow === true ? "narrow" : "stacked"}">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${head.map(
          (name, index) => html`<th role="columnheader" scope="col" class="${align(index)}">${name}</th>`,
        )}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        (row) =>
          html`<tr role="row">
            ${row.map((cell, index) =>
              index === 0
                ? html`<th role="rowheader" scope="row">${cell}</th>`
                : html`<td role="cell" class="${align(index)}" data-name="${head[index] ?? ""}">
                    <span>${cell}</span>
                  </td>`,
            )}
          </tr> `,
      )}
    </tbody>
  </table>`;
}
