/** A simulated Vault: the two calls of the key-value store that `paw vault` makes, with check-and-set as documented. */
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface SimulatedVault {
  readonly address: string;
  /** Properties by path below the mount. */
  readonly data: Map<string, Record<string, string>>;
  /** Answers the write of this path with 503, as a Vault that is being sealed. */
  failAt?: string;
  readonly close: () => void;
}

export const token = "hvs.planted-token";

export async function startVault(): Promise<SimulatedVault> {
  const data = new Map<string, Record<string, string>>();
  const vault: { failAt?: string } = {};
  const server: Server = createServer((request, response) => {
    void answer(request, data, vault.failAt).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(vault, {
    address: `http://127.0.0.1:${port}`,
    data,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function answer(
  request: IncomingMessage,
  data: Map<string, Record<string, string>>,
  failAt: string | undefined,
): Promise<Answer> {
  const body = await text(request);
  if (request.headers["x-vault-token"] !== token)
    return { status: 403, body: { errors: ["permission denied"] } };
  const [, kind, path = ""] = /^\/v1\/secret\/(metadata|data)\/(.*)$/.exec(request.url ?? "") ?? [];
  if (kind === "metadata") {
    return data.has(path)
      ? { status: 200, body: { data: { current_version: 1 } } }
      : { status: 404, body: { errors: [] } };
  }
  if (path === failAt) return { status: 503, body: { errors: ["Vault is sealed"] } };
  const { options, data: properties } = JSON.parse(body) as {
    options?: { cas?: number };
    data: Record<string, string>;
  };
  if (options?.cas === 0 && data.has(path)) {
    return {
      status: 400,
      body: { errors: ["check-and-set parameter did not match the current version"] },
    };
  }
  data.set(path, properties);
  return { status: 200, body: { data: { version: 1 } } };
}
