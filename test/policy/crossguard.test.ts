import { createRequire } from "node:module";

import type { ResourceValidationPolicy } from "@pulumi/policy";
import { expect } from "chai";

import { manifestOf, policyOf } from "../../policy/src/crossguard.ts";
import { headOf } from "../../policy/src/k8s/manifest.ts";
import { UNKNOWN } from "../../policy/src/k8s/field.ts";
import { podSecurity } from "../../policy/src/rules/podSecurity/index.ts";
import { namespace, pod } from "./fixtures.ts";

// The parts of the SDK that the CLI talks to, and the protocol; none of them is in the SDK's types.
const require = createRequire(import.meta.url);
const { makeAnalyzeRpcFun } = require("@pulumi/policy/server") as { makeAnalyzeRpcFun: MakeAnalyze };
const sdk = require("@pulumi/policy/proxy") as { unknownStringValue: string; unknownCheckingProxy: Proxied };
const protocol = require("@pulumi/pulumi/proto/analyzer_pb") as Protocol;
const { Struct } = require("google-protobuf/google/protobuf/struct_pb") as { Struct: StructClass };

type MakeAnalyze = (...args: readonly unknown[]) => (call: { request: Request }, reply: Reply) => void;
type Reply = (error: Error | null | undefined, response: Response) => void;
type Proxied = (props: object) => Record<string, unknown>;

interface StructClass {
  readonly fromJavaScript: (value: object) => unknown;
}

interface Protocol {
  readonly AnalyzeRequest: new () => Request;
  readonly AnalyzerResourceOptions: new () => unknown;
  readonly EnforcementLevel: Readonly<Record<"ADVISORY" | "MANDATORY", number>>;
}

type Request = Record<
  "setType" | "setName" | "setUrn" | "setProperties" | "setOptions",
  (value: unknown) => void
>;

interface Response {
  readonly getDiagnosticsList: () => Record<
    "getPolicyname" | "getMessage" | "getEnforcementlevel",
    () => unknown
  >[];
  readonly getNotApplicableList: () => Record<"getPolicyName", () => unknown>[];
}

const { unknownStringValue: unknownText, unknownCheckingProxy } = sdk;
const { MANDATORY } = protocol.EnforcementLevel;

const deployment = "kubernetes:apps/v1:Deployment";

function deploymentOf(edits: Parameters<typeof pod>[0]): object {
  const { metadata, spec } = pod(edits);
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template: { metadata, spec } } };
}

/** Sends a resource through the SDK as the CLI does; values that are unknownText arrive as unknown. */
async function analyze(type: string, props: object, policy = checklistPolicy()): Promise<Response> {
  const request = new protocol.AnalyzeRequest();
  request.setType(type);
  request.setName("web");
  request.setUrn(`urn:pulumi:production::shop::${type}::web`);
  request.setProperties(Struct.fromJavaScript(props));
  request.setOptions(new protocol.AnalyzerResourceOptions());
  return new Promise((resolve, reject) => {
    const analyzeCall = makeAnalyzeRpcFun("pack", "1.0.0", "advisory", [policy]);
    analyzeCall({ request }, (error, response) => {
      if (error === null || error === undefined) resolve(response);
      else reject(error);
    });
  });
}

function checklistPolicy(): ResourceValidationPolicy {
  return policyOf("checklist", { description: "The checklist", rules: podSecurity, exceptions: [] });
}

describe("The policy, through the SDK", () => {
  it("reports nothing about a good object", async () => {
    const response = await analyze(deployment, deploymentOf({}));
    expect(response.getDiagnosticsList()).to.be.empty;
    expect(response.getNotApplicableList()).to.be.empty;
  });

  it("reports under the name and level of the rule, and names object, resource, field, found and fix", async () => {
    const props = deploymentOf({ "spec.containers[0].securityContext.privileged": true });
    const [found, ...others] = (await analyze(deployment, props)).getDiagnosticsList();
    expect(others).to.be.empty;
    expect(found?.getPolicyname()).to.equal("pss-privileged");
    expect(found?.getEnforcementlevel()).to.equal(MANDATORY);
    const text = String(found?.getMessage());
    for (const part of [
      "pss-privileged",
      "Deployment shop/web",
      "Pulumi resource web",
      "spec.template.spec.containers[0].securityContext.privileged",
      "container app",
      "found true",
      "Fix:",
      "https://kubernetes.io/",
    ]) {
      expect(text).to.contain(part);
    }
  });

  for (const [what, path] of [
    ["a value", "spec.containers[0].securityContext.privileged"],
    ["a security context", "spec.containers[0].securityContext"],
    ["a container", "spec.containers[0]"],
    ["a list of containers", "spec.containers"],
    ["a pod spec", "spec"],
  ] as const) {
    it(`reports ${what} that is unknown as a mandatory finding, and the SDK has nothing to add`, async () => {
      const found = (await analyze(deployment, deploymentOf({ [path]: unknownText }))).getDiagnosticsList();
      const privileged = found.filter((diagnostic) => diagnostic.getPolicyname() === "pss-privileged");
      expect(privileged).to.have.length(1);
      expect(String(privileged[0]?.getMessage())).to.contain(`spec.template.${path}`);
      for (const each of found) {
        expect(each.getEnforcementlevel()).to.equal(MANDATORY);
        expect(each.getPolicyname()).to.not.equal("checklist");
      }
    });
  }

  it("copes with an unknown spec and unknown metadata", async () => {
    const found = (
      await analyze(deployment, { metadata: unknownText, spec: unknownText })
    ).getDiagnosticsList();
    expect(found.map((diagnostic) => diagnostic.getPolicyname())).to.have.members(
      podSecurity.map(({ id }) => id).filter((id) => id !== "ns-psa-labels"),
    );
  });

  it("knows custom resources and patches by their type alone", async () => {
    const props = { spec: { template: { spec: { hostNetwork: true } } } };
    for (const type of ["kubernetes:argoproj.io/v1alpha1:Rollout", "kubernetes:apps/v1:DaemonSetPatch"]) {
      const found = (await analyze(type, props)).getDiagnosticsList();
      expect(found.map((diagnostic) => diagnostic.getPolicyname())).to.deep.equal(["pss-host-namespaces"]);
    }
  });

  it("judges namespaces", async () => {
    expect((await analyze("kubernetes:core/v1:Namespace", namespace())).getDiagnosticsList()).to.be.empty;
    const [bare, ...others] = (await analyze("kubernetes:core/v1:Namespace", {})).getDiagnosticsList();
    expect(others).to.deep.equal([]);
    const text = String(bare?.getMessage());
    for (const mode of ["enforce", "warn", "audit"]) {
      expect(text).to.contain(`pod-security.kubernetes.io/${mode}"]`).and.to.contain(`${mode}-version"]`);
    }
  });

  it("says that it does not apply to what no rule judges, and does not read it", async () => {
    for (const type of ["kubernetes:core/v1:ConfigMap", "aws:s3/bucket:Bucket", "pulumi:pulumi:Stack"]) {
      const response = await analyze(type, { data: unknownText });
      expect(response.getDiagnosticsList()).to.be.empty;
      expect(response.getNotApplicableList().map((each) => each.getPolicyName())).to.deep.equal([
        "checklist",
      ]);
    }
  });
});

