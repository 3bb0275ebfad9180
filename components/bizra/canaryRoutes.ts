/** What splits bizra's traffic between both versions, as plain data. Weights are where a controller begins, which owns them. */
import { bizraSplitRoutes } from "../mesh/routes.ts";
import { bizraPorts } from "../ports.ts";
import type { RouteKind } from "./canaryPlan.ts";
import { canaryName, stableName, workloadName } from "./names.ts";

export interface RouteObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: object;
  /** The field that the controller owns: it cannot be parted, since the API server keeps a list of routes whole. */
  readonly controlled: "spec.rules" | "spec.http";
}

export interface CanaryRoutes {
  readonly objects: readonly RouteObject[];
  /** Names by which the Rollout knows what to weigh. */
  readonly names: readonly string[];
}

/** Ports whose requests can be split. Peers (30333) choose whom they talk to, and metrics are scraped pod by pod. */
const splitPorts = ["http", "rpc", "ws"] as const;

/** Everything to the stable version. */
const begin = { stable: 100, canary: 0 } as const;

export function canaryRoutes(kind: RouteKind): CanaryRoutes {
  return kind === "gateway" ? gatewayRoutes() : virtualService();
}

function gatewayRoutes(): CanaryRoutes {
  const objects = bizraSplitRoutes([
    { name: stableName, weight: begin.stable },
    { name: canaryName, weight: begin.canary },
  ]).map((route): RouteObject => ({ ...route, controlled: "spec.rules" }));
  return { objects, names: objects.map(({ name }) => name) };
}

function virtualService(): CanaryRoutes {
  const destination = (host: string, number: number): object => ({ host, port: { number } });
  const http = splitPorts.map((name) => ({
    name,
    match: [{ port: bizraPorts[name] }],
    route: [
      { destination: destination(stableName, bizraPorts[name]), weight: begin.stable },
      { destination: destination(canaryName, bizraPorts[name]), weight: begin.canary },
    ],
  }));
  const object: RouteObject = {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    name: workloadName,
    spec: { hosts: [workloadName], http },
    controlled: "spec.http",
  };
  return { objects: [object], names: [...splitPorts] };
}
