/**
 * What a new version is measured by (spec B9): errors, finality, crashes, and the stable version beside it.
 *
 * Every condition asks for a value first: an empty answer and NaN are failed measurements, never good ones. A Prometheus
 * that does not answer is an error, and some of them in a row end the canary as well.
 */
import { type CanaryAnalysis, hashes } from "./canaryPlan.ts";
import { canaryName } from "./names.ts";

export interface AnalysisPlan extends CanaryAnalysis {
  readonly namespace: string;
  /** Address of Prometheus' API. */
  readonly prometheus: string;
  /** 99 of 100 finality checks have to be faster; seconds (spec B13: 0.001). */
  readonly finalitySeconds: number;
}

export interface AnalysisTemplate {
  readonly name: string;
  readonly spec: Record<string, unknown>;
}

interface Figure {
  readonly name: string;
  readonly query: string;
  /** What its one value has to be. */
  readonly wanted: string;
  /** True for what not a single bad measurement is borne of. */
  readonly strict?: boolean;
}

/** Measurements in a row that Prometheus may leave unanswered; one more ends the canary (Argo Rollouts' own default). */
const toleratedErrors = 4;

/** The templates, each about one thing. */
export function analysisTemplates(plan: AnalysisPlan): AnalysisTemplate[] {
  const canary = seriesOf(plan, hashes.canary);
  const stable = seriesOf(plan, hashes.stable);
  const template = (
    about: string,
    args: readonly string[],
    figures: readonly Figure[],
  ): AnalysisTemplate => ({
    name: `${canaryName}-${about}`,
    spec: { args: args.map((name) => ({ name })), metrics: figures.map((figure) => metric(figure, plan)) },
  });
  const slower = `<= ${1 + plan.tolerance}`;
  return [
    template(
      "errors",
      [hashes.canary],
      [{ name: "error-rate", query: canary.errorRate, wanted: `< ${plan.maxErrorRate}` }],
    ),
    template(
      "latency",
      [hashes.canary],
      [{ name: "finality-p99", query: canary.finality, wanted: `< ${plan.finalitySeconds}` }],
    ),
    template(
      "crashes",
      [hashes.canary],
      [{ name: "restarts", query: canary.restarts, wanted: "== 0", strict: true }],
    ),
    template(
      "baseline",
      [hashes.canary, hashes.stable],
      [
        { name: "finality-p99-to-stable", query: `${canary.finality} / ${stable.finality}`, wanted: slower },
        {
          name: "generation-to-stable",
          query: `${canary.generation} / ${stable.generation}`,
          wanted: slower,
        },
        {
          name: "verification-to-stable",
          query: `${canary.verification} / ${stable.verification}`,
          wanted: slower,
        },
      ],
    ),
  ];
}

function metric(
  { name, query, wanted, strict = false }: Figure,
  plan: AnalysisPlan,
): Record<string, unknown> {
  return {
    name,
    interval: plan.interval,
    // Before that, the window reaches back to before there was traffic. Restarts are counted, not averaged.
    initialDelay: strict ? plan.interval : plan.window,
    failureLimit: strict ? 0 : plan.toleratedFailures,
    consecutiveErrorLimit: toleratedErrors,
    successCondition: `len(result) == 1 && result[0] ${wanted}`,
    provider: { prometheus: { address: plan.prometheus, query } },
  };
}

/** Queries about the pods of one version; each gives one number without labels. */
function seriesOf({ namespace, window }: AnalysisPlan, hash: string) {
  const pods = `namespace="${namespace}",pod=~"${canaryName}-{{args.${hash}}}-.*"`;
  const rate = (metricName: string): string => `rate(${metricName}{${pods}}[${window}])`;
  const sum = (metricName: string): string => `sum(${rate(metricName)})`;
  const mean = (histogram: string): string => `(${sum(`${histogram}_sum`)} / ${sum(`${histogram}_count`)})`;
  const operations = ["bizra_poi_generate", "bizra_poi_verify", "bizra_finality_check"].map((each) =>
    sum(`${each}_seconds_count`),
  );
  return {
    errorRate: `${sum("bizra_errors_total")} / (${operations.join(" + ")})`,
    finality: `histogram_quantile(0.99, sum by (le) (${rate("bizra_finality_check_seconds_bucket")}))`,
    // Over time, so that a pause of kube-state-metrics or a pod that was replaced hides no restart.
    restarts: `sum(max_over_time(kube_pod_container_status_restarts_total{${pods}}[${window}]))`,
    generation: mean("bizra_poi_generate_seconds"),
    verification: mean("bizra_poi_verify_seconds"),
  };
}
