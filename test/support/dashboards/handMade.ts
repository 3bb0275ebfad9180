/** Panels, dashboards and a Prometheus for tests whose data is written by hand. */
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { DashboardSpec, PanelSpec } from "../../../observability/dashboards/spec.ts";
import { query } from "../../../observability/model.ts";

export function panelOf(changes: Partial<PanelSpec> = {}): PanelSpec {
  return {
    kind: "timeseries",
    title: "Peers",
    description: "",
    unit: "none",
    width: 12,
    queries: [query("cometbft", "peers", "{{pod}}")],
    ...changes,
  };
}

export function specOf(changes: Partial<DashboardSpec> = {}): DashboardSpec {
  return {
    uid: "x",
    title: "A dashboard",
    description: "What it shows",
    folder: "PAW",
    variables: [],
    annotations: [],
    rows: [],
    ...changes,
  };
}

interface Asked {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Answers with what a test has written for a path; keeps what it was asked. */
export class FakeServer {
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, { readonly status?: number; readonly body: object | string }>();
  #server: Server | undefined;

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      void this.#read(request).then(({ path, parameters }) => {
        this.asked.push({ path, parameters });
        const { status = 200, body } = this.answers.get(path) ?? { status: 404, body: "nothing here" };
        response.statusCode = status;
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    this.#server = server;
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #read(request: IncomingMessage): Promise<Asked> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    let body = "";
    for await (const part of request) body += String(part);
    const parameters = {
      ...Object.fromEntries(searchParams),
      ...Object.fromEntries(new URLSearchParams(body)),
    };
    return { path: pathname.replace("/api/v1/", ""), parameters };
  }

  stop(): Promise<void> {
    return new Promise((done) => {
      this.#server?.closeAllConnections();
      this.#server?.close(() => {
        done();
      });
    });
  }
}

/** What Prometheus answers with this data. */
export const success = (data: unknown): { body: object } => ({ body: { status: "success", data } });
