/** From the configuration's words to bizra's: its own image, or the simulator in its place. */
import { readFileSync, readdirSync } from "node:fs";

import type { BizraAppArgs } from "../components/bizra/app.ts";
import type { BizraCanaryArgs } from "../components/bizra/canary.ts";
import type { PawConfig } from "../config.ts";
import { images } from "../versions.ts";

/** Image that the simulator runs in. */
export const simulatorImage = `${images.node.name}:${images.node.version}`;

/** Arguments of the application. */
export function bizraArgs({ bizra }: PawConfig): BizraAppArgs {
  const { simulate, canary, ...rest } = bizra;
  const settings = { ...rest, canary: canary !== undefined };
  if (!simulate) return settings;
  return { ...settings, simulator: { image: simulatorImage, sources: simulatorSources() } };
}

/** Arguments of the canary; nothing where new versions come without one. */
export function canaryArgs({ bizra, alerting }: PawConfig): BizraCanaryArgs | undefined {
  const { namespace, replicas, canary } = bizra;
  if (canary === undefined) return undefined;
  return { ...canary, namespace, replicas, finalitySeconds: alerting.thresholds.finalityMs / 1000 };
}

/** What is simulated where the simulator stands in, as a line of the output `simulated`; nothing where it does not. */
export function simulatedBizra({ bizra }: PawConfig): string[] {
  return bizra.simulate ? [`bizra: simulator/ in ${simulatorImage}, in place of ${bizra.image}`] : [];
}

/** The files of `simulator/` that a pod runs, by name. */
function simulatorSources(): Record<string, string> {
  const folder = new URL("../simulator/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(new URL(file, folder), "utf8")]));
}
