/** The site of a stack file, for tests of dashboards and alerts. */
import { observabilitySite } from "../../config/observability.ts";
import { parseConfig } from "../../config.ts";
import type { ObservabilitySite } from "../../observability/model.ts";
import { stackConfig } from "./rendered.ts";

export function siteOf(stack: string, changes: Readonly<Record<string, object>> = {}): ObservabilitySite {
  const changed = Object.entries(changes).map(([key, value]) => [`paw:${key}`, JSON.stringify(value)]);
  return observabilitySite(
    parseConfig(stack, { ...stackConfig(stack), ...(Object.fromEntries(changed) as Record<string, string>) }),
  );
}
