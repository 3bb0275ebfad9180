import { expect } from "chai";

import type { Answer, StoredObject } from "../../../ops/src/running/api.ts";
import type { Outcome } from "../../../ops/src/running/checks.ts";
import { judgeAtRest, judgeFlags } from "../../../ops/src/suites/security/atRest.ts";
import { judgeAuditFlags, judgeEntries } from "../../../ops/src/suites/security/audit.ts";
import { type SeenVerification, judgeImages } from "../../../ops/src/suites/security/images.ts";
import { type SeenMesh, judgeMesh } from "../../../ops/src/suites/security/mesh.ts";
import { judgeLimits, judgeRefusals } from "../../../ops/src/suites/security/pods.ts";

const faults = ({ faults: list }: Outcome): string[] => list.map(({ found }) => found);
const answer = (status: number, message = ""): Answer => ({ status, body: { message } });

describe("A25: forbidden pods", () => {
  const refusal =
    'pods "paw-test-security" is forbidden: violates PodSecurity "restricted:v1.35": privileged (container "test" must not set securityContext.privileged=true)';
  const judge = (control: Answer, refused: Answer): Outcome =>
    judgeRefusals([{ namespace: "paw", control, refused }], /privileged/i);

  it("refused for its reason, which is told", () => {
    const outcome = judge(answer(201), answer(403, refusal));
    expect(faults(outcome)).to.deep.equal([]);
    expect(outcome.found).to.match(/^paw: violates PodSecurity "restricted:v1.35": privileged/);
  });

  it("accepted is a fault; so is a refusal for another reason, or of a harmless pod as well", () => {
    expect(faults(judge(answer(201), answer(201)))).to.deep.equal(["accepted in paw"]);
    expect(faults(judge(answer(201), answer(404, 'namespaces "paw" not found')))).to.deep.equal([
      'refused in paw for another reason: namespaces "paw" not found',
    ]);
    expect(faults(judge(answer(403, "no"), answer(403, refusal)))[0]).to.match(/^a harmless pod is refused/);
  });

  it("a full quota is asked last: who comes so far was let through", () => {
    const full = answer(403, 'pods "x" is forbidden: exceeded quota: paw, requested: pods=1');
    expect(faults(judge(full, answer(403, refusal)))).to.deep.equal([]);
    expect(faults(judge(answer(201), full))).to.deep.equal(["accepted in paw"]);
  });

  it("limits: given to whoever has none, or refused; else a fault", () => {
    const accepted = (limits?: object): Answer => ({
      status: 201,
      body: { spec: { containers: [{ resources: { limits } }] } },
    });
    const judgeOne = (given: Answer): string[] => faults(judgeLimits([{ namespace: "paw", answer: given }]));
    expect(judgeOne(accepted({ cpu: "500m", memory: "512Mi" }))).to.deep.equal([]);
    expect(judgeOne(answer(403, "must specify limits"))).to.deep.equal([]);
    expect(judgeOne(accepted())).to.deep.equal([
      "paw: a pod without limits is accepted, and given cpu none, memory none",
    ]);
    expect(judgeOne(accepted({ cpu: "500m" }))).to.have.length(1);
  });
});

