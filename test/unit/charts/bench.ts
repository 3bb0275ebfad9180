/** What a test of charts needs: a host, a folder, and the words of a failure. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { archivesOf } from "../../../components/platform/charts/archives.ts";
import type { Chart } from "../../../components/platform/charts/chart.ts";
import type { ChartSource } from "../../../components/platform/charts/source.ts";
import { Transfers } from "../../../components/platform/charts/transfers.ts";
import { ChartHost } from "./chartHosts.ts";

export interface Bench {
  folder: string;
  host: ChartHost;
  /** The archives of those charts, by way of the cache `cache` in the folder. */
  readonly archives: (
    charts: readonly Chart[],
    source?: ChartSource,
  ) => Promise<Readonly<Record<string, string>>>;
  /** The error of charts that cannot be had. */
  readonly failure: (charts: readonly Chart[], source?: ChartSource) => Promise<Error>;
  /** Leaves a login of Docker for a registry. */
  readonly dockerConfig: (content: unknown) => void;
}

export async function errorOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await Promise.allSettled([work]);
  if (outcome[0].status === "rejected" && outcome[0].reason instanceof Error) return outcome[0].reason;
  throw new Error("it succeeded");
}

/** Registers mocha's hooks; everything is new for each test, and the environment as it was before. */
export function bench(): Bench {
  const environment = { ...process.env };
  const made: Omit<Bench, "host"> & { host?: ChartHost } = {
    folder: "",
    archives: (charts, source = { kind: "upstream" }) =>
      archivesOf(charts, source, {
        cacheFolder: join(made.folder, "cache"),
        transfers: new Transfers({ patience: 1000 }),
      }),
    failure: (charts, source) => errorOf(made.archives(charts, source)),
    dockerConfig: (content) => {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      writeFileSync(join(made.folder, "docker", "config.json"), text);
    },
  };
  beforeEach(async () => {
    made.folder = mkdtempSync(join(tmpdir(), "paw-charts-"));
    mkdirSync(join(made.folder, "docker"));
    process.env.DOCKER_CONFIG = join(made.folder, "docker");
    made.host = await ChartHost.start();
  });
  afterEach(async () => {
    process.env = { ...environment };
    await made.host?.stop();
    rmSync(made.folder, { recursive: true, force: true });
  });
  return made as Bench;
}