/** Runs the policy itself under a config; gives the violations as it hands them over. */
function violations(config: object, type = deployment): readonly Record<string, unknown>[] {
  const reported: Record<string, unknown>[] = [];
  const notApplicable = (): never => {
    throw new Error("not applicable");
  };
  const props = unknownCheckingProxy(
    deploymentOf({
      "spec.containers[0].securityContext.privileged": true,
      "spec.hostNetwork": true,
      "spec.containers[0].securityContext.readOnlyRootFilesystem": false,
    }),
  );
  const { validateResource } = checklistPolicy();
  if (typeof validateResource !== "function") throw new Error("the policy has one validation");
  const args = { type, props, name: "web", getConfig: () => config, notApplicable };
  void validateResource(args as unknown as Parameters<typeof validateResource>[0], (violation) => {
    reported.push(violation as unknown as Record<string, unknown>);
  });
  return reported;
}

describe("The policy under a config", () => {
  function advisory(config: object): readonly unknown[] {
    return violations(config)
      .filter(({ enforcementLevel }) => enforcementLevel === "advisory")
      .map(({ name }) => name);
  }

  it("reports all three findings, whatever their level", () => {
    for (const stack of ["local", "staging", "production"]) expect(violations({ stack })).to.have.length(3);
  });

  it("takes the levels of the stack", () => {
    expect(advisory({ stack: "local" })).to.have.members(["pss-host-namespaces", "pod-readonly-rootfs"]);
    expect(advisory({ stack: "staging" })).to.deep.equal(["pod-readonly-rootfs"]);
    expect(advisory({ stack: "production" })).to.deep.equal([]);
    expect(advisory({})).to.deep.equal([]);
  });

  it("takes the level of a single rule", () => {
    expect(advisory({ levels: { "pss-privileged": "advisory" } })).to.deep.equal(["pss-privileged"]);
  });

  it("never makes a violation stricter than the user makes the whole policy", () => {
    // The SDK fills in the policy's level where a violation brings none.
    for (const violation of violations({})) expect(violation).to.not.have.property("enforcementLevel");
    expect(checklistPolicy().enforcementLevel).to.equal("mandatory");
  });

  it("refuses a wrong config, whatever the resource", () => {
    expect(() => violations({ levles: {} }, "kubernetes:core/v1:ConfigMap")).to.throw("levles");
  });

  it("lets the engine refuse misspelt rules", () => {
    const levels = checklistPolicy().configSchema?.properties.levels;
    expect(levels?.additionalProperties).to.equal(false);
    expect(Object.keys(levels?.properties ?? {})).to.have.members(podSecurity.map(({ id }) => id));
  });
});

describe("The manifest of a resource", () => {
  it("has the API version and kind of its type", () => {
    expect(headOf("kubernetes:core/v1:Pod")).to.deep.equal({ apiVersion: "v1", kind: "Pod" });
    expect(headOf(deployment)).to.deep.equal({ apiVersion: "apps/v1", kind: "Deployment" });
  });

  it("is none for other providers, and for types of another form", () => {
    for (const type of [
      "pulumi:providers:kubernetes",
      "aws:s3/bucket:Bucket",
      "kubernetes:Pod",
      "kubernetes",
    ]) {
      expect(headOf(type)).to.equal(undefined);
    }
  });

  it("keeps what is known around what is not, in maps and lists", () => {
    const props = unknownCheckingProxy({
      a: { b: unknownText, c: [1, unknownText, { d: null }] },
      e: unknownText,
    });
    const made = manifestOf({ props }, { apiVersion: "v1", kind: "Pod" });
    expect(made).to.deep.equal({
      apiVersion: "v1",
      kind: "Pod",
      a: { b: UNKNOWN, c: [1, UNKNOWN, { d: null }] },
      e: UNKNOWN,
    });
  });
});
