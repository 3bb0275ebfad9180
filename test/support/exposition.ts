/** A metrics endpoint on loopback that says what a test wants it to. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers everything with one text. */
export function startExposition(text: string): Promise<{ readonly host: string; close(): void }> {
  const server = createServer((_, response) => response.end(text));
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({
        host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
}
