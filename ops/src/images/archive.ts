/**
 * Images without a builder or a registry: one layer out of files of this machine, as an OCI archive that `ctr images
 * import` takes. The same content gives the same bytes.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

import { create } from "tar";

/** What stands at a path of an image. */
export type Content =
  { readonly file: string; readonly mode?: number } | { readonly text: string } | { readonly link: string };

export interface ImageContent {
  /** The image's name with its tag. */
  readonly name: string;
  /** Paths without a leading slash. */
  readonly files: Readonly<Record<string, Content>>;
  readonly command: readonly string[];
  /** Labels of the image: what it is made of, since its name may be that of somebody else's. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Raised when the same content would be written in another way. */
const format = 1;
const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/**
 * The archive of an image, written into a folder under the hash of what is in it unless it lies there already.
 *
 * @returns its path.
 */
export async function archiveOf(image: ImageContent, folder: string): Promise<string> {
  const target = join(folder, `${await keyOf(image)}.tar`);
  if (await stat(target).catch(() => undefined)) return target;
  await mkdir(folder, { recursive: true });
  const draft = await mkdtemp(join(folder, ".draft-"));
  try {
    await write(image, draft);
    await rename(join(draft, "archive.tar"), target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** Hash of everything that decides an image. */
export async function keyOf(image: ImageContent): Promise<string> {
  const entries = Object.entries(image.files).sort(([a], [b]) => (a < b ? -1 : 1));
  const contents: unknown[] = [];
  for (const [to, content] of entries) {
    contents.push([to, "file" in content ? [await hashOf(content.file), content.mode] : content]);
  }
  const { name, command, labels } = image;
  return sha256(JSON.stringify([format, name, command, labels, process.arch, contents]));
}

async function write(image: ImageContent, draft: string): Promise<void> {
  const root = join(draft, "root");
  const layer = join(draft, "layer.tar");
  await pack({ from: root, to: layer, paths: await stage(image.files, root) });
  const layerHash = await hashOf(layer);
  const layout = join(draft, "layout");
  const blobs = join(layout, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const blob = async (content: object): Promise<{ digest: string; size: number }> => {
    const text = JSON.stringify(content);
    await writeFile(join(blobs, sha256(text)), text);
    return { digest: `sha256:${sha256(text)}`, size: Buffer.byteLength(text) };
  };
  const layerSize = (await stat(layer)).size;
  await rename(layer, join(blobs, layerHash));
  const config = await blob({
    created: "1970-01-01T00:00:00Z",
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Env: [path], Cmd: image.command, Labels: image.labels },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerHash}`] },
  });
  const manifest = await blob({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, ...config },
    layers: [{ mediaType: types.layer, digest: `sha256:${layerHash}`, size: layerSize }],
  });
  const annotations = { "io.containerd.image.name": image.name };
  const index = { schemaVersion: 2, manifests: [{ mediaType: types.manifest, ...manifest, annotations }] };
  await writeFile(join(layout, "index.json"), JSON.stringify(index));
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const named = [manifest.digest, config.digest, `sha256:${layerHash}`];
  await pack({
    from: layout,
    to: join(draft, "archive.tar"),
    paths: ["oci-layout", "index.json", ...named.map((digest) => `blobs/${digest.replace(":", "/")}`)],
  });
}

/** Lays the files out; gives back their paths with those of their folders, each folder before what is in it. */
async function stage(files: ImageContent["files"], root: string): Promise<string[]> {
  await mkdir(root, { recursive: true });
  const paths = new Set<string>();
  for (const [to, content] of Object.entries(files)) {
    const target = join(root, to);
    for (let folder = dirname(to); folder !== "."; folder = dirname(folder)) paths.add(folder);
    paths.add(to);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    if ("link" in content) await symlink(content.link, target);
    else if ("text" in content) await writeFile(target, content.text, { mode: 0o644 });
    else {
      await copyFile(content.file, target);
      await chmod(target, content.mode ?? 0o755);
    }
  }
  return [...paths].sort();
}

/** Nobody's, at no time: what is packed is the same whoever packs it, and when. */
async function pack(args: {
  readonly from: string;
  readonly to: string;
  readonly paths: readonly string[];
}): Promise<void> {
  const how = { portable: true, mtime: new Date(0), noDirRecurse: true } as const;
  await create({ cwd: args.from, file: args.to, ...how }, [...args.paths]);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What is said of an image in its own archive; for tests, and for whoever finds one. */
export async function readIndex(folder: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as unknown;
}
