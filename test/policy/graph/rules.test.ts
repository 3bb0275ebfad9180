import { expect } from "chai";

import { assess } from "../../../policy/src/assess.ts";
import { exceptionFor } from "../../../policy/src/exceptions.ts";
import { graphOf } from "../../../policy/src/graph/graph.ts";
import { checklistGraph, integrityGraph } from "../../../policy/src/graph/rules/index.ts";
import { isBlocking, judgeGraph, subjectOf } from "../../../policy/src/judge.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { brokenWorlds } from "./broken/index.ts";
import { type Changes, graph, object, world } from "./world.ts";

const rules = [...checklistGraph, ...integrityGraph];

/** Findings of some rules as `rule object path`. */
function foundBy(some: typeof rules, ...args: Parameters<typeof graph>): string[] {
  return judgeGraph(graph(...args), some).verdicts.map(
    (verdict) => `${verdict.rule.id} ${subjectOf(verdict)} ${verdict.path}`,
  );
}

const found = (...args: Parameters<typeof graph>): string[] => foundBy(rules, ...args);

/** Rules that one change of the small deployment may have broken at more objects than one. */
const ofSeveralObjects = [
  ...["netpol-dns", "netpol-flow", "netpol-validator", "sa-shared", "eso-store", "validator-one-key-per-pod"],
  ...["mesh-injected", "mesh-authz", "img-verifier", "pvc-backup", "config-exists", "pdb-selector"],
];

describe("rules about the whole deployment", () => {
  it("find nothing in a deployment that keeps them", () => {
    expect(found()).to.deep.equal([]);
  });

  for (const { rule, what, changes, more, at, path = "", places = 1 } of brokenWorlds) {
    it(`${rule}: ${what}`, () => {
      // The one rule alone: mutation testing then knows which cases reach which rule.
      const own = rules.filter(({ id }) => id === rule);
      const all = foundBy(own, changes, more);
      const mine = all.filter((each) => each.startsWith(`${rule} ${at} `));
      expect(
        mine.some((each) => each.endsWith(path)),
        mine.join("\n"),
      ).to.equal(true);
      if (!ofSeveralObjects.includes(rule)) expect(all).to.have.lengthOf(places);
    });
  }

  it("have a bad case each and one with what is not known, and where they read containers one of an init container", () => {
    const unknowns = (_key: string, value: unknown): unknown => (value === UNKNOWN ? "(unknown)" : value);
    const ofContainers = [
      "secret-provenance",
      "validator-one-key-per-pod",
      "hpa-target",
      "img-verifier",
      "config-exists",
    ];
    for (const { id } of rules) {
      const cases = brokenWorlds.filter(({ rule }) => rule === id);
      expect(cases.length, id).to.be.greaterThan(1);
      expect(
        cases.some((each) => JSON.stringify(each, unknowns).includes("(unknown)")),
        `${id}: unknown`,
      ).to.equal(true);
      if (ofContainers.includes(id)) {
        expect(
          cases.some(({ path }) => path?.includes("initContainers")),
          `${id}: init container`,
        ).to.equal(true);
      }
    }
  });

  it("can be excepted, each for the object that breaks it and no other", () => {
    for (const { rule, at } of brokenWorlds) {
      const exception = {
        object: at,
        rules: [rule],
        reason: "r",
        owner: "o",
        expires: "2027-01-31",
        ticket: "t",
      };
      const asked = { rule, today: "2026-11-24", stack: "production" } as const;
      expect(exceptionFor([exception], { ...asked, object: at })).to.equal(exception);
      expect(exceptionFor([exception], { ...asked, object: `${at}x` })).to.equal(undefined);
    }
  });

  const passing: readonly (readonly [what: string, changes: Changes, more?: Parameters<typeof graph>[1]])[] =
    [
      [
        "an optional Secret that nothing makes",
        {
          "Deployment paw/paw-api": {
            "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef": { name: "x", optional: true },
          },
        },
      ],
      [
        "an Ingress whose certificate cert-manager orders",
        {
          "Certificate paw/paw-tls": "gone",
          "Ingress paw/paw-api": { "metadata.annotations": { "cert-manager.io/cluster-issuer": "i" } },
        },
      ],
      [
        "a Service for one pod of a StatefulSet",
        {},
        [
          object("v1", "Service", [
            "s",
            "paw",
            { spec: { selector: { "statefulset.kubernetes.io/pod-name": "paw-sentry-0" } } },
          ]),
        ],
      ],
      [
        "a Service of kube-system, whose pods are the cluster's",
        {},
        [object("v1", "Service", ["dns", "kube-system", { spec: { selector: { "k8s-app": "kube-dns" } } }])],
      ],
      [
        "a Service for what Vault labels itself",
        {},
        [object("v1", "Service", ["active", "vault", { spec: { selector: { "vault-active": "true" } } }])],
      ],
      [
        "an ExternalSecret that draws its value",
        { "ExternalSecret paw/paw-api-jwt": { "spec.secretStoreRef": undefined } },
      ],
      [
        "a role of Kubernetes' own",
        {
          "Role paw/reader": "gone",
          "RoleBinding paw/reader": { roleRef: { kind: "ClusterRole", name: "view" } },
        },
      ],
      [
        "an autoscaler of a Rollout that runs a Deployment's pods, and routes that are there",
        { "HorizontalPodAutoscaler paw/paw-api": { "spec.scaleTargetRef": { kind: "Rollout", name: "r" } } },
        [
          object("argoproj.io/v1alpha1", "Rollout", [
            "r",
            "paw",
            {
              spec: {
                replicas: 2,
                workloadRef: { kind: "Deployment", name: "paw-api" },
                strategy: {
                  canary: {
                    trafficRouting: {
                      plugins: { "argoproj-labs/gatewayAPI": { httpRoutes: [{ name: "route" }] } },
                      istio: { virtualService: { name: "virtual" } },
                    },
                  },
                },
              },
            },
          ]),
          object("gateway.networking.k8s.io/v1", "HTTPRoute", ["route", "paw"]),
          object("networking.istio.io/v1", "VirtualService", ["virtual", "paw"]),
        ],
      ],
      [
        "a Secret read by name",
        {
          "Role paw/reader": {
            "rules[0]": { apiGroups: [""], resources: ["secrets"], resourceNames: ["mine"], verbs: ["get"] },
          },
        },
      ],
    ];
  for (const [what, changes, more] of passing) {
    it(`pass: ${what}`, () => {
      expect(found(changes, more)).to.deep.equal([]);
    });
  }
});

