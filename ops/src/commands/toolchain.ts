import { obstacles } from "../cluster/live/require.ts";
import { table } from "../table.ts";
import { testGroups } from "../toolchain/groups.ts";
import { liveGroups, liveTestGroups } from "../toolchain/liveGroups.ts";
import { ensureToolchain, inspectToolchain, plainReporter } from "../toolchain/index.ts";

interface ToolchainOptions {
  readonly json: boolean;
  readonly make: boolean;
  readonly tests: boolean;
  readonly live: boolean;
}

/** `paw toolchain`: shows each tool; with `make`, finds or makes what is missing first; `tests` and `live` add to that. */
export async function toolchain(options: ToolchainOptions): Promise<void> {
  const report = plainReporter(process.stderr);
  if (options.make) await ensureToolchain({ report });
  if (options.make && options.tests) await ensureToolchain({ report, groups: testGroups });
  // Where no live cluster can be had nobody could run them.
  if (options.make && options.live && obstacles().length === 0)
    await ensureToolchain({ report, groups: [...liveGroups, ...liveTestGroups] });
  const tools = await inspectToolchain();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(tools, null, 2)}\n`);
    return;
  }
  const rows = tools.map(({ name, version, origin, path }) => [
    name,
    version,
    origin,
    path ?? "(made by: npx paw up)",
  ]);
  process.stdout.write(table([["TOOL", "VERSION", "ORIGIN", "PATH"], ...rows]));
}
