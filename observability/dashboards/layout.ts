/** Where panels go: computed, so that none covers another. */
import type { PanelSpec, RowSpec } from "./spec.ts";

/** Columns of Grafana's grid, and the heights of a panel's kinds in its lines. */
export const columns = 24;
const heights: Readonly<Record<PanelSpec["kind"], number>> = { stat: 4, timeseries: 8, table: 8, logs: 10 };

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PlacedRow {
  readonly title: string;
  readonly place: Place;
  readonly panels: readonly { readonly panel: PanelSpec; readonly place: Place }[];
}

/**
 * Panels of a row from left to right, in a new line where the width is used up; rows below one another.
 *
 * @throws Error when a panel is wider than the grid or narrower than a column.
 */
export function layOut(rows: readonly RowSpec[]): PlacedRow[] {
  let y = 0;
  return rows.map(({ title, panels }) => {
    const place = { x: 0, y, w: columns, h: 1 };
    y += 1;
    let x = 0;
    let lineHeight = 0;
    const placed = panels.map((panel) => {
      const [w, h] = [panel.width, heights[panel.kind]];
      if (w < 1 || w > columns)
        throw new Error(`panel "${panel.title}": a width of ${w} is not 1 to ${columns}`);
      if (x + w > columns) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      const at = { x, y, w, h };
      x += w;
      lineHeight = Math.max(lineHeight, h);
      return { panel, place: at };
    });
    y += lineHeight;
    return { title, place, panels: placed };
  });
}
