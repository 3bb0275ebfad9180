/** A real Alertmanager (Debian's), on a loopback port of its own, and a receiver that keeps what it is sent. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { find } from "./find.ts";

export interface Alertmanager {
  readonly address: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Ends when the process answers. `files` are beside the configuration. */
export async function startAlertmanager(
  config: object,
  files: Readonly<Record<string, string>> = {},
): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), "paw-alertmanager-"));
  mkdirSync(join(folder, "data"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const text = stringify(config, { aliasDuplicateObjects: false }).replaceAll("FOLDER", folder);
  writeFileSync(join(folder, "alertmanager.yml"), text);
  const port = await freePort();
  const child = spawn(
    find("prometheus-alertmanager"),
    [
      `--config.file=${join(folder, "alertmanager.yml")}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const address = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true });
  };
  try {
    await answering(`${address}/-/ready`, child);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Alertmanager did not start: ${reason}\n${said}`, {
      cause: error,
    });
  }
  return { address, folder, stop };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const failures: Error[] = [];
  child.once("error", (error) => failures.push(error));
  child.once("exit", (code) => failures.push(new Error(`it ended with ${code ?? "a signal"}`)));
  for (let tries = 0; tries < 200; tries++) {
    if (failures[0]) throw failures[0];
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no answer within twenty seconds");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createSocketServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

export interface Mailbox {
  readonly address: string;
  /** Bodies of the requests, parsed as JSON, in order. */
  readonly received: readonly Readonly<Record<string, unknown>>[];
  close(): void;
}

/** Takes what Slack and PagerDuty would be sent. */
export async function startMailbox(): Promise<Mailbox> {
  const received: Record<string, unknown>[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push(JSON.parse(body) as Record<string, unknown>);
      response.statusCode = 202;
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, received, close: () => server.close() };
}
