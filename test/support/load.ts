/** What the tests of loads and faults have to do with a real network. */
import { writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { type Chain, addressOf, nodes } from "./chain.ts";
import type { KubernetesObject } from "./rendered.ts";
import type { Outcome, Sandbox } from "./sandbox.ts";
import { putBehind } from "./simulatedPods.ts";

/** RPC of the full node, without a way through the API server. */
export const fullNodeRpc = `http://${addressOf("paw-full-node-0")}:26657`;

/** A file of mode 600 with the mnemonic of the first validator's operator, and its words. */
export async function funderFile(
  sandbox: Sandbox,
  chain: Chain,
): Promise<{ readonly file: string; readonly words: string }> {
  const { data } = await sandbox.stored<KubernetesObject>("secret", "paw-operator-keys", "-n", "paw");
  const text = Buffer.from(
    (data as Record<string, string>)["paw-validator-0.json"] ?? "",
    "base64",
  ).toString();
  const file = join(chain.folder, "funder.json");
  writeFileSync(file, text, { mode: 0o600 });
  return { file, words: (JSON.parse(text) as { mnemonic: string }).mnemonic };
}

/** Puts the processes of the chain behind the pods of the cluster. */
export async function putChainBehind(sandbox: Sandbox): Promise<void> {
  await putBehind(
    sandbox,
    nodes.map((pod) => ({ namespace: "paw", pod, address: addressOf(pod), ports: { 26657: 26657 } })),
  );
}

/** A result that `--json` printed. */
export interface Printed {
  readonly holds: boolean;
  readonly results: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly found: string;
    readonly notEvaluated?: string;
  }[];
  // Figures of a load.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [figure: string]: any;
}

/** @throws Error with all that was printed where it is no JSON. */
export function printed({ stdout, stderr }: Pick<Outcome, "stdout" | "stderr">): Printed {
  try {
    return JSON.parse(stdout) as Printed;
  } catch {
    throw new Error(`no JSON was printed:\n${stdout}\n${stderr}`);
  }
}

/** The verdict of each check, by its id. */
export function verdicts({ results }: Printed): Record<string, string> {
  return Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
}

/** An RPC that answers late, and otherwise as the one behind it. */
export async function slowRpc(
  behind: string,
  milliseconds: number,
): Promise<{ readonly url: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      setTimeout(() => {
        fetch(behind, {
          method: "POST",
          body: Buffer.concat(parts),
          headers: { "content-type": "application/json" },
        })
          .then(async (answer) => {
            response.writeHead(answer.status, { "content-type": "application/json" });
            response.end(await answer.text());
          })
          .catch(() => response.destroy());
      }, milliseconds);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
