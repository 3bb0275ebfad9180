import { CoreV1Api } from "@kubernetes/client-node";

import type { Fault } from "../running/checks.ts";
import { type Gate, type Scene, appName, eachPod, insidePods } from "./gate.ts";

/** Seconds of logs that are read (spec B10: 5 minutes). */
const window = 300;
/** Bytes of one pod's logs that are read; the newest ones. */
const most = 20 * 1024 * 1024;
/** Lines that are shown of a pod. */
const shown = 3;

/** Levels as Rust's tracing and Node's loggers write them: a word in capitals, or a field of JSON. */
const levels = [
  /(^|[\s[|])(ERROR|FATAL|PANIC)([\s\]|:]|$)/,
  /"level":\s*"(error|fatal|panic)"/i,
  /\bpanicked at\b/,
];
/** A line that says of itself that it is none of these. */
const harmless = /"level":\s*"(trace|debug|info|warn)"/i;
/** What goes wrong in cryptography or consensus, whatever its level (spec B10). */
const words =
  /\b(crypto(graphic)?|signature|consensus)\b[^.]{0,40}\b(error|fail(ed|ure)?|invalid|mismatch)\b|\bconsensus\b.*\bdiverged\b/i;

/** Whether a line of a log tells of an error. */
export function isError(line: string): boolean {
  // A count of errors that is none is no error.
  const told = line.replace(/\b(errors?|failed|failures?)\b\s*[=:]\s*0\b/gi, "");
  return (levels.some((level) => level.test(told)) && !harmless.test(told)) || words.test(told);
}

/** Gate 5 of spec B10: nothing in the last five minutes' logs that tells of an error. */
export const logs: Gate = {
  id: "error-logs",
  title: "5 error logs",
  wanted: "no ERROR, FATAL, PANIC, cryptographic or consensus error in the last 5 minutes",
  look: insidePods(async (scene) => {
    const next = (pod: string): string =>
      `kubectl logs -n ${scene.namespace} ${pod} -c ${appName} --since=5m; docs/runbooks/bizra.md`;
    let read = 0;
    const faults = await eachPod(
      scene,
      async (pod) => {
        const lines = await linesOf(scene, pod);
        read += lines.length;
        return faultsOf(pod, lines, next(pod));
      },
      next,
    );
    return { found: `${read} lines read`, faults };
  }),
};

async function linesOf({ target, namespace }: Scene, name: string): Promise<string[]> {
  const text = await target.kubeconfig.makeApiClient(CoreV1Api).readNamespacedPodLog({
    namespace,
    name,
    container: appName,
    sinceSeconds: window,
    limitBytes: most,
  });
  return text.split("\n").filter((line) => line !== "");
}

function faultsOf(pod: string, lines: readonly string[], next: string): Fault[] {
  const errors = lines.filter(isError);
  if (errors.length === 0) return [];
  const examples = errors.slice(-shown).map((line) => `"${line.slice(0, 200)}"`);
  return [{ found: `${pod}: ${errors.length} lines, such as ${examples.join(", ")}`, next }];
}
