/** Programs of this machine that tests need. */
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Path of a program; fails where the machine lacks it, since a test that is left out would prove nothing. */
export function find(program: string): string {
  for (const folder of [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"]) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return realpathSync(path);
    } catch {
      // Not here.
    }
  }
  throw new Error(`${program} is missing; install it (on Debian, .ci/programs does)`);
}
