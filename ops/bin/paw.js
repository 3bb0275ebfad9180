#!/usr/bin/env node
// Plain JavaScript on purpose: an older Node has to be able to read it and step aside for the project's own.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const recent = major > 22 || (major === 22 && minor >= 19);
if (recent) {
  // What Node has compiled once it keeps; most commands take less time than it takes to compile them.
  module.enableCompileCache(fileURLToPath(new URL("../../.paw/node", import.meta.url)));
  const { main } = await import("../src/cli.ts");
  await main(process.argv);
} else {
  const own = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));
  if (!existsSync(own)) {
    process.stderr.write(
      `paw needs Node 22.19 or newer and found ${process.versions.node}; the project's own Node is missing, too.\n` +
        'Run "npm ci" in the project first. If your npm blocks install scripts, allow the one of the package "node".\n',
    );
    process.exit(1);
  }
  const child = spawnSync(own, process.argv.slice(1), { stdio: "inherit" });
  process.exit(child.status ?? 1);
}
