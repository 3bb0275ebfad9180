/** What answers on each of the five ports (spec B3). */
import { type RequestListener, type Server as HttpServer, createServer } from "node:http";
import { type Server, createServer as createTcpServer } from "node:net";

import { handled, pathOf, readBody, sendJson } from "./http.ts";
import type { SimulatedNode } from "./node.ts";
import { answerTo } from "./rpc.ts";
import type { PortName } from "./settings.ts";
import { acceptWebSocket } from "./websocket.ts";

/** Milliseconds after which a silent peer is forgotten. */
const peerIdle = 60_000;

/** A server for each port; none listens yet. */
export function serversOf(node: SimulatedNode): Record<PortName, Server> {
  return {
    http: createServer(probes(node)),
    rpc: createServer(rpc(node)),
    ws: webSocket(node),
    p2p: peerToPeer(node),
    "rust-metrics": createServer(metrics(node)),
  };
}

function probes(node: SimulatedNode): RequestListener {
  const answers: Readonly<Record<string, () => [status: number, content: unknown]>> = {
    "/": () => [200, { ...node.about(), height: node.metrics.height }],
    "/health": () => [200, { status: "ok" }],
    "/ready": () => {
      const reasons = node.notReady();
      return [reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons }];
    },
  };
  return (request, response) => {
    const path = pathOf(request);
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (request.method !== "GET" && request.method !== "HEAD") {
      sendJson(response.setHeader("allow", "GET, HEAD"), 405, { error: "GET or HEAD" });
    } else if (answer === undefined) {
      sendJson(response, 404, { error: `there is ${Object.keys(answers).join(", ")}` });
    } else {
      sendJson(response, ...answer());
    }
  };
}

function rpc(node: SimulatedNode): RequestListener {
  return handled(async (request, response) => {
    if (request.method !== "POST") {
      sendJson(response.setHeader("allow", "POST"), 405, { error: "JSON-RPC comes by POST" });
      return;
    }
    const body = await readBody(request, response);
    if (body === undefined) return;
    const answer = answerTo(body, node);
    if (answer === undefined) response.writeHead(204).end();
    else sendJson(response, 200, answer);
  });
}

function webSocket(node: SimulatedNode): HttpServer {
  const server = createServer((_request, response) => {
    sendJson(response.setHeader("upgrade", "websocket"), 426, { error: "this port speaks WebSocket" });
  });
  server.on("upgrade", (request, socket) => {
    acceptWebSocket(request, socket, (text) => {
      const answer = answerTo(text, node);
      return answer === undefined ? undefined : JSON.stringify(answer);
    });
  });
  return server;
}

function peerToPeer({ settings }: SimulatedNode): Server {
  return createTcpServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.setTimeout(peerIdle, () => socket.destroy());
    socket.write(`bizra ${settings.version} p2p, simulated\n`);
    socket.resume();
  });
}

function metrics(node: SimulatedNode): RequestListener {
  return (request, response) => {
    if (pathOf(request) !== "/metrics") {
      sendJson(response, 404, { error: "there is /metrics" });
      return;
    }
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(node.metrics.text());
  };
}
