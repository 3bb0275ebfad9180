/** Questions before something that is hard to take back. */
import { createInterface } from "node:readline/promises";

import { UserError } from "../errors.ts";

/**
 * Whether the user wants it.
 *
 * @param what completes "Really ...?".
 * @param yes answers beforehand.
 * @throws UserError where nobody can be asked.
 */
export async function confirmed(what: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY)
    throw new UserError(`nobody is there to be asked whether to ${what}, and --yes was not given`);
  return /^y(es)?$/i.test(await answerTo(`Really ${what}? [y/N] `));
}

/** What is typed after a question, without spaces around it. */
export async function answerTo(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
