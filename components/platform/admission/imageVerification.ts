import * as pulumi from "@pulumi/pulumi";

import type { ChartInstaller } from "../charts/installer.ts";
import { customResource } from "../customResource.ts";
import type { PlatformSite } from "../site.ts";
import { type ImageVerificationFacts, imagePolicies } from "./imagePolicies.ts";
import { policyControllerNamespace, policyControllerValues } from "./values.ts";

export interface ImageVerificationArgs {
  readonly install: ChartInstaller;
  readonly site: PlatformSite;
  readonly images: ImageVerificationFacts;
}

/** policy-controller and what it holds images against (spec B8); namespaces opt in by `verifiedNamespace`. */
export class ImageVerification extends pulumi.ComponentResource {
  constructor(name: string, args: ImageVerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:ImageVerification", name, {}, opts);
    const { install, site, images } = args;
    const namespace = policyControllerNamespace;
    const definitions = install.definitions(
      `${name}-policy-controller-definitions`,
      { chart: "policy-controller", namespace, values: {} },
      { parent: this },
    );
    const controller = install.chart(
      `${name}-policy-controller`,
      {
        chart: "policy-controller",
        release: "policy-controller",
        namespace,
        values: policyControllerValues(site, images),
      },
      { parent: this, dependsOn: definitions },
    );
    for (const [policy, spec] of Object.entries(imagePolicies(images))) {
      customResource(
        `${name}-${policy}`,
        {
          // The version that is stored: another is converted by the controller, which an embedded cluster has not.
          apiVersion: "policy.sigstore.dev/v1alpha1",
          kind: "ClusterImagePolicy",
          name: policy,
          spec,
        },
        { parent: this, dependsOn: controller },
      );
    }
    this.registerOutputs();
  }
}
