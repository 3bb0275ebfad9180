import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../../names.ts";
import type { DefinedKind } from "./kinds.ts";

export interface PreviewedDefinitionsArgs {
  /** Kinds that the cluster does not know yet. */
  readonly kinds: readonly DefinedKind[];
}

/**
 * What a preview shows in place of definitions that a Helm release will bring: the provider renders no chart whose
 * kinds neither the cluster nor the program knows, and does not see into a release. Of previews alone; nothing of it is
 * ever sent.
 */
export class PreviewedDefinitions extends pulumi.ComponentResource {
  constructor(name: string, { kinds }: PreviewedDefinitionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:PreviewedDefinitions", name, {}, opts);
    for (const { group, kind, plural, scope, versions } of kinds) {
      new k8s.apiextensions.v1.CustomResourceDefinition(
        `${plural}.${group}`,
        {
          metadata: {
            name: `${plural}.${group}`,
            labels: commonLabels("platform", "definition"),
            // The API server wants it for groups of Kubernetes' own, and takes this answer.
            ...(group.endsWith(".k8s.io")
              ? { annotations: { "api-approved.kubernetes.io": "unapproved, shown in a preview alone" } }
              : {}),
          },
          spec: {
            group,
            scope,
            names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
            versions: versions.map((version, index) => ({
              name: version,
              served: true,
              storage: index === 0,
              schema: { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } },
            })),
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}
