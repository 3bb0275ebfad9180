/** The checks of `paw verify` (spec A20). */
import type { Check } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import { smokeChecks } from "../suites/smoke.ts";
import { drift } from "./drift.ts";
import { owners } from "./owners.ts";
import { backups, budgets, claims, quotas, reservations, secrets } from "./objects.ts";
import { alerts, targets } from "./observed.ts";

/** Seconds: what an operator looks at first; the smoke tests among it. */
export const quickChecks: readonly Check<Target>[] = [...smokeChecks, claims, secrets, reservations];

/** Half a minute: everything. */
export function fullChecks({ config }: Target): Check<Target>[] {
  // Where the stack brings no Prometheus, one may be named; without it these two would only say that there is none.
  const observed = config.charts.source !== "crds" || process.env.PROMETHEUS_URL !== undefined;
  return [...quickChecks, budgets, quotas, backups, ...(observed ? [alerts, targets] : []), owners, drift];
}
