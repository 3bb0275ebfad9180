/** JSON-RPC 2.0, as the rpc and the ws port answer it. Batches are not taken. */
import type { SimulatedNode } from "./node.ts";

type Answer = Readonly<Record<string, unknown>>;

/** The answer to a message; nothing where it is a notification. */
export function answerTo(text: string, node: SimulatedNode): Answer | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return failure(null, -32700, "Parse error: the message is not JSON");
  }
  if (!isRequest(message)) return failure(null, -32600, "Invalid request: not one JSON-RPC 2.0 request");
  const { id, method } = message;
  if (id === undefined) return undefined;
  const result = resultOf(method, node);
  if (result === undefined) return failure(id, -32601, `Method not found: ${method.slice(0, 100)}`);
  return { jsonrpc: "2.0", id, result };
}

function resultOf(method: string, { metrics, settings }: SimulatedNode): unknown {
  if (method === "system_health") {
    return { peers: metrics.peers, isSyncing: false, shouldHavePeers: true };
  }
  return method === "system_version" ? settings.version : undefined;
}

function isRequest(
  value: unknown,
): value is { readonly method: string; readonly id?: string | number | null } {
  if (typeof value !== "object" || value === null) return false;
  const { jsonrpc, method, id } = value as Record<string, unknown>;
  const named = id === undefined || id === null || typeof id === "string" || typeof id === "number";
  return jsonrpc === "2.0" && typeof method === "string" && named;
}

function failure(id: string | number | null, code: number, message: string): Answer {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
