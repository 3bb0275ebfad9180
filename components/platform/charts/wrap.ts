/** Makes a chart of one YAML file of a release. The same file becomes the same bytes on every machine. */
import { gzipSync } from "node:zlib";

import { Header } from "tar";
import { isScalar, parseAllDocuments } from "yaml";

import type { Chart } from "./chart.ts";

const block = 512;

/**
 * A chart archive that Helm renders to the given YAML, unchanged.
 *
 * @throws Error when the text is not YAML of Kubernetes objects, such as a proxy's page.
 */
export function wrapRelease(yaml: string, { name, version }: Pick<Chart, "name" | "version">): Buffer {
  if (!holdsObjects(yaml)) throw new Error("is not YAML of Kubernetes objects");
  const tar = Buffer.concat([
    entry(
      `${name}/Chart.yaml`,
      `apiVersion: v2\nname: ${JSON.stringify(name)}\nversion: ${JSON.stringify(version)}\n`,
    ),
    entry(`${name}/templates/${name}.yaml`, escapeTemplate(yaml)),
    Buffer.alloc(2 * block),
  ]);
  // Not compressed: zlib compresses differently from one processor and version to the next.
  const packed = gzipSync(tar, { level: 0 });
  packed[9] = 255; // the byte that tells the operating system: unknown
  return packed;
}

/** Whether every document of a YAML text is an object; one of comments alone is nothing. */
function holdsObjects(yaml: string): boolean {
  const documents = parseAllDocuments(yaml);
  if (documents.some(({ errors }) => errors.length > 0)) return false;
  const objects = documents.filter(({ contents }) => !(isScalar(contents) && contents.value === null));
  return objects.length > 0 && objects.every((object) => object.has("apiVersion") && object.has("kind"));
}

/** Makes a Go template that renders to the text. */
function escapeTemplate(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}

/** A file in a tar archive: readable by all, owned by root, as old as Unix time. */
function entry(path: string, text: string): Buffer {
  const content = Buffer.from(text);
  const header = new Header({
    path,
    type: "File",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: new Date(0),
  });
  header.encode();
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return Buffer.concat([header.block ?? Buffer.alloc(0), content, padding]);
}
