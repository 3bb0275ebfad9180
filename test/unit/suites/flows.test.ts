import { expect } from "chai";

import type { StoredObject } from "../../../ops/src/running/api.ts";
import { type LiveNetwork, type WrittenFlows, judgeFlows } from "../../../ops/src/suites/security/flows.ts";
import { networkOf } from "./live.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- policies are spoilt, which types would refuse */

/** Rows of spec A3 and B7, as written there: whose policy, which way, the other end by namespace and component, port. */
const rows: readonly (readonly [string, "ingress" | "egress", string, string, number])[] = [
  ["validator", "ingress", "paw", "validator", 26656],
  ["validator", "egress", "paw", "validator", 26656],
  ["validator", "egress", "paw", "sentry", 26656],
  ["validator", "ingress", "paw", "sentry", 26656],
  ["sentry", "ingress", "paw", "validator", 26656],
  ["sentry", "egress", "paw", "validator", 26656],
  ["sentry", "ingress", "paw", "full-node", 26656],
  ["full-node", "egress", "paw", "sentry", 26656],
  ["full-node", "ingress", "ingress", "*", 26657],
  ["full-node", "egress", "paw", "validator", 26657],
  ["validator", "ingress", "paw", "full-node", 26657],
  ["api", "ingress", "ingress", "*", 1317],
  ["api", "egress", "paw", "full-node", 1317],
  ["full-node", "ingress", "paw", "api", 1317],
  ["full-node", "ingress", "ingress", "*", 9090],
  ["validator", "ingress", "monitoring", "prometheus", 26660],
  ["sentry", "ingress", "monitoring", "prometheus", 26660],
  ["full-node", "ingress", "monitoring", "prometheus", 26660],
  ["api", "ingress", "monitoring", "prometheus", 26660],
  ["validator", "egress", "kube-system", "kube-dns", 53],
  ["sentry", "egress", "kube-system", "kube-dns", 53],
  ["full-node", "egress", "kube-system", "kube-dns", 53],
  ["api", "egress", "kube-system", "kube-dns", 53],
  ["backup", "egress", "kube-system", "kube-dns", 53],
  ["apex", "ingress", "monitoring", "prometheus", 9464],
  ["apex", "egress", "kube-system", "kube-dns", 53],
];

const texts = (live: LiveNetwork, written: WrittenFlows): string[] =>
  judgeFlows(live, written).faults.map(({ found }) => found);

/** The same network with one policy changed in a copy; the policy by its name, or by `namespace/name`. */
function spoilt(live: LiveNetwork, name: string, spoil: (spec: any) => void): LiveNetwork {
  const names = live.policies.map(({ metadata }) => [
    metadata.name,
    `${metadata.namespace ?? ""}/${metadata.name}`,
  ]);
  if (!names.flat().includes(name)) throw new Error(`there is no policy ${name}`);
  const policies = live.policies.map((policy) => {
    const { metadata } = policy;
    if (![metadata.name, `${metadata.namespace ?? ""}/${metadata.name}`].includes(name)) return policy;
    const copy = structuredClone(policy);
    spoil((copy as any).spec);
    return copy;
  });
  return { ...live, policies };
}

