import { expect } from "chai";

import { meshAnnotations, skippedPorts, withProxy } from "../../components/mesh/injection.ts";
import { policiesOf } from "../../components/mesh/policies.ts";
import { routesOf } from "../../components/mesh/routes.ts";
import { type Flow, flowTable } from "../../components/security/flows.ts";
import { type KubernetesObject, render } from "../support/rendered.ts";

const namespaces = { paw: "paw", bizra: "testnet" };
const site = {
  apiServer: { cidrs: ["10.0.0.0/16"], port: 6443 },
  remoteSigner: true,
  snapshots: true,
  genesisFromOutside: true,
  platform: true,
  verifiesImages: false,
  vaultSnapshots: false,
  nodePorts: false,
};
const table = flowTable(site);

interface Named {
  readonly kind: string;
  readonly name: string;
}
interface Allowed {
  readonly server: {
    podSelector: { matchLabels: Record<string, string> };
    port: number;
    accessPolicy: string;
  };
  readonly caller: {
    identityRefs?: { kind: string; name: string; namespace?: string }[];
    networks?: object[];
  };
}

/** Each AuthorizationPolicy with what it points at. */
function allowed(part: "paw" | "bizra", flows: readonly Flow[]): Allowed[] {
  const objects = policiesOf(part, namespaces, flows);
  const find = ({ kind, name }: Named): unknown => {
    const found = objects.filter((each) => each.kind === kind && each.name === name);
    expect(found, `${kind} ${name}`).to.have.length(1);
    return found[0]?.spec;
  };
  return objects
    .filter(({ kind }) => kind === "AuthorizationPolicy")
    .map(({ spec }) => {
      const { targetRef, requiredAuthenticationRefs } = spec as {
        targetRef: Named;
        requiredAuthenticationRefs: [Named];
      };
      // Several in one list would all be required.
      expect(requiredAuthenticationRefs).to.have.length(1);
      return { server: find(targetRef), caller: find(requiredAuthenticationRefs[0]) } as Allowed;
    });
}

const inWords = ({ server, caller }: Allowed): string => {
  const from = (caller.identityRefs ?? []).map(
    ({ kind, name, namespace = "" }) => `${kind} ${namespace}/${name}`,
  );
  const to = server.podSelector.matchLabels["app.kubernetes.io/component"] ?? "";
  return `${[...from, ...(caller.networks ?? []).map((network) => JSON.stringify(network))].join()} -> ${to}:${server.port}`;
};

describe("A6: who may call whom in the mesh", () => {
  it("is what the flow table says, by identity: for the chain", () => {
    const prometheus = "ServiceAccount monitoring/prometheus-prometheus";
    expect(allowed("paw", table).map(inWords)).to.have.members([
      "Namespace /ingress -> full-node:26657",
      "ServiceAccount paw/paw-full-node -> validator:26657",
      "Namespace /ingress -> api:1317",
      "Namespace /ingress -> full-node:9090",
      "ServiceAccount paw/paw-api -> full-node:1317",
      `${prometheus} -> validator:26660`,
      `${prometheus} -> sentry:26660`,
      `${prometheus} -> full-node:26660`,
      `${prometheus} -> api:26660`,
    ]);
  });

  it("and for bizra", () => {
    expect(allowed("bizra", table).map(inWords)).to.have.members([
      "Namespace /ingress -> apex:8080",
      "Namespace /ingress -> apex:9944",
      "Namespace /ingress -> apex:9945",
      "ServiceAccount monitoring/prometheus-prometheus -> apex:9464",
    ]);
  });

  it("a caller without a certificate is known by its address: node ports, in local alone", () => {
    const words = allowed("paw", flowTable({ ...site, nodePorts: true })).map(inWords);
    expect(words).to.include('{"cidr":"0.0.0.0/0"} -> full-node:26657');
    expect(words).not.to.include('{"cidr":"0.0.0.0/0"} -> validator:26657');
  });

  it("nobody else: every Server denies what no policy allows, and so does every port without one", () => {
    for (const part of ["paw", "bizra"] as const) {
      for (const { server } of allowed(part, table)) expect(server.accessPolicy).to.equal("deny");
      expect(meshAnnotations(part)["config.linkerd.io/default-inbound-policy"]).to.equal("deny");
    }
  });

  it("peers of a chain and its signer are left to their own encryption, and have no Server", () => {
    expect(skippedPorts).to.deep.equal({ paw: [26656, 26659], bizra: [30333] });
    for (const part of ["paw", "bizra"] as const) {
      const ports = allowed(part, table).map(({ server }) => server.port);
      expect(ports).not.to.include.members([...skippedPorts[part]]);
    }
  });

  it("A3: network policies let two proxies talk on their own port, and nobody else", () => {
    const proxied = table.filter(({ ports }) => ports.some(({ port }) => port === 4143)).map(({ id }) => id);
    expect(proxied).to.include.members(["api-full-node", "metrics-validator", "rpc-ingress-full-node"]);
    for (const id of ["p2p-validator-sentry", "p2p-internet-sentry", "signer-validator", "backup-store"]) {
      expect(proxied).not.to.include(id);
    }
    expect(
      flowTable({ ...site, platform: false }).flatMap(({ ports }) => ports.map(({ port }) => port)),
    ).not.to.include(4143);
  });

  it("A2: quotas have room for the proxies", () => {
    const size = { cpu: "500m", memory: "128Mi", storage: "1Gi" };
    const [demand] = withProxy([{ count: 3, requests: size, limits: size }]);
    expect(demand).to.deep.equal({
      count: 3,
      requests: { cpu: "600m", memory: "256Mi", storage: "1Gi" },
      limits: { cpu: "700m", memory: "256Mi", storage: "1Gi" },
    });
  });
});

