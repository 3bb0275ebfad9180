import { bizraPorts } from "../../../components/ports.ts";
import type { Fault } from "../running/checks.ts";
import { through } from "../running/forward.ts";
import { type Gate, type Scene, eachPod, insidePods } from "./gate.ts";

/** Metrics without which neither alerts nor canary know anything (spec B10). */
export const wantedMetrics = [
  "bizra_finality_check_seconds",
  "bizra_poi_generate_seconds",
  "bizra_poi_verify_seconds",
] as const;

/** Milliseconds that an answer may take. */
const patience = 10_000;
const port = bizraPorts["rust-metrics"];

/** Gate 2 of spec B10: each pod's metrics endpoint answers with 200, and has the three metrics. */
export const metricsEndpoint: Gate = {
  id: "metrics-endpoint",
  title: "2 metrics endpoint",
  wanted: `HTTP 200 on port ${port}, with ${wantedMetrics.join(", ")}`,
  look: insidePods(async (scene) => {
    const again = (pod: string): string =>
      `kubectl port-forward -n ${scene.namespace} ${pod} ${port} and curl 127.0.0.1:${port}/metrics; docs/runbooks/metrics-silent.md`;
    const faults = await eachPod(scene, (pod) => look(scene, pod, again(pod)), again);
    return { found: `${scene.pods.length} endpoints asked`, faults };
  }),
};

async function look({ target, namespace }: Scene, pod: string, next: string): Promise<Fault[]> {
  return through(target, { namespace, pod, port }, async (url) => {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(patience) });
    const text = await answer.text();
    if (answer.status !== 200) return [{ found: `${pod} answers with ${answer.status}`, next }];
    const missing = wantedMetrics.filter((name) => !hasMetric(text, name));
    return missing.length === 0 ? [] : [{ found: `${pod} has no ${missing.join(", ")}`, next }];
  });
}

/** Whether an exposition has samples of a metric: its histogram's parts have their own endings. */
export function hasMetric(exposition: string, name: string): boolean {
  return new RegExp(`^${name}(_bucket|_count|_sum)?(\\{.*\\})? \\S`, "m").test(exposition);
}
