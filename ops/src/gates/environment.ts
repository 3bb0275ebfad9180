import type { V1Pod } from "@kubernetes/client-node";

import { bizraPorts } from "../../../components/ports.ts";
import type { Fault } from "../running/checks.ts";
import { NotInImageError, execute } from "../running/exec.ts";
import { nameOf } from "../running/forward.ts";
import { type Gate, type Scene, appName, eachPod, insidePods } from "./gate.ts";
import { variablesOfSpec } from "./variables.ts";

/** Gate 7 of spec B10: each node was started with the four values that the stack wants. */
export const environment: Gate = {
  id: "environment",
  title: "7 environment",
  wanted: "BIZRA_USE_RUST, METRICS_PORT, POI_BATCH_VERIFY and NODE_ENV as the stack file has them",
  look: insidePods(async (scene) => {
    const wanted = wantedValues(scene);
    const next = (pod: string): string =>
      `kubectl exec -n ${scene.namespace} ${pod} -c ${appName} -- env; a changed ConfigMap needs new pods: kubectl rollout restart`;
    const faults = await eachPod(
      scene,
      async (pod, object) =>
        faultsOf(pod, { wanted, found: await variablesOf(scene, object), next: next(pod) }),
      next,
    );
    return {
      found: Object.entries(wanted)
        .map((pair) => pair.join("="))
        .join(" "),
      faults,
    };
  }),
};

function wantedValues({ target }: Scene): Record<string, string> {
  const { nodeEnv, poiBatchVerify } = target.config.bizra;
  return {
    BIZRA_USE_RUST: "true",
    METRICS_PORT: String(bizraPorts["rust-metrics"]),
    POI_BATCH_VERIFY: poiBatchVerify ? "1" : "0",
    NODE_ENV: nodeEnv,
  };
}

function faultsOf(
  pod: string,
  { wanted, found, next }: { wanted: Record<string, string>; found: Record<string, string>; next: string },
): Fault[] {
  return Object.entries(wanted)
    .filter(([name, value]) => found[name] !== value)
    .map(([name, value]) => ({
      found: `${pod}: ${name} is ${found[name] === undefined ? "not set" : `"${found[name]}"`}, wanted "${value}"`,
      next,
    }));
}

/** What a command in the node's container sees; of an image without `env`, what the cluster gives it. */
async function variablesOf({ target, namespace }: Scene, pod: V1Pod): Promise<Record<string, string>> {
  try {
    const place = { namespace, pod: nameOf(pod), container: appName };
    return parseVariables(await execute(target, place, ["env"]));
  } catch (error) {
    if (error instanceof NotInImageError) return variablesOfSpec(target, pod, appName);
    throw error;
  }
}

/** What `env` prints. */
export function parseVariables(printed: string): Record<string, string> {
  const pairs = printed
    .split("\n")
    .filter((line) => line.includes("="))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  return Object.fromEntries(pairs);
}
