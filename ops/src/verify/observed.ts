/** What Prometheus says of both systems. */
import type { Check } from "../running/checks.ts";
import { withPrometheus } from "../running/prometheus.ts";
import type { Target } from "../running/target.ts";

/** Nothing fires that would wake somebody. */
export const alerts: Check<Target> = {
  id: "alerts",
  title: "alerts",
  wanted: "no critical alert",
  async look(target) {
    const firing = await withPrometheus(target, (prometheus) =>
      prometheus.query('ALERTS{alertstate="firing",severity="critical"}'),
    );
    const faults = firing.map(({ labels }) => ({
      found: `${labels.alertname ?? ""} fires${labels.pod === undefined ? "" : ` for ${labels.pod}`}`,
      next: "docs/runbooks has one for each alert; npx paw silence add for what is expected",
    }));
    return { found: `${firing.length} critical alerts`, faults };
  },
};

/** Everything that is to be scraped answers. */
export const targets: Check<Target> = {
  id: "scrape-targets",
  title: "scrape targets",
  wanted: "every target of Prometheus up",
  async look(target) {
    const found = await withPrometheus(target, (prometheus) => prometheus.targets());
    const faults = found
      .filter(({ health }) => health !== "up")
      .map(({ labels, health, lastError }) => ({
        found: `${labels.job ?? ""} ${labels.pod ?? labels.instance ?? ""} is ${health}: ${lastError}`,
        next: "docs/runbooks/metrics-silent.md",
      }));
    return { found: `${found.length} targets`, faults };
  },
};
