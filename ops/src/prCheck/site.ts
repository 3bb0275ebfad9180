/** Where a pull request is looked at: the empty cluster of previews, and a state in which nothing was ever deployed. */
import { createHash } from "node:crypto";
import { join } from "node:path";

import { previewed, stacksWithCharts } from "../charts/available.ts";
import { clusterUp } from "../cluster/index.ts";
import { openSession } from "../commands/session.ts";
import { backendUrl, ensureStacks, environmentFor } from "../environment.ts";
import type { Progress } from "../progress.ts";
import { type StackName, pawFolder, previewCluster } from "../project.ts";

/** What pull requests' checks keep between runs. */
export const checkFolder = join(pawFolder, "pr-check");
const backend = join(checkFolder, "state");

export interface Site {
  readonly progress: Progress;
  /** Variables for `pulumi`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Stacks whose charts cannot be had here though they want them. */
  readonly withoutCharts: readonly StackName[];
  /** Stands for everything outside the program that decides what a preview shows. */
  readonly fingerprint: string;
}

/** Finds or makes tools and cluster. What is deployed from this checkout is neither asked nor touched. */
export async function openSite(): Promise<Site> {
  const { progress, toolchain } = await openSession();
  progress.step("Cluster of previews");
  await clusterUp({ name: previewCluster.name, kind: "embedded" }, toolchain, progress.note);
  const withCharts = await stacksWithCharts();
  const own = environmentFor(toolchain, previewCluster.name, withCharts);
  const overrides = JSON.parse(own.PAW_OVERRIDES ?? "{}") as Record<string, object>;
  const environment = {
    ...own,
    PULUMI_BACKEND_URL: backendUrl(backend),
    PAW_OVERRIDES: JSON.stringify({ ...overrides, local: { cluster: { context: previewCluster.context } } }),
  };
  await ensureStacks(environment, backend);
  return {
    progress,
    environment,
    withoutCharts: previewed.filter((stack) => !withCharts.includes(stack)),
    fingerprint: createHash("sha256").update(environment.PAW_OVERRIDES).digest("hex").slice(0, 12),
  };
}
