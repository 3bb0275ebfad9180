/**
 * Measures, and writes docs/performance.md: `npm run bench -- PART…`. Each part by itself, since they take different times and
 * need different things; docs/performance.md says what.
 */
import { Sandbox } from "../test/support/sandbox.ts";

const parts: Readonly<Record<string, () => Promise<void>>> = {
  local: async () => (await import("./local.ts")).local(),
  tests: async () => (await import("./local.ts")).tests(),
  growth: async () => (await import("./growth.ts")).growth(),
  charts: async () => (await import("./charts.ts")).charts(),
  peers: async () => (await import("./peers.ts")).peers(),
  naive: async () => (await import("./naive.ts")).naive(),
};

const wanted = process.argv.slice(2);
if (wanted.length === 0 || wanted.some((name) => !(name in parts))) {
  process.stderr.write(`npm run bench -- PART…, of ${Object.keys(parts).join(", ")}\n`);
  process.exit(2);
}
try {
  for (const name of wanted) {
    process.stderr.write(`${name}\n`);
    await parts[name]?.();
  }
} finally {
  await Sandbox.disposeAll();
}
