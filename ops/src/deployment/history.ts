/** What was deployed when, as Pulumi's own history of a stack has it. */
import { execa } from "execa";

import { UserError, firstLine } from "../errors.ts";
import { type StackName, projectRoot } from "../project.ts";

export interface Update {
  /** Number of the update in the stack's history, from 1. */
  readonly version: number;
  readonly succeeded: boolean;
  /** ISO 8601. */
  readonly ended: string;
  /** Commit of the program that ran; empty where it ran outside git. */
  readonly commit: string;
  /** Whether files had been changed since that commit. */
  readonly dirty: boolean;
  /** Values of the stack file, by full key. */
  readonly config: Readonly<Record<string, unknown>>;
}

interface Entry {
  readonly kind: string;
  readonly result: string;
  readonly version: number;
  readonly endTime: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, { readonly value?: string; readonly objectValue?: unknown }>>;
}

/** All deployments of a stack that are over, newest first; previews, refreshes and imports are none. */
export async function historyOf(stack: StackName): Promise<Update[]> {
  // All of them: backends of files number updates by their place in the list.
  const args = [
    "stack",
    "history",
    "--stack",
    stack,
    "--json",
    "--full-dates",
    "--page-size",
    "0",
    "--non-interactive",
  ];
  const { stdout } = await execa("pulumi", args, { cwd: projectRoot }).catch((error: unknown) => {
    throw new UserError(`the history of the stack "${stack}" cannot be read: ${firstLine(error)}`, [
      "log in to the stack's backend first: pulumi login; for local: npx paw env",
    ]);
  });
  return readHistory(JSON.parse(stdout === "" ? "[]" : stdout) as Entry[]);
}

/** The pure part of {@link historyOf}. Backends of files number nothing, so the place in the list does. */
export function readHistory(entries: readonly Entry[]): Update[] {
  return entries
    .map((entry, index) => ({ ...entry, version: entry.version || entries.length - index }))
    .filter(({ kind, result }) => kind === "update" && result !== "in-progress")
    .map(({ version, result, endTime, environment, config }) => ({
      version,
      succeeded: result === "succeeded",
      ended: endTime,
      commit: environment["git.head"] ?? "",
      dirty: environment["git.dirty"] === "true",
      config: Object.fromEntries(
        Object.entries(config).map(([key, { value, objectValue }]) => [key, objectValue ?? value]),
      ),
    }));
}

/**
 * What a rollback goes back to: of the updates that succeeded the newest that is not what is there now.
 *
 * @param version asks for one by its number.
 * @throws UserError when there is none.
 */
export function previousOf(updates: readonly Update[], version?: number): Update {
  const succeeded = updates.filter((update) => update.succeeded);
  const numbers = succeeded.map((update) => update.version).join(", ") || "none";
  const [newest] = updates;
  const found =
    version === undefined
      ? succeeded.find((update) => newest !== undefined && (!newest.succeeded || differs(update, newest)))
      : succeeded.find((update) => update.version === version);
  if (found !== undefined) return found;
  throw new UserError(
    version === undefined
      ? `nothing to go back to: no earlier update that succeeded was of another commit or configuration (succeeded: ${numbers})`
      : `update ${version} is none that succeeded (succeeded: ${numbers})`,
    ["pulumi stack history shows all; npx paw rollback --to VERSION names one"],
  );
}

function differs(a: Update, b: Update): boolean {
  return a.commit !== b.commit || JSON.stringify(a.config) !== JSON.stringify(b.config);
}
