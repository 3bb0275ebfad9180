/** A real Alertmanager (Debian's), on a loopback port of its own, and a receiver that keeps what it is sent. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import {
  type AlertmanagerConfig,
  secretFolder,
  templateFolder,
} from "../../observability/alertmanager/config.ts";
import { freePort, startDaemon } from "./daemon.ts";
import { find } from "./find.ts";

export interface Alertmanager {
  readonly address: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** A configuration whose files are where {@link startAlertmanager} puts them, and not where a pod has them. */
export function besideFiles(config: AlertmanagerConfig): AlertmanagerConfig {
  return JSON.parse(
    JSON.stringify(config).replaceAll(secretFolder, "FOLDER").replaceAll(templateFolder, "FOLDER"),
  ) as AlertmanagerConfig;
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
  const address = `http://127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${join(folder, "alertmanager.yml")}`,
    `--storage.path=${join(folder, "data")}`,
    `--web.listen-address=${new URL(address).host}`,
    "--cluster.listen-address=",
  ];
  const command = find("prometheus-alertmanager");
  const daemon = await startDaemon({
    ...{ name: "Alertmanager", command, args, folder },
    ready: `${address}/-/ready`,
  });
  return { ...daemon, address, folder };
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
