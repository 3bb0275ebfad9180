/** How callers in the mesh repeat and give up requests, per route (spec A6). */
import { fullNodeService } from "../chain/fullNodes.ts";
import { bizraPorts, pawPorts } from "../ports.ts";
import type { Workload } from "../security/flows.ts";
import type { MeshObject } from "./policies.ts";

/** A port of a Service, and how long its callers wait (our own choice of figures). */
interface Routed {
  readonly part: Workload["part"];
  readonly service: string;
  readonly port: number;
  readonly name: string;
  readonly kind: "HTTPRoute" | "GRPCRoute";
  /** Longest time for one request, repetitions included; a duration of Linkerd's. None where every answer is endless. */
  readonly timeout?: string;
  /** Paths where a GET changes something, and so is not repeated. */
  readonly writes?: readonly string[];
  /** Paths whose answer never ends. */
  readonly streams?: readonly string[];
}

/** How often a request is repeated before its caller hears of the failure (our own choice). */
const repetitions = "2";

const routed: readonly Routed[] = [
  {
    part: "paw",
    service: "paw-api",
    port: pawPorts.rest.port,
    name: "rest",
    kind: "HTTPRoute",
    timeout: "30s",
  },
  {
    part: "paw",
    service: fullNodeService,
    port: pawPorts.rest.port,
    name: "rest",
    kind: "HTTPRoute",
    timeout: "20s",
  },
  {
    part: "paw",
    service: fullNodeService,
    port: pawPorts.rpc.port,
    name: "rpc",
    kind: "HTTPRoute",
    // CometBFT's own `timeout_broadcast_tx_commit` is 10 s.
    timeout: "20s",
    writes: ["/broadcast_tx_sync", "/broadcast_tx_async", "/broadcast_tx_commit", "/broadcast_evidence"],
    streams: ["/websocket"],
  },
  {
    part: "paw",
    service: fullNodeService,
    port: pawPorts.grpc.port,
    name: "grpc",
    kind: "GRPCRoute",
    timeout: "20s",
  },
  {
    part: "bizra",
    service: "bizra-apex",
    port: bizraPorts.http,
    name: "http",
    kind: "HTTPRoute",
    timeout: "10s",
  },
  {
    part: "bizra",
    service: "bizra-apex",
    port: bizraPorts.rpc,
    name: "rpc",
    kind: "HTTPRoute",
    timeout: "30s",
  },
];

/** A Service that gets a share of a route's requests. */
export interface WeightedBackend {
  readonly name: string;
  readonly weight: number;
}

/** WebSocket: only a canary splits it, whose share would otherwise be that of its pods. */
const bizraWebSocket: Routed = {
  part: "bizra",
  service: "bizra-apex",
  port: bizraPorts.ws,
  name: "ws",
  kind: "HTTPRoute",
};

/** A port whose requests may be shared out between other Services. */
interface Split extends Routed {
  readonly backends?: readonly WeightedBackend[];
}

/** What one of a port's routes is for. */
interface Kind {
  readonly what: "all" | "read" | "write" | "stream";
  readonly annotations?: Readonly<Record<string, string>>;
  readonly matches?: readonly object[];
}

/**
 * The routes of a part's Services. Reading is repeated when it fails, writing never is: a transaction that was heard
 * twice is not the caller's wish. Every request matches one, since one that matches none would be answered with 404.
 */
export function routesOf(part: Workload["part"]): MeshObject[] {
  return routed.filter((each) => each.part === part).flatMap((port) => routesFor(port));
}

/**
 * bizra's routes where a canary splits its requests. Their names are other ones, so that both kinds can be there at once
 * when a canary is switched on or off: else the one that goes would take the one that comes along.
 */
export function bizraSplitRoutes(backends: readonly WeightedBackend[]): MeshObject[] {
  return [...routed.filter(({ part }) => part === "bizra"), bizraWebSocket].flatMap((port) =>
    routesFor({ ...port, name: `canary-${port.name}`, backends }),
  );
}

function routesFor(port: Split): MeshObject[] {
  if (port.timeout === undefined) return [route(port, { what: "all" })];
  const timeout = { "timeout.linkerd.io/request": port.timeout };
  if (port.kind === "GRPCRoute") {
    // Unavailable says that the server did not take the call; nothing else is safe without knowing the method.
    const repeated = { "retry.linkerd.io/grpc": "unavailable", "retry.linkerd.io/limit": repetitions };
    return [route(port, { what: "all", annotations: { ...timeout, ...repeated } })];
  }
  const repeated = { "retry.linkerd.io/http": "5xx", "retry.linkerd.io/limit": repetitions };
  const exact = (paths: readonly string[]): object[] =>
    paths.map((value) => ({ path: { type: "Exact", value } }));
  const anyPath = { path: { type: "PathPrefix", value: "/" } };
  const { writes = [], streams = [] } = port;
  return [
    route(port, {
      what: "read",
      annotations: { ...timeout, ...repeated },
      matches: [{ ...anyPath, method: "GET" }],
    }),
    // The longest path wins, then a method: what is named here is not reading.
    route(port, { what: "write", annotations: timeout, matches: [anyPath, ...exact(writes)] }),
    ...(streams.length > 0 ? [route(port, { what: "stream", matches: exact(streams) })] : []),
  ];
}

function route(split: Split, { what, annotations, matches }: Kind): MeshObject {
  const { service, port, name, kind, backends = [{ name: service }] } = split;
  const rule = {
    ...(matches ? { matches } : {}),
    backendRefs: backends.map((backend) => ({ ...backend, port })),
  };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    name: `${service}-${name}-${what}`,
    ...(annotations ? { annotations } : {}),
    spec: { parentRefs: [{ group: "", kind: "Service", name: service, port }], rules: [rule] },
  };
}
