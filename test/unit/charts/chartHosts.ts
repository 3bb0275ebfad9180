/** Chart archives, and hosts on loopback that serve them: a chart repository and an OCI registry, which can misbehave. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { create } from "tar";

export const digestOf = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** A gzip tar archive of those files, by path. */
export function pack(files: Readonly<Record<string, string>>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "paw-pack-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const packed = create({ cwd: folder, gzip: true, sync: true }, Object.keys(files)).read();
  rmSync(folder, { recursive: true });
  if (!packed) throw new Error("nothing was packed");
  return packed;
}

/** A chart with a template; `filler` makes archives of the same name and version that differ. */
export function chartArchive(name: string, version: string, filler = "x"): Buffer {
  return pack({
    [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    [`${name}/templates/map.yaml`]: `kind: ConfigMap\n# ${filler}\n`,
  });
}

export type Fault = "answers 404" | "stalls" | "truncates";
export const user = { name: "robot", password: "hunter2-hunter2" };
/** What `docker login` writes for that user. */
export const login = Buffer.from(`${user.name}:${user.password}`).toString("base64");
export const token = "a-token.of-the_service";

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
}

export class ChartHost {
  readonly asked: Asked[] = [];
  /** Paths, or their ends, where it misbehaves. */
  readonly faults = new Map<string, Fault>();
  /** What its registry wants: nothing, a token that anybody gets, or one (or each request) with the login. */
  protection: "none" | "token" | "token for login" | "login" = "none";
  /** Another host that the registry sends on to for blobs. */
  blobsAt: string | undefined;
  origin = "";
  private readonly files = new Map<string, Buffer>();
  private readonly server = createServer((request, response) => {
    this.answer(request, response);
  });

  static async start(): Promise<ChartHost> {
    const host = new ChartHost();
    await new Promise<void>((resolve) => host.server.listen(0, "127.0.0.1", resolve));
    host.origin = `http://127.0.0.1:${(host.server.address() as AddressInfo).port}`;
    return host;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The location of its registry, with a prefix. */
  get registry(): string {
    return this.origin.replace("http:", "oci:") + "/charts";
  }

  serve(path: string, content: Buffer | string): void {
    this.files.set(path, Buffer.from(content));
  }

  /** Puts a chart into the registry. */
  push(name: string, tag: string, archive: Buffer): void {
    const layer = { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", size: archive.length };
    const digest = `sha256:${digestOf(archive)}`;
    this.serve(
      `/v2/charts/${name}/manifests/${tag}`,
      JSON.stringify({ schemaVersion: 2, layers: [{ ...layer, digest }] }),
    );
    this.serve(`/v2/charts/${name}/blobs/${digest}`, archive);
  }

  countOf(end: string): number {
    return this.asked.filter(({ path }) => path.endsWith(end)).length;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    const { authorization } = request.headers;
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    this.asked.push({ path, authorization });
    if (path.startsWith("/token")) {
      const welcome = this.protection === "token" || authorization === `Basic ${login}`;
      response.writeHead(welcome ? 200 : 401).end(JSON.stringify({ token }));
    } else if (path.startsWith("/v2/") && !this.mayRead(authorization)) {
      const bearer = `Bearer realm="${this.origin}/token",service="charts",scope="repository:charts:pull"`;
      response.writeHead(401, {
        "www-authenticate": this.protection === "login" ? 'Basic realm="charts"' : bearer,
      });
      response.end();
    } else if (path.includes("/blobs/") && this.blobsAt !== undefined) {
      response.writeHead(307, { location: `${this.blobsAt}${path}` }).end();
    } else this.send(path, response);
  }

  private mayRead(authorization: string | undefined): boolean {
    if (this.protection === "none") return true;
    return authorization === (this.protection === "login" ? `Basic ${login}` : `Bearer ${token}`);
  }

  private send(path: string, response: ServerResponse): void {
    const content = this.files.get(path);
    const fault = [...this.faults].find(([end]) => path.endsWith(end))?.[1];
    if (!content || fault === "answers 404") {
      response.writeHead(404).end("not here");
      return;
    }
    response.writeHead(200, { "content-length": content.length });
    const half = content.subarray(0, content.length / 2);
    if (fault === "stalls") response.write(half);
    else if (fault === "truncates") response.write(half, () => response.destroy());
    else response.end(content);
  }
}