const peerIs = (peer: any, namespace: string, component: string): boolean => {
  if (peer.namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"] !== namespace) return false;
  const labels = Object.values((peer.podSelector?.matchLabels ?? {}) as Record<string, string>);
  return component === "*" ? labels.length === 0 : labels.includes(component);
};

describe("A3, A25: network policies of a cluster against the flow table", function () {
  this.timeout(120_000);
  const stacks = new Map<string, Awaited<ReturnType<typeof networkOf>>>();
  const of = (stack: string): Awaited<ReturnType<typeof networkOf>> => {
    const found = stacks.get(stack);
    if (found === undefined) throw new Error(`${stack} was not rendered`);
    return found;
  };

  before(async () => {
    for (const stack of ["local", "production"] as const) stacks.set(stack, await networkOf(stack));
  });

  for (const stack of ["local", "production"]) {
    it(`${stack}: as this program writes them they are the table, for each of the six kinds of pods`, () => {
      const { live, written } = of(stack);
      const outcome = judgeFlows(live, written);
      expect(outcome.faults).to.deep.equal([]);
      // Five of the chain, bizra, and one that nobody knows of in each namespace.
      expect(outcome.found).to.match(/^8 kinds of pods, /);
    });
  }

  for (const [component, direction, namespace, other, port] of rows) {
    it(`A3: without ${component}'s ${direction} with ${namespace}/${other} on ${port}, that is found`, () => {
      const { live, written } = of("local");
      const broken = spoilt(live, `allow-${component}`, (spec) => {
        for (const rule of spec[direction]) {
          const [peer] = rule[direction === "ingress" ? "from" : "to"];
          if (peerIs(peer, namespace, other))
            rule.ports = rule.ports.filter((each: any) => each.port !== port);
        }
        spec[direction] = spec[direction].filter((rule: any) => rule.ports.length > 0);
      });
      const found = texts(broken, written);
      const way = direction === "ingress" ? "from" : "to";
      const place = component === "apex" ? "testnet" : "paw";
      expect(found.join("\n")).to.match(
        new RegExp(`^${place}/${component}: ${direction} ${way} .*is closed on .*\\b${port}/`, "m"),
      );
      expect(found.every((text) => text.startsWith(`${place}/${component}: ${direction}`))).to.be.true;
    });
  }

  /** Every rule of every policy of a stack: where it is, and its way. */
  function everyRule(stack: string): { path: string; direction: "ingress" | "egress"; index: number }[] {
    return of(stack).live.policies.flatMap(({ metadata, spec }) =>
      (["ingress", "egress"] as const).flatMap((direction) =>
        ((spec as any)[direction] ?? []).map((_: unknown, index: number) => ({
          ...{ path: `${metadata.namespace ?? ""}/${metadata.name}`, direction, index },
        })),
      ),
    );
  }

  it("each rule of each policy of production: taken away, it is found", () => {
    const { live, written } = of("production");
    const rules = everyRule("production");
    // The validators alone have nine with the mesh.
    expect(rules).to.have.length.above(40);
    for (const { path, direction, index } of rules) {
      const found = texts(
        spoilt(live, path, (spec) => spec[direction].splice(index, 1)),
        written,
      );
      expect(found.join("\n"), `${path} ${direction}[${index}]`).to.include("is closed on");
    }
  });

  it("each rule of each policy of local: opened to every port, or to everybody, it is found", () => {
    const { live, written } = of("local");
    for (const { path, direction, index } of everyRule("local")) {
      const way = direction === "ingress" ? "from" : "to";
      const spoils: Record<string, (rule: any) => void> = {
        "on every port": (rule) => delete rule.ports,
        "for everybody": (rule) => (rule[way] = [{ namespaceSelector: {} }]),
      };
      for (const [what, spoil] of Object.entries(spoils)) {
        const broken = spoilt(live, path, (spec) => {
          spoil(spec[direction][index]);
        });
        const at = `${path} ${direction}[${index}] ${what}`;
        expect(texts(broken, written).join("\n"), at).to.include("is open on");
      }
    }
  });

  const widened: Readonly<Record<string, (live: LiveNetwork) => LiveNetwork>> = {
    "private addresses are no longer taken out of the internet": (live) =>
      spoilt(live, "allow-sentry", (spec) => {
        for (const rule of spec.egress) for (const peer of rule.to) delete peer.ipBlock?.except;
      }),
    "one private network is missing in the list": (live) =>
      spoilt(live, "allow-sentry", (spec) => {
        for (const rule of spec.egress)
          for (const peer of rule.to)
            if (peer.ipBlock?.except)
              peer.ipBlock.except = peer.ipBlock.except.filter((each: string) => each !== "100.64.0.0/10");
      }),
    "a range of ports": (live) =>
      spoilt(live, "allow-validator", (spec) => (spec.ingress[0].ports[0].endPort = 26659)),
    "UDP beside TCP": (live) =>
      spoilt(live, "allow-validator", (spec) => spec.ingress[0].ports.push({ port: 26656, protocol: "UDP" })),
    "a namespace by a label that nobody has yet": (live) =>
      spoilt(live, "allow-validator", (spec) =>
        spec.ingress.push({
          from: [{ namespaceSelector: { matchLabels: { team: "x" } } }],
          ports: [{ port: 26657 }],
        }),
      ),
    "pods by an expression": (live) =>
      spoilt(live, "allow-validator", (spec) =>
        spec.ingress.push({
          from: [{ podSelector: { matchExpressions: [{ key: "tier", operator: "In", values: ["db"] }] } }],
          ports: [{ port: 26657, protocol: "TCP" }],
        }),
      ),
    "egress is no longer spoken of": (live) =>
      ["paw/allow-validator", "paw/default-deny"].reduce(
        (before, name) =>
          spoilt(before, name, (spec) => {
            spec.policyTypes = ["Ingress"];
            delete spec.egress;
          }),
        live,
      ),
    "the default is no longer to deny": (live) => ({
      ...live,
      policies: live.policies.filter(({ metadata }) => metadata.name !== "default-deny"),
    }),
    "one more policy, for one pod": (live) => ({
      ...live,
      pods: [...live.pods, podOfValidator(live)],
      policies: [
        ...live.policies,
        {
          ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
          metadata: { name: "debug", namespace: "paw" },
          spec: {
            podSelector: { matchLabels: { "statefulset.kubernetes.io/pod-name": "paw-validator-2" } },
            ingress: [{}],
          },
        },
      ],
    }),
    "a pod in the node's network": (live) => {
      const pod = podOfValidator(live);
      return {
        ...live,
        pods: [...live.pods, { ...pod, spec: { ...(pod.spec as object), hostNetwork: true } }],
      };
    },
  };

  /** The third validator, as its StatefulSet would make it. */
  function podOfValidator({ pods }: LiveNetwork): StoredObject {
    const set = pods.find(({ metadata }) => metadata.name === "paw-validator");
    const { template } = (set as any).spec;
    const labels = { ...template.metadata.labels, "statefulset.kubernetes.io/pod-name": "paw-validator-2" };
    const metadata = { name: "paw-validator-2", namespace: "paw", labels };
    return { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec };
  }

  for (const [what, widen] of Object.entries(widened)) {
    it(`found to be open: ${what}`, () => {
      const { live, written } = of("production");
      const found = texts(widen(live), written);
      expect(found).to.have.length.above(0);
      expect(found.every((text) => text.includes("is open on"))).to.be.true;
    });
  }

  it("a workload of the table that is not there is a fault, not a pass", () => {
    const { live, written } = of("local");
    const pods = live.pods.filter(({ metadata }) => metadata.name !== "bizra-apex");
    expect(texts({ ...live, pods }, written)).to.deep.equal([
      "no pod of bizra/apex is there to be looked at",
    ]);
  });
});