interface RouteSpec {
  readonly parentRefs: readonly { readonly name: string; readonly port: number }[];
  readonly rules: readonly {
    readonly matches?: readonly {
      readonly path: { type: string; value: string };
      readonly method?: string;
    }[];
  }[];
}

/** The route that a request takes, by the precedence of the Gateway API: an exact path, the method, the rest. */
function routeOf(
  service: string,
  port: number,
  request: { method: string; path: string },
): string | undefined {
  const ranked = [...routesOf("paw"), ...routesOf("bizra")].flatMap((route) => {
    const { parentRefs, rules } = route.spec as RouteSpec;
    if (parentRefs[0]?.name !== service || parentRefs[0].port !== port) return [];
    return rules
      .flatMap(({ matches = [] }) => matches)
      .filter(({ path, method }) => {
        const fits =
          path.type === "Exact" ? path.value === request.path : request.path.startsWith(path.value);
        return fits && (method ?? request.method) === request.method;
      })
      .map((match) => ({ route, rank: (match.path.type === "Exact" ? 2 : 0) + (match.method ? 1 : 0) }));
  });
  const best = ranked.sort((a, b) => b.rank - a.rank)[0];
  const annotations = best?.route.annotations ?? {};
  return (
    best &&
    `${"retry.linkerd.io/http" in annotations ? "repeated" : "once"}, ${annotations["timeout.linkerd.io/request"] ?? "no limit"}`
  );
}

describe("A6: retries and timeouts per route", () => {
  for (const [service, port, method, path, wanted] of [
    ["paw-api", 1317, "GET", "/cosmos/base/node/v1beta1/status", "repeated, 30s"],
    ["paw-api", 1317, "POST", "/cosmos/tx/v1beta1/txs", "once, 30s"],
    ["paw-rpc", 26657, "GET", "/status", "repeated, 20s"],
    ["paw-rpc", 26657, "POST", "/", "once, 20s"],
    // CometBFT takes transactions by GET as well.
    ["paw-rpc", 26657, "GET", "/broadcast_tx_commit", "once, 20s"],
    ["paw-rpc", 26657, "GET", "/websocket", "once, no limit"],
    ["bizra-apex", 8080, "GET", "/health", "repeated, 10s"],
    ["bizra-apex", 9944, "POST", "/", "once, 30s"],
  ] as const) {
    it(`${method} ${path} of ${service}: ${wanted}`, () => {
      expect(routeOf(service, port, { method, path })).to.equal(wanted);
    });
  }

  describe("in the stacks", () => {
    let objects: KubernetesObject[];
    before(async () => {
      objects = await render({ stack: "production" });
    });

    it("every route is of a Service that is there, with that port and an address that routes apply to", () => {
      const routes = objects.filter(({ kind }) => ["HTTPRoute", "GRPCRoute"].includes(kind));
      expect(routes.length).to.be.greaterThan(5);
      for (const { metadata, spec } of routes) {
        const [{ name, port }] = (spec as RouteSpec).parentRefs as [RouteSpec["parentRefs"][number]];
        const service = objects.find(
          (each) =>
            each.kind === "Service" &&
            each.metadata.name === name &&
            each.metadata.namespace === metadata.namespace,
        );
        expect(service?.spec.clusterIP, name).not.to.equal("None");
        expect(
          service?.spec.ports.map((each: { port: number }) => each.port),
          name,
        ).to.include(port);
      }
    });

    it("every Server is of pods that are there, with that port", () => {
      const templates = objects
        .filter(({ kind }) => ["StatefulSet", "Deployment"].includes(kind))
        .map(({ spec }) => spec.template);
      const servers = objects.filter(({ kind }) => kind === "Server");
      expect(servers).to.have.length(13);
      for (const { metadata, spec } of servers) {
        const component = spec.podSelector.matchLabels["app.kubernetes.io/component"];
        const pod = templates.find(
          (each) => each.metadata.labels["app.kubernetes.io/component"] === component,
        );
        const ports = pod?.spec.containers.flatMap((each: { ports?: { containerPort: number }[] }) =>
          (each.ports ?? []).map(({ containerPort }) => containerPort),
        );
        expect(ports, metadata.name).to.include(spec.port);
      }
    });

    it("every identity of a workload is an account that its pods run as", () => {
      const accounts = objects
        .filter(({ kind }) => ["StatefulSet", "Deployment"].includes(kind))
        .map(({ metadata, spec }) => `${metadata.namespace}/${spec.template.spec.serviceAccountName}`);
      const identities = objects
        .filter(({ kind }) => kind === "MeshTLSAuthentication")
        .flatMap(({ spec }) => spec.identityRefs as { kind: string; name: string; namespace?: string }[])
        .filter(({ namespace }) => namespace === "paw" || namespace === "bizra");
      expect(identities.length).to.be.greaterThan(1);
      for (const { namespace, name } of identities) expect(accounts).to.include(`${namespace}/${name}`);
    });

    it("both namespaces are in the mesh; without charts neither is", async () => {
      const annotated = (from: KubernetesObject[]): string[] =>
        from
          .filter(
            ({ kind, metadata }) =>
              kind === "Namespace" && metadata.annotations?.["linkerd.io/inject"] === "enabled",
          )
          .map(({ metadata }) => metadata.name);
      expect(annotated(objects)).to.have.members(["paw", "bizra"]);
      expect(annotated(await render({ stack: "local" }))).to.deep.equal([]);
    });
  });
});
