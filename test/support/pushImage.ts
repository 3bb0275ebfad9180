/** Pushes an image with one label and no layer to a registry: node pushImage.ts http://host:port repository tag. */
import { createHash } from "node:crypto";

const [registry = "", repository = "", tag = ""] = process.argv.slice(2);
const digestOf = (data: string): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

async function send(
  url: string | URL,
  method: string,
  [body, type]: readonly [string, string],
): Promise<Response> {
  const answer = await fetch(url, { method, body, headers: { "content-type": type } });
  if (!answer.ok) throw new Error(`${method} ${String(url)}: ${answer.status} ${await answer.text()}`);
  return answer;
}

const config = JSON.stringify({
  architecture: "amd64",
  os: "linux",
  config: { Labels: { tag } },
  rootfs: { type: "layers", diff_ids: [] },
});
const stream = "application/octet-stream";
const begun = await send(`${registry}/v2/${repository}/blobs/uploads/`, "POST", ["", stream]);
const upload = new URL(begun.headers.get("location") ?? "", registry);
upload.searchParams.set("digest", digestOf(config));
await send(upload, "PUT", [config, stream]);

const type = "application/vnd.oci.image.manifest.v1+json";
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: type,
  config: {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: digestOf(config),
    size: config.length,
  },
  layers: [],
});
await send(`${registry}/v2/${repository}/manifests/${tag}`, "PUT", [manifest, type]);
process.stdout.write(digestOf(manifest));
