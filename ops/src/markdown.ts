/** Markdown for comments on a code host, out of texts of somebody else's program. */

/** Code hosts refuse comments of more than 65,536 characters. */
export const longestComment = 65_000;

/** A table's lines; the first row is its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** A text of somebody's program, such that it stays text in a comment: no markup, no mention of anybody, no link. */
export function quoted(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, " ")
    .replaceAll(/[\\`*_{}[\]<>|~#]/g, "\\$&")
    .replaceAll("@", "@\u200b")
    .replaceAll("://", ":\u200b//");
}

/** The same as code: only what would end it or a table's cell has to go. */
export function code(text: string): string {
  const plain = text
    .replaceAll(/[\r\n]+/g, " ")
    .replaceAll("`", "'")
    .replaceAll("|", "\\|");
  return `\`${plain}\``;
}
