/** A release server on loopback that can be told to misbehave, and a small group of tools that it serves. */
import { createHash } from "node:crypto";
import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { Group } from "../../../ops/src/toolchain/types.ts";

export type Fault =
  | "none"
  | "truncates"
  | "truncates once"
  | "lies about the hash"
  | "answers 404"
  | "stalls"
  | "never answers"
  | "has no checksum";

export const toolContent = Buffer.from(`#!/bin/sh\necho 3.7.3\n${"# filler\n".repeat(5000)}`);

export class ReleaseServer {
  fault: Fault = "none";
  /** Paths in the order in which they were asked for. */
  readonly asked: string[] = [];
  private readonly server: Server;
  /** Where it listens; still known when it has stopped. */
  origin = "";

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<ReleaseServer> {
    const server = createServer((request, response) => {
      releases.answer(request.url ?? "", response);
    });
    const releases = new ReleaseServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    releases.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return releases;
  }

  /** Maps any URL of a release to this server. */
  readonly mapUrl = (url: string): string => `${this.origin}/${url.split("/").pop() ?? ""}`;

  downloads(): number {
    return this.asked.filter((path) => path.endsWith("etcd-file")).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(path: string, response: ServerResponse): void {
    if (path === "/") {
      response.end();
      return;
    }
    this.asked.push(path);
    if (path.endsWith("SHA256SUMS")) {
      const hash = createHash("sha256")
        .update(this.fault === "lies about the hash" ? "x" : toolContent)
        .digest("hex");
      response.end(
        this.fault === "has no checksum" ? "" : `${"0".repeat(64)}  other-file\n${hash}  etcd-file\n`,
      );
      return;
    }
    this.sendTool(response);
  }

  private sendTool(response: ServerResponse): void {
    const half = toolContent.subarray(0, toolContent.length / 2);
    const first = this.downloads() === 1;
    if (this.fault === "answers 404") {
      response.statusCode = 404;
      response.end("not here");
    } else if (this.fault === "never answers") {
      return;
    } else if (this.fault === "stalls") {
      response.writeHead(200, { "content-length": toolContent.length });
      response.write(half);
    } else if (this.fault === "truncates" || (this.fault === "truncates once" && first)) {
      response.writeHead(200, { "content-length": toolContent.length });
      response.write(half, () => response.destroy());
    } else {
      response.writeHead(200, { "content-length": toolContent.length });
      response.end(toolContent);
    }
  }
}

/** One tool, as a release of one bare file; its Go module is the folder `tiny` of the given modules. */
export function tinyGroup(overrides: Partial<Group> = {}): Group {
  return {
    name: "etcd",
    version: "3.7.3",
    tools: ["etcd"],
    release: () => [
      {
        url: "https://releases.invalid/v3.7.3/etcd-file",
        checksumUrl: "https://releases.invalid/v3.7.3/SHA256SUMS",
        holds: { etcd: "" },
      },
    ],
    modules: [{ folder: "tiny", packages: { etcd: "." }, ldflags: "" }],
    buildMinutes: 1,
    ...overrides,
  };
}
