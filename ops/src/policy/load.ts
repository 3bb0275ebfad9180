/** Objects to judge: out of files, or out of what a preview would deploy. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { LineCounter, isNode, parseAllDocuments } from "yaml";

import { type Given, unlisted } from "../../../policy/src/graph/graph.ts";
import { UNKNOWN, isRecord } from "../../../policy/src/k8s/field.ts";
import { type Manifest, headOf } from "../../../policy/src/k8s/manifest.ts";
import { UserError } from "../errors.ts";
import { type StackName, projectRoot } from "../project.ts";

/**
 * Objects of YAML or JSON files; folders are searched for such files, `-` is standard input.
 *
 * @throws UserError that names every file that cannot be read or is no YAML.
 */
export function fromFiles(paths: readonly string[]): Given[] {
  const faults: string[] = [];
  const given = paths.flatMap(filesIn).flatMap((file) => {
    try {
      return fromText(readFileSync(file === "-" ? 0 : file, "utf8"), file === "-" ? "standard input" : file);
    } catch (error) {
      faults.push(
        `${file}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`,
      );
      return [];
    }
  });
  if (faults.length > 0) {
    throw new UserError(`Nothing was judged, since some files could not be read:\n${faults.join("\n")}`, [
      "Name YAML or JSON files with Kubernetes objects, folders of such files, or - for standard input.",
    ]);
  }
  return given;
}

/** Objects of a YAML text with any number of documents and lists. Documents that are no objects are passed over. */
export function fromText(text: string, file: string): Given[] {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines, merge: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const value: unknown = document.toJS();
    if (!isObject(value)) return [];
    const { line } = lines.linePos(isNode(document.contents) ? document.contents.range[0] : 0);
    return unlisted(value)
      .filter(isObject)
      .map((manifest) => ({ manifest, source: `${file}:${line}` }));
  });
}

function isObject(value: unknown): value is Manifest {
  return isRecord(value) && typeof value.apiVersion === "string" && typeof value.kind === "string";
}

function filesIn(path: string): string[] {
  if (path === "-" || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .map((name) => join(path, name))
    .toSorted();
}

/** What the Pulumi engine writes where a value is not known in a preview (sdk `plugin.UnknownStringValue`). */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Step {
  readonly op: string;
  readonly newState?: {
    readonly urn: string;
    readonly type: string;
    readonly inputs?: object;
    readonly parent?: string;
    readonly protect?: boolean;
    readonly ignoreChanges?: readonly string[];
  };
}

/**
 * Objects that a stack would deploy, by a preview that changes nothing.
 *
 * @param environment variables in which `pulumi` finds the stack and its cluster.
 * @throws UserError with the preview's own words where it fails.
 */
export async function fromPreview(
  stack: StackName,
  environment: Readonly<Record<string, string>>,
): Promise<Given[]> {
  const args = ["preview", "--stack", stack, "--json", "--show-sames", "--non-interactive"];
  const preview = await execa("pulumi", args, { cwd: projectRoot, env: environment, reject: false });
  if (preview.exitCode !== 0) {
    throw new UserError(`The preview of ${stack} failed, so nothing was judged:\n${reasonOf(preview)}`, [
      `See it whole: pulumi preview --stack ${stack}`,
    ]);
  }
  const { steps } = JSON.parse(preview.stdout) as { steps: readonly Step[] };
  return steps.flatMap(({ op, newState }) =>
    newState === undefined || op.startsWith("delete") ? [] : givenOf(newState),
  );
}

function givenOf(state: NonNullable<Step["newState"]>): Given[] {
  const head = headOf(state.type);
  if (head === undefined) return [];
  const { urn, parent, protect, ignoreChanges } = state;
  return [
    {
      manifest: { ...(known(state.inputs ?? {}) as Record<string, unknown>), ...head },
      source: urn.split("::").at(-1) ?? urn,
      urn,
      ...(parent === undefined ? {} : { parent }),
      ...(ignoreChanges === undefined ? {} : { ignored: ignoreChanges }),
      protect: protect ?? false,
    },
  ];
}

/** A copy in which unknown values are UNKNOWN. */
function known(value: unknown): unknown {
  if (value === unknownText) return UNKNOWN;
  if (Array.isArray(value)) return value.map(known);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, known(field)]));
}

/** What went wrong: errors of the digest on standard output where there are some, else what was written beside it. */
function reasonOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  try {
    const { diagnostics = [] } = JSON.parse(stdout) as {
      diagnostics?: readonly { severity: string; message: string }[];
    };
    const errors = diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim());
    if (errors.length > 0) return errors.join("\n");
  } catch {
    // It failed before it had anything to tell in JSON.
  }
  return stderr.trim() === "" ? stdout.trim() : stderr.trim();
}
