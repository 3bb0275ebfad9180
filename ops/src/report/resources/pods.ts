/** What one pod of a workload asks for, as the scheduler counts it. */
import type { Workload } from "../../../../policy/src/graph/workload.ts";
import { type Field, at, items } from "../../../../policy/src/k8s/field.ts";
import { root } from "../../../../policy/src/k8s/manifest.ts";
import { quantity } from "../../../../policy/src/k8s/quantity.ts";

/** CPU in thousandths of a core, memory in bytes. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}

export interface PodDemand {
  readonly requests: Amounts;
  readonly limits: Amounts;
  /** Containers that have no limit of CPU or memory, or one that is not known: totals of limits lack them. */
  readonly unlimited: number;
}

const none: Amounts = { cpu: 0, memory: 0 };
const sum = (a: Amounts, b: Amounts): Amounts => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });
const larger = (a: Amounts, b: Amounts): Amounts => ({
  cpu: Math.max(a.cpu, b.cpu),
  memory: Math.max(a.memory, b.memory),
});

/** The demand of a pod; of what an operator runs, that of its custom resource. */
export function podDemand({ pod, manifest }: Workload): PodDemand {
  const spec = pod?.spec;
  const main = spec ? items(at(spec, "containers")) : [at(root(manifest), "spec")];
  const first = spec ? items(at(spec, "initContainers")) : [];
  return {
    requests: effective(main, first, (container) => amountsOf(container, "requests")),
    limits: effective(main, first, (container) => amountsOf(container, "limits")),
    unlimited: [...main, ...first].filter(
      (container) =>
        quantity(at(container, "resources", "limits", "cpu").value) === undefined ||
        quantity(at(container, "resources", "limits", "memory").value) === undefined,
    ).length,
  };
}

/**
 * What holds for a pod: its containers and sidecars together, or more where one that runs before them needs more beside
 * the sidecars that began earlier (Kubernetes, "Resource sharing within containers").
 */
function effective(
  main: readonly Field[],
  first: readonly Field[],
  amounts: (container: Field) => Amounts,
): Amounts {
  let [sidecars, most] = [none, none];
  for (const container of first) {
    const own = amounts(container);
    if (at(container, "restartPolicy").value === "Always") sidecars = sum(sidecars, own);
    else most = larger(most, sum(sidecars, own));
  }
  return larger(most, main.map(amounts).reduce(sum, sidecars));
}

/** A container's amounts; requests that are not said are what its limits say. */
function amountsOf(container: Field, kind: "requests" | "limits"): Amounts {
  const amount = (name: "cpu" | "memory"): number => {
    const said = quantity(at(container, "resources", kind, name).value);
    return said ?? quantity(at(container, "resources", "limits", name).value) ?? 0;
  };
  // As the API server does: up to the next thousandth.
  return { cpu: Math.ceil(amount("cpu") * 1000 - 1e-6), memory: Math.ceil(amount("memory")) };
}
