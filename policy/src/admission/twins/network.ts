/** What is open, in CEL. */
import { exposedServices, openPorts } from "../../site.ts";
import { type Twin, literal, ofObjects } from "../twin.ts";

/** Whether `peer` stands for every address. */
const everywhere =
  'peer.size() == 0 || (peer.?ipBlock.?cidr.orValue("/0").endsWith("/0") && has(peer.ipBlock) && ' +
  "peer.ipBlock.?except.orValue([]).size() == 0)";

function closed(direction: "ingress" | "egress"): Twin {
  const peers = `rule.?${direction === "ingress" ? "from" : "to"}.orValue([])`;
  const meant = openPorts.filter((each) => each.direction === direction).map(({ port }) => port);
  const named = `${peers}.size() > 0 && !${peers}.exists(peer, ${everywhere})`;
  const onlyMeant =
    "rule.?ports.orValue([]).size() > 0 && rule.ports.all(port, !has(port.endPort) && " +
    `port.?port.orValue(0) in ${literal(meant)})`;
  return ofObjects(
    "networkPolicies",
    `dyn(object).?spec.?${direction}.orValue([]).all(rule, (${named}) || (${onlyMeant}))`,
  );
}

const exposed = exposedServices.map(
  ({ pattern }) => `object.metadata.name.matches(${literal(pattern.source)})`,
);

const snippets = ["configuration", "server", "stream", "auth", "modsecurity", "http"]
  .map((name) => `key.endsWith("/${name}-snippet")`)
  .join(" || ");

export const network: Readonly<Record<string, Twin>> = {
  "netpol-open-ingress": closed("ingress"),
  "netpol-open-egress": closed("egress"),
  "svc-exposure": ofObjects(
    "services",
    [
      ...exposed,
      '(object.spec.?type.orValue("") in ["", "ClusterIP", "ExternalName"] && ' +
        "object.spec.?externalIPs.orValue([]).size() == 0)",
    ].join(" || "),
  ),
  "ingress-snippets": ofObjects(
    "ingresses",
    `object.metadata.?annotations.orValue({}).all(key, !(${snippets}))`,
  ),
};
