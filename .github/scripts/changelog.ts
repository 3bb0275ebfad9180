/** Prints what CHANGELOG.md says of a version: `node changelog.ts v1.2.3`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The notes of a tag.
 *
 * @throws Error where package.json has another version, or the changelog has nothing for it.
 */
export function notesOf(
  tag: string,
  { changelog, version }: { readonly changelog: string; readonly version: string },
): string {
  if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, package.json says ${version}`);
  const parts = changelog.split(/^## /m).slice(1);
  const part = parts.find((text) => text.startsWith(`${version} `) || text.startsWith(`${version}\n`));
  const notes = part?.slice(part.indexOf("\n") + 1).trim() ?? "";
  if (notes === "") throw new Error(`CHANGELOG.md has no part "## ${version}" with text in it`);
  return `${notes}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  const { version } = JSON.parse(read("package.json")) as { version: string };
  process.stdout.write(notesOf(process.argv[2] ?? "", { changelog: read("CHANGELOG.md"), version }));
}
