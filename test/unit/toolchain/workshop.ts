/** What a test of the toolchain needs: a cache, a release server, a tiny Go module, and what was reported. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type ToolchainOptions, ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import { ToolchainError, type ToolchainEvent } from "../../../ops/src/toolchain/types.ts";
import { ReleaseServer, tinyGroup } from "./releaseServer.ts";

export interface Workshop {
  folder: string;
  server: ReleaseServer;
  events: ToolchainEvent[];
  /** Options for one tiny group from the release server. */
  readonly options: (more?: Partial<ToolchainOptions>) => ToolchainOptions;
  /** The error of a toolchain that cannot be made; fails when it can. */
  readonly failure: (more?: Partial<ToolchainOptions>) => Promise<ToolchainError>;
}

/** Registers mocha's hooks; everything is new for each test, and the environment as it was before. */
export function workshop(): Workshop {
  const environment = { ...process.env };
  const shop: Omit<Workshop, "server"> & { server?: ReleaseServer } = {
    folder: "",
    events: [],
    options: (more = {}) => ({
      cacheDir: join(shop.folder, "cache"),
      modulesFolder: join(shop.folder, "modules"),
      groups: [tinyGroup()],
      ways: ["release"],
      ...(shop.server ? { mapUrl: shop.server.mapUrl } : {}),
      patience: 300,
      report: (event) => shop.events.push(event),
      ...more,
    }),
    failure: async (more) => {
      try {
        await ensureToolchain(shop.options(more));
      } catch (error) {
        if (error instanceof ToolchainError) return error;
        throw error;
      }
      throw new Error("it succeeded");
    },
  };
  beforeEach(async () => {
    shop.folder = mkdtempSync(join(tmpdir(), "paw-toolchain-"));
    shop.server = await ReleaseServer.start();
    shop.events = [];
    const tiny = join(shop.folder, "modules", "tiny");
    mkdirSync(tiny, { recursive: true });
    writeFileSync(join(tiny, "go.mod"), "module paw.invalid/tiny\n\ngo 1.21\n");
    writeFileSync(join(tiny, "main.go"), 'package main\n\nfunc main() { println("built") }\n');
  });
  afterEach(async () => {
    process.env = { ...environment };
    await shop.server?.stop();
    rmSync(shop.folder, { recursive: true, force: true });
  });
  return shop as Workshop;
}
