import { expect } from "chai";

import { judge } from "../../../policy/src/judge.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { checklistRules } from "../../../policy/src/rules/index.ts";
import { podSecurity } from "../../../policy/src/rules/podSecurity/index.ts";
import { pod } from "../fixtures.ts";
import { bad } from "./badObjects.ts";
import {
  binding,
  configMap,
  everywhere,
  goodPod,
  ingress,
  namespace,
  policy,
  role,
  secret,
  seed,
  service,
  sha,
} from "./objectFixtures.ts";

const ours = checklistRules.filter((rule) => !podSecurity.includes(rule));

/** Findings of these rules, as `rule path`. */
function found(manifest: Manifest): string[] {
  return judge(manifest, ours).map(({ rule, path }) => `${rule.id} ${path}`);
}

/** What the rules let pass, though it is near to what they do not. */
const good: readonly (readonly [what: string, manifest: Manifest])[] = [
  ["a pod that keeps every rule", goodPod()],
  ["a digest without a tag", goodPod({ "spec.containers[0].image": `ghcr.io/bizra/node@${sha}` })],
  [
    "a tag that its chart names",
    goodPod({ "spec.containers[0].image": "cr.l5d.io/linkerd/proxy:edge-26.8.3" }),
  ],
  ["amounts as numbers", goodPod({ "spec.containers[0].resources.limits.cpu": 1 })],
  [
    "an empty password, and the path of one",
    goodPod({
      "spec.containers[0].env": [
        { name: "PASSWORD", value: "" },
        { name: "PASSWORD_FILE", value: "/run/p" },
      ],
    }),
  ],
  [
    "a secret by reference",
    goodPod({
      "spec.containers[0].env": [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "t", key: "t" } } }],
    }),
  ],
  [
    "ports of peers outside the mesh",
    namespace({ "linkerd.io/inject": "enabled", "config.linkerd.io/skip-inbound-ports": "26656, 26659" }),
  ],
  ["default deny in the mesh", namespace({ "config.linkerd.io/default-inbound-policy": "deny" })],
  ["a role that names what it needs", role({})],
  ["Secrets by name", role({ resources: ["secrets"], resourceNames: ["mine"] })],
  [
    "tokens of one account",
    role({ resources: ["serviceaccounts/token"], resourceNames: ["mine"], verbs: ["create"] }),
  ],
  [
    "Secrets of another API group",
    role({ apiGroups: ["example.io"], resources: ["secrets"], verbs: ["list"] }),
  ],
  ["a binding of a role of one's own", binding()],
  ["a Secret that Kubernetes fills", secret({ type: "kubernetes.io/service-account-token" })],
  ["an empty Secret", secret({ data: {} })],
  [
    "plain settings",
    configMap({ level: "debug", tokenTtl: "1h", certificate: "-----BEGIN CERTIFICATE-----\nx" }),
  ],
  ["a policy that names its peers", policy()],
  [
    "peers of the chain from anywhere",
    policy({ "spec.ingress[0]": { from: [everywhere], ports: [{ port: 26656 }] } }),
  ],
  [
    "the internet without private networks",
    policy({ "spec.egress[0].to[0].ipBlock": { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }),
  ],
  ["a sentry's own address", service({ "metadata.name": "paw-sentry-0-p2p", "spec.type": "LoadBalancer" })],
  ["an Ingress with other annotations", ingress({ "nginx.ingress.kubernetes.io/rewrite-target": "/" })],
];

describe("rules about single objects, items 2 to 6 and 9", () => {
  for (const [rule, what, manifest, path] of bad) {
    it(`${rule}: ${what}`, () => {
      expect(found(manifest)).to.include(`${rule} ${path}`);
    });
  }

  for (const [what, manifest] of good) {
    it(`passes: ${what}`, () => {
      expect(found(manifest)).to.deep.equal([]);
    });
  }

  it("every rule has a bad case and an unknown one, and every rule of pods one in an init container", () => {
    for (const { id, judges } of ours) {
      const cases = bad.filter(([rule]) => rule === id);
      expect(cases.length, id).to.be.greaterThan(1);
      expect(
        cases.some(([, , manifest]) => JSON.stringify(manifest, unknowns).includes("(unknown)")),
        id,
      ).to.equal(true);
      const ofContainers = /^(img|res|env)-/.test(id) && judges(pod());
      if (ofContainers)
        expect(
          cases.some(([, , , path]) => path.includes("initContainers")),
          id,
        ).to.equal(true);
    }
  });

  it("no finding repeats a value", () => {
    const shown = bad
      .flatMap(([, , manifest]) => judge(manifest, ours).map(({ found: text }) => text))
      .join("\n");
    for (const value of ["hunter22", "hvs.", "BEGIN", seed, "evil.example"])
      expect(shown).not.to.contain(value);
  });

  it("ids are unique", () => {
    expect(new Set(checklistRules.map(({ id }) => id)).size).to.equal(checklistRules.length);
  });
});

function unknowns(_key: string, value: unknown): unknown {
  return value === UNKNOWN ? "(unknown)" : value;
}
