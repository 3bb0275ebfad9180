/** What containers ask for and where they end, in CEL. The API server takes no amounts of ephemeral containers. */
import { type Twin, literal, ofContainers } from "../twin.ts";

function amounts(kind: "requests" | "limits"): Twin {
  const amount = `c.?resources.?${kind}[?resource].orValue("0")`;
  return ofContainers(
    `${literal(["cpu", "memory"])}.all(resource, isQuantity(string(${amount})) && ` +
      `quantity(string(${amount})).isGreaterThan(quantity("0")))`,
    "lasting",
  );
}

export const resources: Readonly<Record<string, Twin>> = {
  "res-requests": amounts("requests"),
  "res-limits": amounts("limits"),
};
