/** The documents about the rules: a page for each, and an index by item of the checklist. Markdown, not yet formatted. */
import type { Exception } from "./exceptions.ts";
import { type RuleAbout, checklist, stacks } from "./rule.ts";

const groups: readonly { readonly item: RuleAbout["item"]; readonly title: string }[] = [
  ...Object.entries(checklist).map(([item, title]) => ({
    item: Number(item) as keyof typeof checklist,
    title: `${item}. ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
  })),
  { item: "integrity", title: "Integrity: objects fit together" },
  { item: "meta", title: "The gate itself" },
];

/**
 * Pages by file name.
 *
 * @param rules every rule there is, about objects and about the whole.
 * @param exceptions what is accepted, for the pages of the rules that are broken.
 */
export function policyDocs(
  rules: readonly RuleAbout[],
  exceptions: readonly Exception[],
): ReadonlyMap<string, string> {
  const ids = rules.map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (twice.length > 0) throw new Error(`two rules have one id: ${twice.join(", ")}`);
  return new Map([
    ["README.md", index(rules)],
    ...rules.map((rule): [string, string] => [`${rule.id}.md`, page(rule, exceptions)]),
  ]);
}

function index(rules: readonly RuleAbout[]): string {
  const sections = groups.map(({ item, title }) => {
    const own = rules.filter((rule) => rule.item === item);
    return own.length === 0 ? "" : [`## ${title}`, table(headings, own.map(row))].join("\n\n");
  });
  return [
    "# The rules",
    `${rules.length} rules, generated from the data beside each of them in \`policy/src\` (\`npm run docs:policies\`). ` +
      "`mandatory` fails a preview, `advisory` warns. The levels are those of the stack that the pack's config names, " +
      "and production's without one; a config can set single rules otherwise ([configuration](../configuration.md)). " +
      "What is accepted stands in `policy/exceptions.yaml`, with a reason, an owner and an end.",
    ...sections.filter((section) => section !== ""),
    "",
  ].join("\n\n");
}

const headings = ["rule", "what must be so", "severity", ...stacks];

function row({ id, description, severity, levels }: RuleAbout): readonly string[] {
  return [`[${id}](${id}.md)`, description, severity, ...stacks.map((stack) => levels[stack])];
}

function page(rule: RuleAbout, exceptions: readonly Exception[]): string {
  const { id, item, description, severity, levels, fix, url, frameworks, note } = rule;
  const accepted = exceptions.filter(({ rules }) => rules.includes(id));
  const facts = [
    ["part of", groups.find((group) => group.item === item)?.title ?? String(item)],
    ["looks at", "judges" in rule ? "each object" : "the whole deployment"],
    ["severity", severity],
    ...stacks.map((stack) => [`in ${stack}`, levels[stack]]),
    ["elsewhere", frameworks.length === 0 ? "no other catalogue has it" : frameworks.join(", ")],
  ];
  return [
    `# ${id}`,
    description,
    table(["", ""], facts),
    ...(note === undefined ? [] : [note]),
    `**Fix:** ${fix}`,
    ...(accepted.length === 0 ? [] : ["## Accepted", list(accepted)]),
    `[The standard behind it](${url})`,
    "",
  ].join("\n\n");
}

/** Objects under one reason in one item. */
function list(accepted: readonly Exception[]): string {
  const byReason = Map.groupBy(accepted, ({ reason, expires }) => `until ${expires}: ${reason}`);
  return [...byReason]
    .map(([reason, each]) => `- ${each.map(({ object }) => object).join(", ")}, ${reason}`)
    .join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "-")), ...rows.map(line)].join("\n");
}
