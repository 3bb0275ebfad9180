/** The hypothesis about what people are woken by: no critical alert before, and none while the fault acts. */
import { UserError, firstLine } from "../errors.ts";
import { type Prometheus, withPrometheus } from "../running/prometheus.ts";
import { type Experiment, type Step, bad, fine, needed, observed, unknown } from "./experiment.ts";

/** Names of the critical alerts of a namespace that fired within the last seconds. */
async function firing(prometheus: Prometheus, namespace: string, seconds: number): Promise<string[]> {
  const alerts = `ALERTS{alertstate="firing",severity="critical",namespace="${namespace}"}`;
  const found = await prometheus.query(`max_over_time(${alerts}[${Math.max(1, Math.ceil(seconds))}s])`);
  return [...new Set(found.map(({ labels }) => labels.alertname ?? "?"))].sort();
}

async function asked(experiment: Experiment, seconds: number): Promise<string[]> {
  const { namespace } = experiment.where;
  return withPrometheus(experiment.target, (prometheus) => firing(prometheus, namespace, seconds));
}

/** Seconds after which a series that is scraped no more is forgotten: two scrapes. */
const now = 30;

export const quietBefore: Step = needed({
  id: "quiet",
  title: "no critical alert before",
  wanted: "none fires",
  look: async (experiment) => {
    try {
      const alerts = await asked(experiment, now);
      return alerts.length === 0
        ? fine("none")
        : bad(alerts.join(", "), "nothing is injected into what is not well: each alert names its runbook");
    } catch (error) {
      // Without a Prometheus blocks and answers still tell; the result says that nobody looked at alerts.
      if (!(error instanceof UserError)) throw error;
      experiment.noPrometheus = firstLine(error);
      return unknown(`no Prometheus: ${experiment.noPrometheus}`);
    }
  },
});

export const quietDuring: Step = observed({
  id: "alerts",
  title: "no critical alert while the fault acts",
  wanted: "none begins",
  look: async (experiment) => {
    if (experiment.noPrometheus !== undefined) return unknown(`no Prometheus: ${experiment.noPrometheus}`);
    const alerts = await asked(experiment, experiment.plan.seconds);
    return alerts.length === 0
      ? fine("none")
      : bad(alerts.join(", "), "the fault wakes people: mend what the alert's runbook says, then try again");
  },
});
