/** Load and faults at run time. It listens on loopback alone: `kubectl port-forward` reaches it, the network does not. */
import { type Server, createServer } from "node:http";

import { handled, pathOf, readBody, sendJson } from "./http.ts";
import type { SimulatedNode } from "./node.ts";
import { type FaultName, checkedFaults, checkedLoad } from "./settings.ts";

/** @param setFaults switches faults, and comes back once they are in force. */
export function controlServer(
  node: SimulatedNode,
  setFaults: (faults: readonly FaultName[]) => Promise<void>,
): Server {
  const changes: Readonly<Record<string, (value: unknown) => Promise<void>>> = {
    "PUT /load": (value) => {
      node.load = generationIn(value);
      return Promise.resolve();
    },
    "PUT /faults": (value) => setFaults(checkedFaults(value)),
  };
  return createServer(
    handled(async (request, response) => {
      const wish = `${request.method ?? ""} ${pathOf(request)}`;
      const change = Object.hasOwn(changes, wish) ? changes[wish] : undefined;
      if (change !== undefined) {
        const body = await readBody(request, response);
        if (body === undefined) return;
        try {
          await change(JSON.parse(body));
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          sendJson(response, 400, { error: `${wish}: ${reason}` });
          return;
        }
      } else if (wish !== "GET /") {
        sendJson(response, 404, { error: `there is GET /, ${Object.keys(changes).join(", ")}` });
        return;
      }
      sendJson(response, 200, node.state());
    }),
  );
}

function generationIn(value: unknown): number {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).join() !== "generation") {
    throw new Error('must be {"generation": <proofs of impact per second>}');
  }
  return checkedLoad((value as Record<string, unknown>).generation);
}