describe("hpa-target: numbers of pods that the program sets again at every run", () => {
  const target = { "spec.scaleTargetRef": { kind: "Rollout", name: "r" } };
  const rollout = object("argoproj.io/v1alpha1", "Rollout", [
    "r",
    "paw",
    { spec: { replicas: 2, workloadRef: { kind: "Deployment", name: "paw-api" } } },
  ]);
  /** What is found where the program leaves `spec.replicas` of these kinds alone, and of no others. */
  const foundWith = (...left: readonly string[]): string[] => {
    const given = world({ "HorizontalPodAutoscaler paw/paw-api": target }, [rollout]).map((each) => ({
      ...each,
      ignored: left.includes(each.manifest.kind) ? ["spec.replicas"] : [],
    }));
    const own = rules.filter(({ id }) => id === "hpa-target");
    return judgeGraph(graphOf(given), own).verdicts.map((verdict) => `${subjectOf(verdict)} ${verdict.path}`);
  };

  it("B9: are found on a Rollout, and on the Deployment whose pods it runs", () => {
    expect(foundWith()).to.have.members([
      "Rollout paw/r spec.replicas",
      "Deployment paw/paw-api spec.replicas",
    ]);
    expect(foundWith("Rollout")).to.deep.equal(["Deployment paw/paw-api spec.replicas"]);
    expect(foundWith("Rollout", "Deployment")).to.deep.equal([]);
  });
});

describe("what charts are needed for", () => {
  const changes: Changes = {
    "StatefulSet monitoring/alloy": "gone",
    "StatefulSet vault/vault": "gone",
    "DaemonSet linkerd-cni/linkerd-cni": "gone",
    "Certificate linkerd/linkerd-identity-issuer": "gone",
  };
  const options = { minimum: 0, today: "2026-11-24" } as const;

  it("is not evaluated without them, which production does not pass", () => {
    const { verdicts, notEvaluated } = judgeGraph(graphOf(world(changes)), rules);
    const ids = notEvaluated.map(({ id }) => id);
    expect(ids).to.include.members(["mesh-injected", "mesh-cni", "vault-audit", "img-verifier"]);
    expect(verdicts.filter(({ rule }) => ids.includes(rule.id))).to.deep.equal([]);
    const blocking = (stack: "local" | "staging" | "production"): string[] =>
      assess(world(changes), { stack, ...options })
        .findings.filter(isBlocking)
        .map(({ rule }) => rule.id);
    expect(blocking("production")).to.include("meta-evaluated");
    expect(blocking("staging")).not.to.include("meta-evaluated");
  });

  it("is evaluated with them", () => {
    expect(judgeGraph(graphOf(world()), rules).notEvaluated).to.deep.equal([]);
  });
});
