/** Ways out of a network that leads nowhere, to some ports of this machine's loopback: through sockets in a folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { eventually } from "../chain.ts";
import type { PrivateNetwork } from "../privateNetwork.ts";

export interface Relay {
  stop(): Promise<void>;
}

/** Makes ports of 127.0.0.1 answer at the same address inside. */
export async function relay(network: PrivateNetwork, ports: readonly number[]): Promise<Relay> {
  const folder = mkdtempSync(join(tmpdir(), "paw-relay-"));
  const servers = await Promise.all(ports.map((port) => outside(join(folder, String(port)), port)));
  const script = fileURLToPath(new URL("inside.ts", import.meta.url));
  const [command, args] = network.inside(process.execPath, script, folder, ...ports.map(String));
  const child = execa(command, args, { reject: false, stdin: "ignore" });
  const stop = async (): Promise<void> => {
    child.kill();
    await child;
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const port of ports)
      await eventually(`port ${port} answers inside`, 20, () => network.answers(port));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function outside(path: string, port: number): Promise<Server> {
  const server = createServer((from) => {
    const to = connect(port, "127.0.0.1");
    from.pipe(to).on("error", () => from.destroy());
    to.pipe(from).on("error", () => to.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
