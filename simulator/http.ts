/** What the HTTP ports share: answers as JSON, and a body that is not too long. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Longest body in bytes. */
const mostBytes = 16_384;

export function sendJson(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(content)}\n`);
}

/** The request's body; nothing where it is too long, which has been answered then. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= mostBytes) chunks.push(chunk);
  }
  if (size <= mostBytes) return Buffer.concat(chunks).toString("utf8");
  sendJson(response, 413, { error: `a body of ${size} bytes; at most ${mostBytes} are read` });
  return undefined;
}

/** A handler that may wait. A client that breaks off is no fault of ours. */
export function handled(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    handle(request, response).catch(() => response.destroy());
  };
}

/** Path of a request, without its query. */
export function pathOf({ url }: IncomingMessage): string {
  return (url ?? "/").split("?")[0] ?? "/";
}
