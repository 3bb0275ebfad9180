/** Who steps out of the mesh, in CEL: annotations of pods, wherever they stand, and of namespaces. */
import { peerPorts } from "../../site.ts";
import { type Twin, literal } from "../twin.ts";

const annotations = {
  annotations:
    'object.kind == "Namespace" ? dyn(object).metadata.?annotations.orValue({}) : ' +
    "variables.template.?metadata.?annotations.orValue({})",
};

const value = (name: string): string => `variables.annotations[?${literal(name)}]`;

function annotated(...holds: readonly string[]): Twin {
  return {
    on: ["pods", "namespaces"],
    variables: annotations,
    checks: holds.map((each) => ({ holds: each })),
  };
}

function oneOf(name: string, allowed: readonly string[]): Twin {
  return annotated(`${value(name)}.orValue(${literal(allowed[0] ?? "")}) in ${literal(allowed)}`);
}

export const mesh: Readonly<Record<string, Twin>> = {
  "mesh-optout": oneOf("linkerd.io/inject", ["enabled", "ingress"]),
  "mesh-skip-ports": annotated(
    ...["inbound", "outbound"].map((direction) => {
      const ports = value(`config.linkerd.io/skip-${direction}-ports`);
      return (
        `!${ports}.hasValue() || ${ports}.value().split(",").all(part, ` +
        `part.trim().matches("^[0-9]{1,9}$") && int(part.trim()) in ${literal(peerPorts)})`
      );
    }),
  ),
  "mesh-inbound-default": oneOf("config.linkerd.io/default-inbound-policy", [
    "deny",
    "all-authenticated",
    "cluster-authenticated",
  ]),
};
