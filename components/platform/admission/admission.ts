import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../../names.ts";

type PolicySpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;
type BindingSpec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec;

export interface AdmissionArgs {
  /** What is judged together: by which policy, and how it is bound. */
  readonly policies: readonly {
    readonly name: string;
    /** Ids of the rules in it. */
    readonly rules: readonly string[];
    readonly policy: PolicySpec;
    readonly binding: BindingSpec;
  }[];
}

/** The policy pack's rules about single objects, evaluated by the API server itself (spec A29). */
export class Admission extends pulumi.ComponentResource {
  constructor(name: string, args: AdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:Admission", name, {}, opts);
    for (const each of args.policies) {
      const metadata = {
        name: each.name,
        annotations: { "paw.network/rules": each.rules.join(" ") },
        labels: commonLabels("platform", "admission"),
      };
      const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
        `${name}-${each.name}`,
        { metadata, spec: each.policy },
        { parent: this },
      );
      new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        `${name}-${each.name}-binding`,
        { metadata, spec: each.binding },
        { parent: this, dependsOn: policy },
      );
    }
    this.registerOutputs();
  }
}
