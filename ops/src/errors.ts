/**
 * A failure that the user can act on: says what was tried, what was found and what to do. Shown without a stack trace;
 * anything else that is thrown is a fault of ours and keeps its trace.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  /** What to do about it, one step a line. */
  readonly hints: readonly string[];

  constructor(message: string, hints: readonly string[] = []) {
    super(message);
    this.hints = hints;
  }
}

/** The first line of what an error says. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? "";
}
