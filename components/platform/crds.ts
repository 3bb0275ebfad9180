import { readFileSync, readdirSync } from "node:fs";

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

type Definition = k8s.types.input.apiextensions.v1.CustomResourceDefinition & {
  readonly metadata: { readonly name: string };
};

export interface CustomResourceDefinitionsArgs {
  /** Whether those of a canary are needed as well: Argo Rollouts' and what splits requests. */
  readonly canary: boolean;
}

/**
 * Custom resource definitions for a cluster without the platform's charts (`paw:charts.source` is `crds`).
 *
 * They are closed and minimal: they hold the fields that this program writes and no others, so that a misspelt field
 * is refused by the API server. The unit tests hold our objects against the upstream types as well.
 */
export class CustomResourceDefinitions extends pulumi.ComponentResource {
  constructor(name: string, args: CustomResourceDefinitionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:CustomResourceDefinitions", name, {}, opts);
    for (const definition of [...definitions(), ...(args.canary ? definitions("canary/") : [])]) {
      new k8s.apiextensions.v1.CustomResourceDefinition(definition.metadata.name, definition, {
        parent: this,
      });
    }
    this.registerOutputs();
  }
}

/**
 * The definitions in `crds/`, by file name.
 *
 * @param part a folder below it, such as `canary/`.
 */
export function definitions(part = ""): Definition[] {
  const folder = new URL(`crds/${part}`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => parse(readFileSync(new URL(file, folder), "utf8")) as Definition);
}