describe("A25: Secrets at rest", () => {
  const probe = { key: "/registry/secrets/paw/probe", contents: ["no secret: 1234", "bm8gc2VjcmV0OiAxMjM0"] };
  const stored = (entries: Record<string, string>): Map<string, Buffer> =>
    new Map(Object.entries(entries).map(([key, text]) => [`/registry/secrets/${key}`, Buffer.from(text)]));
  const good = "k8s:enc:secretbox:v1:own:\u0001\u0002\u0003";

  it("all encrypted", () => {
    const outcome = judgeAtRest(stored({ "paw/probe": good, "paw/other": good }), probe);
    expect(faults(outcome)).to.deep.equal([]);
    expect(outcome.found).to.equal("2 of 2 Secrets in etcd are encrypted, a new one by secretbox");
  });

  it("a new one that lies open, as a cluster without encryption stores it", () => {
    const open =
      "k8s\u0000\n\f\n\u0002v1\u0012\u0006Secret\u0012...value\u0012\u000fno secret: 1234\u001a\u0006Opaque";
    expect(faults(judgeAtRest(stored({ "paw/probe": open }), probe))).to.deep.equal([
      "a new Secret lies open in etcd, under /registry/secrets/paw/probe",
      "not encrypted: paw/probe",
    ]);
  });

  it("an old one from before the encryption, and content behind the mark", () => {
    expect(faults(judgeAtRest(stored({ "paw/probe": good, "paw/old": "k8s\u0000v1" }), probe))).to.deep.equal(
      ["not encrypted: paw/old"],
    );
    expect(faults(judgeAtRest(stored({ "paw/probe": `${good}no secret: 1234` }), probe))).to.have.length(1);
  });

  it("nothing found is a fault, not a pass", () => {
    expect(faults(judgeAtRest(stored({}), probe))).to.deep.equal(["not found"]);
  });

  it("elsewhere: what the flags say, and never more", () => {
    expect(judgeFlags(undefined).notEvaluated).to.match(/^neither etcd nor the API server's flags/);
    const on = judgeFlags(["--encryption-provider-config=/etc/enc.yaml"]);
    expect(on.faults).to.deep.equal([]);
    expect(on.notEvaluated).to.include("etcdctl get");
    expect(faults(judgeFlags(["kube-apiserver", "--etcd-servers=x"]))).to.have.length(1);
  });
});

describe("A25: audit log", () => {
  const secret = { name: "paw-test-1", contents: ["value", "dmFsdWU="] };
  const entry = (rest: object = {}): string =>
    JSON.stringify({
      ...{ level: "Metadata", verb: "create", user: { username: "ada" } },
      objectRef: { resource: "secrets", namespace: "paw", name: "paw-test-1" },
      ...rest,
    });

  it("who made a Secret is there, what it holds is not", () => {
    const outcome = judgeEntries([entry()], secret);
    expect(faults(outcome)).to.deep.equal([]);
    expect(outcome.found).to.include("ada");
  });

  it("no entry, and an entry with the content", () => {
    expect(faults(judgeEntries([], secret))).to.deep.equal([
      "a Secret was made, and the log has no entry for it",
    ]);
    const leak = entry({ level: "Request", requestObject: { data: { value: "dmFsdWU=" } } });
    expect(faults(judgeEntries([leak], secret))).to.deep.equal(["1 entries hold what the Secret holds"]);
  });

  it("elsewhere: both flags have to be there", () => {
    const policy = "--audit-policy-file=/p";
    expect(faults(judgeAuditFlags([policy, "--audit-log-path=/l"]))).to.deep.equal([]);
    expect(faults(judgeAuditFlags([policy, "--audit-webhook-config-file=/l"]))).to.deep.equal([]);
    expect(faults(judgeAuditFlags([policy]))).to.have.length(1);
    expect(faults(judgeAuditFlags([]))).to.have.length(2);
    expect(judgeAuditFlags(undefined).notEvaluated).to.include("docs/operations.md");
  });
});

describe("A6, A25: mutual TLS", () => {
  const namespace = (annotation: string): StoredObject => ({
    ...{ apiVersion: "v1", kind: "Namespace" },
    metadata: { name: "paw", annotations: { "config.linkerd.io/default-inbound-policy": annotation } },
  });
  const pod = (...containers: string[]): SeenMesh["pods"][0] => ({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "paw" } },
    spec: { containers: containers.map((name) => ({ name })) },
    status: { phase: "Running" },
  });
  const judge = (
    pods: SeenMesh["pods"],
    secured?: number,
    { annotation = "deny", simulated = false } = {},
  ): Outcome =>
    judgeMesh({
      ...{ namespaces: [namespace(annotation)], pods },
      secured: simulated ? undefined : new Map(secured === undefined ? [] : [["paw", secured]]),
    });

  it("proxies everywhere, plain callers denied, connections secured", () => {
    expect(faults(judge([pod("node", "linkerd-proxy")], 12))).to.deep.equal([]);
  });

  it("a pod without proxy, a namespace that lets anybody in, no secured connection: each is found", () => {
    expect(faults(judge([pod("node")], 12))).to.deep.equal(["paw/a has no proxy"]);
    expect(faults(judge([pod("linkerd-proxy")], 12, { annotation: "all-unauthenticated" }))).to.have.length(
      1,
    );
    expect(faults(judge([pod("linkerd-proxy")], 0))).to.deep.equal([
      "paw: proxies count no secured connection",
    ]);
    expect(faults(judge([pod("linkerd-proxy")]))).to.have.length(1);
  });

  it("where pods are simulated it is not evaluated, but what is wrong is said", () => {
    expect(judge([pod("linkerd-proxy")], 0, { simulated: true }).notEvaluated).to.include("simulated");
    expect(faults(judge([pod("node")], 0, { simulated: true }))).to.have.length(1);
  });
});

describe("B8, A25: image signatures", () => {
  const wanted = {
    "paw-chain": { images: [{ glob: "r/node@*" }], authorities: [{ name: "key" }], mode: "enforce" },
  };
  const policy = (spec: object): StoredObject => ({
    ...{
      apiVersion: "policy.sigstore.dev/v1alpha1",
      kind: "ClusterImagePolicy",
      metadata: { name: "paw-chain" },
    },
    spec,
  });
  const hook: SeenVerification["webhooks"][0] = {
    ...{
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "policy-controller" },
    },
    webhooks: [{ name: "policy.sigstore.dev", failurePolicy: "Fail" }],
  };
  const namespace = (labels: Record<string, string>): StoredObject => ({
    ...{ apiVersion: "v1", kind: "Namespace", metadata: { name: "paw", labels } },
  });
  const all = {
    ...{ wanted, webhooks: [hook], namespaces: [namespace({ "policy.sigstore.dev/include": "true" })] },
    // What the cluster adds by itself is no difference.
    policies: [policy({ ...wanted["paw-chain"], policy: { type: "cue" } })],
  };

  it("all there", () => {
    expect(faults(judgeImages(all))).to.deep.equal([]);
  });

  it("a policy that is gone or weaker, no webhook, a namespace left out: each is found", () => {
    expect(faults(judgeImages({ ...all, policies: [] }))).to.deep.equal([
      "the policy paw-chain is not there",
    ]);
    const weaker = policy({ ...wanted["paw-chain"], mode: "warn" });
    expect(faults(judgeImages({ ...all, policies: [weaker] }))).to.have.length(1);
    const narrower = policy({ ...wanted["paw-chain"], images: [] });
    expect(faults(judgeImages({ ...all, policies: [narrower] }))).to.have.length(1);
    expect(faults(judgeImages({ ...all, webhooks: [] }))).to.have.length(1);
    expect(faults(judgeImages({ ...all, namespaces: [namespace({})] }))).to.have.length(1);
  });
});
