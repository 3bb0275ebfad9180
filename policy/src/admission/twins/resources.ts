/** What containers ask for, where they end and how they are asked whether they live, in CEL. */
import { slowStarters } from "../../site.ts";
import { type Twin, literal, ofContainers } from "../twin.ts";

/** True for an amount above zero; the API server takes none of ephemeral containers. */
const isAmount = (value: string): string =>
  `isQuantity(string(${value})) && quantity(string(${value})).isGreaterThan(quantity("0"))`;

function amounts(kind: "requests" | "limits"): Twin {
  const amount = isAmount(`c.?resources.?${kind}[?resource].orValue("0")`);
  return ofContainers(`${literal(["cpu", "memory"])}.all(resource, ${amount})`, "planned");
}

/** A volume without a type has been made an emptyDir by the API server. */
const ephemeral: Twin = {
  on: ["pods"],
  checks: [
    {
      each: "planned",
      holds:
        `${literal(["requests", "limits"])}.all(kind, ` +
        `${isAmount('c.?resources[?kind][?"ephemeral-storage"].orValue("0")')})`,
    },
    {
      holds:
        `variables.pod.?volumes.orValue([]).all(volume, volume.exists(key, !(key in ["name","emptyDir"])) || ` +
        `(${isAmount('volume.?emptyDir.?sizeLimit.orValue("0")')}))`,
    },
  ],
};

const handlers = ["httpGet", "tcpSocket", "grpc", "exec"];
const label = (name: string): string =>
  `variables.template.?metadata.?labels[?${literal(`app.kubernetes.io/${name}`)}].orValue("")`;
const startsSlowly = slowStarters
  .map(
    ({ partOf, components, container }) =>
      `(c.name == ${literal(container)} && ${label("part-of")} == ${literal(partOf)} && ` +
      `${label("component")} in ${literal(components)})`,
  )
  .join(" || ");

/** Containers that run as long as their pod, where the pod is to run for ever. */
const probes: Twin = {
  on: ["pods"],
  variables: {
    enduring:
      'variables.pod.?restartPolicy.orValue("Always") != "Always" ? [] : variables.pod.?containers.orValue([]) + ' +
      'variables.pod.?initContainers.orValue([]).filter(c, c.?restartPolicy.orValue("") == "Always")',
  },
  checks: [
    {
      each: "enduring",
      holds:
        `(["readinessProbe","livenessProbe"] + (${startsSlowly} ? ["startupProbe"] : [])).all(probe, ` +
        `${literal(handlers)}.exists(handler, c[?probe][?handler].hasValue()))`,
    },
  ],
};

export const resources: Readonly<Record<string, Twin>> = {
  "res-requests": amounts("requests"),
  "res-limits": amounts("limits"),
  "res-ephemeral": ephemeral,
  probes,
};
