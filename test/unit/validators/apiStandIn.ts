/** A stand-in for an API server: keeps objects by path, and makes, reads, replaces and deletes them as a real one does. */
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { KubeConfig } from "@kubernetes/client-node";

interface Stored {
  readonly metadata?: { readonly name: string; readonly resourceVersion?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

export class ApiStandIn {
  /** Objects by path. */
  readonly objects = new Map<string, Stored>();
  readonly kubeconfig = new KubeConfig();
  /** Writes that are still allowed; a run that is killed makes no more. */
  left = Infinity;
  private readonly server: Server;
  private versions = 0;

  private constructor() {
    this.server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const path = (request.url ?? "").split("?")[0] ?? "";
        const [code, body] = this.answer(request.method ?? "", path, text);
        response.writeHead(code, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      });
    });
  }

  /** Starts one on a free port of this machine. */
  static async start(): Promise<ApiStandIn> {
    const api = new ApiStandIn();
    await new Promise<void>((resolve) => api.server.listen(0, "127.0.0.1", resolve));
    const server = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;
    api.kubeconfig.loadFromClusterAndUser({ name: "c", server, skipTLSVerify: true }, { name: "u" });
    return api;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Entries of a Secret in the namespace paw, decoded. */
  secret(name: string): Record<string, string> {
    const { data = {} } = this.objects.get(`/api/v1/namespaces/paw/secrets/${name}`) ?? {};
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  }

  private answer(method: string, path: string, text: string): [number, object] {
    const there = this.objects.get(path);
    if (method !== "POST" && there === undefined) return [404, {}];
    if (method === "GET") return [200, there ?? {}];
    if (method === "DELETE") return this.objects.delete(path) ? [200, {}] : [404, {}];
    if (this.left-- <= 0) return [500, { message: "killed" }];
    const object = JSON.parse(text) as Stored;
    const version = object.metadata?.resourceVersion;
    // A replacement that names a version replaces that version alone.
    if (method === "PUT" && version !== undefined && version !== there?.metadata?.resourceVersion) {
      return [409, {}];
    }
    const key = method === "POST" ? `${path}/${object.metadata?.name ?? ""}` : path;
    if (method === "POST" && this.objects.has(key)) return [409, {}];
    const stored = this.asStored(object);
    this.objects.set(key, stored);
    return [201, stored];
  }

  /** What is written as text is kept in base64, beside what was there in base64 already. */
  private asStored({ stringData, ...object }: Stored): Stored {
    const written = Object.entries(stringData ?? {}).map(([name, value]) => [
      name,
      Buffer.from(value).toString("base64"),
    ]);
    const metadata = { name: "", ...object.metadata, resourceVersion: String(++this.versions) };
    const data = { ...object.data, ...(Object.fromEntries(written) as Record<string, string>) };
    return { ...object, metadata, data };
  }
}
