import { program } from "../cli.ts";
import { type CompletionShell, completionScript } from "../completion/scripts.ts";
import { wordsOf } from "../completion/words.ts";

/** `paw completion`: prints the script with which a shell completes `paw`. */
export function completion(shell: CompletionShell): void {
  process.stdout.write(completionScript(wordsOf(program()), shell));
}
