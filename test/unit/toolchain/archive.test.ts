import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import type { Toolchain } from "../../../ops/src/toolchain/types.ts";
import { tinyGroup } from "./releaseServer.ts";

describe("toolchain, from an archive", () => {
  let folder: string;
  let server: Server;
  let archive: Buffer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "paw-archive-"));
    // Packed are the tool, something that nobody asked for, and a file that would land outside where it is unpacked.
    mkdirSync(join(folder, "in", "etcd-v3.7.3"), { recursive: true });
    writeFileSync(join(folder, "in", "etcd-v3.7.3", "etcd"), "#!/bin/sh\necho 3.7.3\n", { mode: 0o644 });
    writeFileSync(join(folder, "in", "etcd-v3.7.3", "README"), "not asked for");
    writeFileSync(join(folder, "escaped"), "outside");
    const packed = spawnSync("tar", ["-czPf", "-", "-C", join(folder, "in"), "etcd-v3.7.3", "../escaped"]);
    expect(packed.status).to.equal(0);
    archive = packed.stdout;
    server = createServer((request, response) => {
      const hash = createHash("sha256").update(archive).digest("hex");
      response.end(request.url === "/etcd.tar.gz" ? archive : `${hash}  etcd.tar.gz\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const make = (inside: string): Promise<Toolchain> =>
    ensureToolchain({
      cacheDir: join(folder, "cache"),
      ways: ["release"],
      mapUrl: (url) =>
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/${url.split("/").pop() ?? ""}`,
      groups: [
        tinyGroup({
          modules: [],
          release: () => [
            {
              url: "https://releases.invalid/v3.7.3/etcd.tar.gz",
              checksumUrl: "https://releases.invalid/v3.7.3/SHA256SUMS",
              holds: { etcd: inside },
            },
          ],
        }),
      ],
    });

  it("takes the tool out, makes it executable, and nothing else comes with it", async () => {
    rmSync(join(folder, "escaped"));
    const { tools } = await make("etcd-v3.7.3/etcd");
    expect(spawnSync(tools.etcd.path).stdout.toString()).to.equal("3.7.3\n");
    const entry = join(tools.etcd.path, "..", "..");
    expect(readdirSync(entry)).to.have.members(["bin", "manifest.json"]);
    expect(readdirSync(join(entry, "bin"))).to.deep.equal(["etcd"]);
  });

  it("never writes outside, even where the path that is asked for leads there", async () => {
    let message = "";
    await make("../escaped").catch((error: unknown) => (message = String(error)));
    expect(message).to.contain("etcd.tar.gz holds no ../escaped");
    const outside = readdirSync(join(folder, "cache", "tools"));
    expect(outside).to.deep.equal([]);
    expect(readFileSync(join(folder, "escaped"), "utf8")).to.equal("outside");
  });

  it("that lacks the tool is a failure that says so", async () => {
    let message = "";
    await make("etcd-v3.7.3/etcdctl").catch((error: unknown) => (message = String(error)));
    expect(message).to.contain("etcd.tar.gz holds no etcd-v3.7.3/etcdctl");
    expect(existsSync(join(folder, "cache", "hashes.json"))).to.be.true;
  });
});
