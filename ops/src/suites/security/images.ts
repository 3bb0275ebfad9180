/** Whether the cluster asks for signatures of the images that run in it. */
import { isDeepStrictEqual } from "node:util";

import { imagePolicies, verifiedNamespace } from "../../../../components/platform/admission/imagePolicies.ts";
import { imageVerification } from "../../../../config/admission.ts";
import { partNamespaces } from "../../../../config/platform.ts";
import { type StoredObject, list } from "../../running/api.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import type { Target } from "../../running/target.ts";

export async function lookAtImages(target: Target): Promise<Outcome> {
  const { config } = target;
  const facts = config.charts.source === "crds" ? undefined : imageVerification(config);
  if (facts === undefined) {
    const notEvaluated =
      config.admission.images === undefined
        ? 'paw:admission.images names no signer: docs/operations.md, "Signed images"'
        : "the verifier is a chart, and paw:charts.source is crds";
    return { found: "not asked for", faults: [], notEvaluated };
  }
  const policies = await list(target, {
    ...{ apiVersion: "policy.sigstore.dev/v1alpha1", kind: "ClusterImagePolicy" },
    resource: "clusterimagepolicies",
  });
  const webhooks = await list<Webhooks>(target, {
    ...{
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      resource: "validatingwebhookconfigurations",
    },
  });
  const names = Object.values(partNamespaces(config));
  const all = await list(target, { apiVersion: "v1", kind: "Namespace", resource: "namespaces" });
  return judgeImages({
    policies,
    webhooks,
    namespaces: all.filter(({ metadata }) => names.includes(metadata.name)),
    wanted: imagePolicies(facts),
  });
}

interface Webhooks {
  readonly webhooks?: readonly { readonly name: string; readonly failurePolicy?: string }[];
}

export interface SeenVerification {
  readonly policies: readonly StoredObject[];
  readonly webhooks: readonly (StoredObject & Webhooks)[];
  readonly namespaces: readonly StoredObject[];
  /** Specs that the stack file asks for, by the policy's name. */
  readonly wanted: Readonly<Record<string, object>>;
}

export function judgeImages({ policies, webhooks, namespaces, wanted }: SeenVerification): Outcome {
  const next = "pulumi up --refresh; kubectl get clusterimagepolicies -o yaml";
  const specs = new Map(policies.map(({ metadata, spec }) => [metadata.name, spec]));
  const hooks = webhooks.flatMap(({ webhooks: list = [] }) => list);
  const verifier = hooks.find(({ name }) => name === "policy.sigstore.dev");
  const [label, value] = Object.entries(verifiedNamespace)[0] ?? ["", ""];
  const faults: Fault[] = [
    ...Object.entries(wanted)
      .filter(([name, spec]) => !holds(specs.get(name), spec))
      .map(([name]) => ({
        found: `the policy ${name} ${specs.has(name) ? "is not as this program writes it" : "is not there"}`,
        next,
      })),
    ...(verifier === undefined
      ? [{ found: "the API server does not ask policy-controller: it has no such webhook", next }]
      : []),
    ...namespaces
      .filter(({ metadata }) => metadata.labels?.[label] !== value)
      .map(({ metadata }) => ({ found: `${metadata.name} is not verified: it has no label ${label}`, next })),
  ];
  return {
    found: `${policies.length} policies, webhook ${verifier?.failurePolicy ?? "missing"}, ${namespaces.length} namespaces`,
    faults,
  };
}

/** Whether something is as it is wanted, but for what the cluster adds. */
function holds(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((each, index) => holds(found[index], each))
    );
  }
  if (typeof wanted !== "object" || wanted === null) return isDeepStrictEqual(found, wanted);
  if (typeof found !== "object" || found === null) return false;
  return Object.entries(wanted).every(([key, value]) =>
    holds((found as Record<string, unknown>)[key], value),
  );
}
