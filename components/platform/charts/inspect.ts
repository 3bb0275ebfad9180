/** What an archive really is: its digest, and whether it is a whole chart of the name and version that it is taken for. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import { Parser } from "tar";
import { parse } from "yaml";
import { z } from "zod";

import type { Chart } from "./chart.ts";

/** Bytes that an archive may unpack to; the largest chart here takes a tenth of it. */
const mostBytes = 128 * 1024 ** 2;

const chartYaml = z.object({ name: z.string(), version: z.string() });

/** SHA-256 as hexadecimal digits. */
export function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** SHA-256 of a file; nothing when there is no such file. */
export async function sha256OfFile(file: string): Promise<string | undefined> {
  const content = await readIfThere(file);
  return content && sha256(content);
}

/** A file's content; nothing when there is no such file. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Why a file's content is not the archive of that chart; nothing when it is. */
export function archiveFault(content: Buffer, { name, version }: Chart): string | undefined {
  let text: string | undefined;
  try {
    text = fileInside(gunzipSync(content, { maxOutputLength: mostBytes }), `${name}/Chart.yaml`);
  } catch (error) {
    return `is no whole gzip tar archive (${error instanceof Error ? error.message : String(error)})`;
  }
  if (text === undefined) return `holds no ${name}/Chart.yaml`;
  const found = chartYaml.safeParse(yamlOf(text));
  if (!found.success) return `holds a ${name}/Chart.yaml without a name and a version`;
  if (found.data.name === name && found.data.version === version) return undefined;
  return `is the chart ${found.data.name} ${found.data.version}, and not ${name} ${version}`;
}

/** A file's text inside an unpacked tar archive, all of which is read. */
function fileInside(unpacked: Buffer, path: string): string | undefined {
  let found: Buffer[] | undefined;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      if (entry.path.replace(/^\.\//, "") === path) {
        const chunks: Buffer[] = [];
        found = chunks;
        entry.on("data", (chunk) => chunks.push(chunk));
      } else entry.resume();
    },
  });
  parser.end(unpacked);
  return found && Buffer.concat(found).toString("utf8");
}

function yamlOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
