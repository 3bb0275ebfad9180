/** The real custom resource definitions of a canary, out of their projects' Go modules. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parseAllDocuments } from "yaml";

import { definitionModules } from "../goModule.ts";

export interface RealDefinition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: object };
    }[];
  };
}

interface Source {
  readonly module: (typeof definitionModules)[keyof typeof definitionModules];
  readonly file: string;
  /** Full name of the definition, in a file that holds several. */
  readonly name?: string;
}

const rolloutsFile = (name: string): Source => ({
  module: definitionModules.rollouts,
  file: join("manifests", "crds", `${name}-crd.yaml`),
});

const istioFile = join("kubernetes", "customresourcedefinitions.gen.yaml");

/** By the name of our own excerpt's file. */
export const excerpted: Readonly<Record<string, Source>> = {
  "rollouts.yaml": rolloutsFile("rollout"),
  "analysistemplates.yaml": rolloutsFile("analysis-template"),
  "httproutes.yaml": {
    module: definitionModules.gatewayApi,
    file: join("config", "crd", "standard", "gateway.networking.k8s.io_httproutes.yaml"),
  },
  "virtualservices.yaml": {
    module: definitionModules.istio,
    file: istioFile,
    name: "virtualservices.networking.istio.io",
  },
};

/** What the controller needs beside those that this program writes objects of. */
export const further: readonly Source[] = [
  ...["analysis-run", "cluster-analysis-template", "experiment"].map(rolloutsFile),
  { module: definitionModules.istio, file: istioFile, name: "destinationrules.networking.istio.io" },
];

/**
 * Reads a definition.
 *
 * @param folder where the module is.
 */
export function realDefinition(folder: string, { file, name }: Source): RealDefinition {
  const all = parseAllDocuments(readFileSync(join(folder, file), "utf8"))
    .map((document) => document.toJSON() as RealDefinition | null)
    .filter((each): each is RealDefinition => each !== null);
  const found = name === undefined ? all[0] : all.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`${file} has no ${name ?? "definition"}`);
  return found;
}
