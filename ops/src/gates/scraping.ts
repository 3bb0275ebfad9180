import { bizraPorts } from "../../../components/ports.ts";
import type { Fault } from "../running/checks.ts";
import { nameOf } from "../running/forward.ts";
import { type ScrapeTarget, withPrometheus } from "../running/prometheus.ts";
import { type Gate, type Scene, aboutPods } from "./gate.ts";

/** Seconds between two scrapes (spec B7). */
const every = 5;
/** Seconds for which a sample may be old before nobody can call it fresh: four scrapes. */
const fresh = 4 * every;
const next = "kubectl get servicemonitor -n {namespace} bizra-rust -o yaml; docs/runbooks/metrics-silent.md";

/** Gate 3 of spec B10: Prometheus scrapes each pod every five seconds, and what it has is fresh. */
export const scraping: Gate = {
  id: "prometheus-scraping",
  title: "3 Prometheus scraping",
  wanted: `each pod scraped every ${every} s, and samples younger than ${fresh} s`,
  look: aboutPods(async (scene) => {
    return withPrometheus(scene.target, async (prometheus) => {
      const targets = await prometheus.targets();
      const ages = await prometheus.query(
        `time() - timestamp(bizra_finality_check_seconds_count{namespace="${scene.namespace}"})`,
      );
      const ageOf = (pod: string): number | undefined => ages.find(({ labels }) => labels.pod === pod)?.value;
      const faults = scene.pods.flatMap((object) => {
        const pod = nameOf(object);
        return faultsOf({ scene, pod, target: ownTarget(targets, scene, pod), age: ageOf(pod) });
      });
      return { found: `${targets.length} targets, ${ages.length} pods with samples`, faults };
    });
  }),
};

/** The scrape of a pod's own metrics, and not of a mesh's proxy beside it. */
function ownTarget(
  targets: readonly ScrapeTarget[],
  { namespace }: Scene,
  pod: string,
): ScrapeTarget | undefined {
  return targets.find(
    ({ labels, scrapeUrl }) =>
      labels.namespace === namespace &&
      labels.pod === pod &&
      new URL(scrapeUrl).port === String(bizraPorts["rust-metrics"]),
  );
}

function faultsOf(seen: {
  readonly scene: Scene;
  readonly pod: string;
  readonly target: ScrapeTarget | undefined;
  readonly age: number | undefined;
}): Fault[] {
  const { scene, pod, target, age } = seen;
  const look = next.replace("{namespace}", scene.namespace);
  if (target === undefined) return [{ found: `${pod} is no target of Prometheus`, next: look }];
  return [
    ...(target.health === "up"
      ? []
      : [{ found: `the scrape of ${pod} is ${target.health}: ${target.lastError}`, next: look }]),
    ...(target.scrapeInterval === `${every}s`
      ? []
      : [{ found: `${pod} is scraped every ${target.scrapeInterval}`, next: look }]),
    ...(target.health === "up" && (age === undefined || age > fresh)
      ? [
          {
            found: `${pod} has ${age === undefined ? "no sample of bizra_finality_check_seconds" : `no sample for ${age.toFixed(0)} s`}`,
            next: look,
          },
        ]
      : []),
  ];
}
