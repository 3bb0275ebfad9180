/** HTML that cannot be got wrong: whatever is put into a template is escaped, unless it is markup of ours. */
import { escaped } from "../../xml.ts";

/** Markup. Only {@link html} makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | undefined | readonly (Html | string)[];

/** A template of markup: texts are escaped, lists put one after another, and nothing is written for undefined. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + written(values[index])).join(""));
}

function written(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  return typeof value === "object" ? value.map(written).join("") : escaped(String(value));
}

/** Words of one of the project's four, with a colour beside. */
export function badge(word: string): Html {
  return html`<span class="badge ${word.replaceAll(" ", "-")}">${word}</span>`;
}

/** Names as code, each of which may be broken anywhere. */
export function names(list: readonly string[]): readonly Html[] {
  return list.map((name, index) => html`${index === 0 ? "" : ", "}<code>${name}</code>`);
}
