/** The ports of a stopped cluster: it keeps them, and somebody else may have taken one meanwhile. */
import { createServer } from "node:net";

/** Ports that kwokctl wrote down for a cluster, by its own names for them; a port of 0 is none. */
export function portsIn(kwokYaml: string): Record<string, number> {
  const lines = [...kwokYaml.matchAll(/^\s+([a-zA-Z]+Port): (\d+)$/gm)];
  const ports = lines.map(([, name = "", port = "0"]) => [name, Number(port)] as const);
  return Object.fromEntries(ports.filter(([, port]) => port > 0));
}

/** Names of the ports that another process listens on. */
export async function takenPorts(ports: Readonly<Record<string, number>>): Promise<string[]> {
  const taken = await Promise.all(
    Object.entries(ports).map(async ([name, port]) => ((await isFree(port)) ? [] : [`${name} ${port}`])),
  );
  return taken.flat();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
