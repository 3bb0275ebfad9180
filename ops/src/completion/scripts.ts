/** Completion scripts: the same table in the language of each shell. */
import type { Words } from "./words.ts";

export const completionShells = ["bash", "zsh", "fish", "powershell"] as const;
export type CompletionShell = (typeof completionShells)[number];

/** The script that a shell evaluates once. */
export function completionScript(words: Words, shell: CompletionShell): string {
  return writers[shell](words);
}

const writers: Readonly<Record<CompletionShell, (words: Words) => string>> = {
  bash: toBash,
  // zsh understands bash's completion with this module.
  zsh: (words) => `autoload -U +X bashcompinit && bashcompinit\n${toBash(words)}`,
  fish: toFish,
  powershell: toPowerShell,
};

/** Names hold nothing but letters, digits, spaces and dashes: nothing that a shell would read as its own. */
function toBash({ after, values }: Words): string {
  const paths = Object.keys(after).filter((path) => path !== "");
  return [
    "_paw() {",
    "  local path='' words='' word i",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    '    word="${path:+$path }${COMP_WORDS[i]}"',
    `    case "$word" in ${paths.map((path) => `'${path}'`).join("|")}) path=$word ;; esac`,
    "  done",
    '  case "${COMP_WORDS[COMP_CWORD - 1]}" in',
    ...Object.entries(values).map(([option, list]) => `    ${option}) words='${list.join(" ")}' ;;`),
    "  esac",
    '  if [ -z "$words" ]; then case "$path" in',
    ...Object.entries(after).map(([path, list]) => `    '${path}') words='${list.join(" ")}' ;;`),
    "  esac; fi",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _paw paw",
    "",
  ].join("\n");
}

function toFish({ after, values }: Words): string {
  const lines = Object.entries(after).flatMap(([path, list]) => {
    const inside = list.filter((word) => !word.startsWith("-"));
    const names = path.split(" ").filter((name) => name !== "");
    const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`);
    const before = inside.length === 0 ? [] : [`not __fish_seen_subcommand_from ${inside.join(" ")}`];
    const condition = [...seen, ...before].join("; and ");
    const when = condition === "" ? "" : ` -n '${condition}'`;
    return [
      ...(inside.length > 0 ? [`complete -c paw -f${when} -a '${inside.join(" ")}'`] : []),
      ...list
        .filter((word) => word.startsWith("--"))
        .map((word) => {
          const choices = values[word];
          return `complete -c paw${when} -l ${word.slice(2)}${choices ? ` -x -a '${choices.join(" ")}'` : ""}`;
        }),
    ];
  });
  return `${[...new Set(lines)].join("\n")}\n`;
}

function toPowerShell({ after, values }: Words): string {
  const list = (words: readonly string[]): string => `@(${words.map((word) => `'${word}'`).join(", ")})`;
  const table = (entries: Readonly<Record<string, readonly string[]>>): string =>
    `@{ ${Object.entries(entries)
      .map(([name, words]) => `'${name}' = ${list(words)}`)
      .join("; ")} }`;
  return [
    "Register-ArgumentCompleter -Native -CommandName paw -ScriptBlock {",
    "  param($wordToComplete, $commandAst, $cursorPosition)",
    `  $after = ${table(after)}`,
    `  $values = ${table(values)}`,
    '  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })',
    "  if ($wordToComplete -ne '') { $typed = @($typed | Select-Object -SkipLast 1) }",
    "  $path = ''",
    '  foreach ($word in $typed) { $next = "$path $word".Trim(); if ($after.ContainsKey($next)) { $path = $next } }',
    "  $last = if ($typed.Count -gt 0) { $typed[-1] } else { '' }",
    "  $words = if ($values.ContainsKey($last)) { $values[$last] } else { $after[$path] }",
    '  $words | Where-Object { $_ -like "$wordToComplete*" }',
    "}",
    "",
  ].join("\n");
}
