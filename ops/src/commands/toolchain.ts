import { table } from "../table.ts";
import { ensureToolchain, inspectToolchain, plainReporter } from "../toolchain/index.ts";

/** `paw toolchain`: shows each tool; with `make`, finds or makes what is missing first. */
export async function toolchain(options: { readonly json: boolean; readonly make: boolean }): Promise<void> {
  if (options.make) await ensureToolchain({ report: plainReporter(process.stderr) });
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
