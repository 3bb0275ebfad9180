/** Images out of files of this machine: OCI archives, read back as a container runtime would. */
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { extract } from "tar";

import { type ImageContent, archiveOf } from "../../../ops/src/images/archive.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- JSON as it is */

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

describe("images for a live node", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-images-"));
    writeFileSync(join(folder, "program"), "#!/bin/sh\necho hello\n");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const image = (change: Partial<ImageContent> = {}): ImageContent => ({
    name: "example.invalid/some/image:1",
    files: {
      "usr/bin/program": { file: join(folder, "program") },
      "usr/bin/other": { link: "program" },
      "etc/passwd": { text: "root:x:0:0::/:/bin/sh\n" },
    },
    command: ["/usr/bin/program"],
    labels: { "paw.network/made-of": "program" },
    ...change,
  });
  const make = (change: Partial<ImageContent> = {}, cache = "cache"): Promise<string> =>
    archiveOf(image(change), join(folder, cache));

  /** An archive's index, its manifest and config, and the folder that its layer was unpacked to. */
  async function unpacked(
    archive: string,
  ): Promise<Record<"index" | "manifest" | "config", any> & { root: string }> {
    const layout = mkdtempSync(join(folder, "layout-"));
    await extract({ file: archive, cwd: layout });
    const json = (path: string): any => JSON.parse(readFileSync(join(layout, path), "utf8"));
    const blob = ({ digest, size }: Descriptor): string => {
      const path = join("blobs", digest.replace(":", "/"));
      const content = readFileSync(join(layout, path));
      expect(`sha256:${createHash("sha256").update(content).digest("hex")}`).to.equal(digest);
      expect(content.length).to.equal(size);
      return path;
    };
    const index = json("index.json");
    const manifest = json(blob(index.manifests[0] as Descriptor));
    const root = join(layout, "root");
    mkdirSync(root);
    await extract({ file: join(layout, blob(manifest.layers[0] as Descriptor)), cwd: root });
    return { index, manifest, config: json(blob(manifest.config as Descriptor)), root };
  }

  it("hold what they are told, under their name, each part under its own hash", async () => {
    const { index, manifest, config, root } = await unpacked(await make());
    expect(index.manifests[0].annotations).to.deep.equal({
      "io.containerd.image.name": "example.invalid/some/image:1",
    });
    expect(config.config.Cmd).to.deep.equal(["/usr/bin/program"]);
    expect(config.config.Labels).to.deep.equal({ "paw.network/made-of": "program" });
    expect(config.rootfs.diff_ids).to.deep.equal([manifest.layers[0].digest]);
    expect(readFileSync(join(root, "usr/bin/program"), "utf8")).to.equal("#!/bin/sh\necho hello\n");
    expect(statSync(join(root, "usr/bin/program")).mode & 0o777).to.equal(0o755);
    expect(readlinkSync(join(root, "usr/bin/other"))).to.equal("program");
    expect(statSync(join(root, "etc/passwd")).mode & 0o777).to.equal(0o644);
  });

  it("are the same bytes for the same content, whenever and wherever they are made", async () => {
    const one = readFileSync(await make());
    const two = readFileSync(await make({}, "elsewhere"));
    expect(one.equals(two)).to.equal(true);
  });

  it("are made once, and again when anything in them changed", async () => {
    const first = await make();
    const made = statSync(first).mtimeMs;
    expect(await make()).to.equal(first);
    expect(statSync(first).mtimeMs).to.equal(made);
    writeFileSync(join(folder, "program"), "#!/bin/sh\necho bye\n");
    expect(await make()).not.to.equal(first);
    expect(await make({ name: "example.invalid/some/image:2" })).not.to.equal(first);
  });

  it("leave no half of one where a part is missing", async () => {
    const files = { "usr/bin/program": { file: join(folder, "none") } };
    let failed = "";
    await make({ files }).catch((error: unknown) => {
      failed = String(error);
    });
    expect(failed).to.match(/ENOENT/);
    expect(readdirSync(folder)).to.deep.equal(["program"]);
  });
});
