import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

import type { Fault } from "../running/checks.ts";
import { isReady, nameOf, selectorText } from "../running/forward.ts";
import { type Gate, appLabels } from "./gate.ts";

/** Gate 1 of spec B10: as many pods as wanted, running, ready, never restarted, none in a crash loop. */
export const podHealth: Gate = {
  id: "pod-health",
  title: "1 pod health",
  wanted: "every pod running and ready, no restart, no crash loop",
  look({ target, namespace, pods }) {
    const { replicas } = target.config.bizra;
    const missing =
      pods.length < replicas
        ? [
            {
              found: `${pods.length} pods where at least ${replicas} are wanted`,
              next: `kubectl get pods -n ${namespace} -l ${selectorText(appLabels)}; kubectl get events -n ${namespace}`,
            },
          ]
        : [];
    const faults = [...missing, ...pods.flatMap((pod) => faultsOf(pod, namespace))];
    const ready = pods.filter(isReady).length;
    const restarts = pods.reduce((sum, pod) => sum + restartsOf(pod), 0);
    return Promise.resolve({ found: `${ready}/${pods.length} ready, ${restarts} restarts`, faults });
  },
};

function faultsOf(pod: V1Pod, namespace: string): Fault[] {
  const name = nameOf(pod);
  const describe = `kubectl describe pod -n ${namespace} ${name}`;
  const statuses = statusesOf(pod);
  const phase = pod.status?.phase ?? "unknown";
  const waiting = statuses.flatMap(({ state }) => state?.waiting?.reason ?? []);
  const restarts = restartsOf(pod);
  return [
    ...(phase === "Running" ? [] : [{ found: `${name} is ${phase}`, next: describe }]),
    ...waiting.map((reason) => ({ found: `${name} waits: ${reason}`, next: describe })),
    ...(isReady(pod) ? [] : [{ found: `${name} is not ready`, next: describe }]),
    ...(restarts > 0
      ? [
          {
            found: `${name} was restarted ${restarts} times`,
            next: `kubectl logs -n ${namespace} ${name} --previous`,
          },
        ]
      : []),
  ];
}

/** Of all containers, those of a mesh's proxy among them. */
function statusesOf({ status }: V1Pod): readonly V1ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].filter(
    ({ state }) => state?.terminated?.reason !== "Completed",
  );
}

function restartsOf(pod: V1Pod): number {
  return statusesOf(pod).reduce((sum, { restartCount }) => sum + restartCount, 0);
}
