/** Our excerpts of definitions, and the real ones: our objects have to keep both. */
import { readFileSync } from "node:fs";

import { expect } from "chai";
import { parse } from "yaml";

import { type RealDefinition, excerpted, realDefinition } from "../../support/canary/definitions.ts";
import { cachedModule } from "../../support/goModule.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";
import { schemaFaults } from "../../support/schema.ts";

function excerpt(file: string): RealDefinition {
  const path = new URL(`../../../components/platform/crds/canary/${file}`, import.meta.url);
  return parse(readFileSync(path, "utf8")) as RealDefinition;
}

/** Faults of an object by a definition, in the version that it is written in. */
function faultsOf(object: KubernetesObject, { spec }: RealDefinition): string[] {
  const version = object.apiVersion.split("/")[1];
  const found = spec.versions.find(({ name }) => name === version);
  return found ? schemaFaults(object, found.schema.openAPIV3Schema) : [`no version ${version ?? ""}`];
}

describe("B9: definitions of a canary", () => {
  const ours = new Map<string, KubernetesObject[]>();

  before(async () => {
    const config = stackConfig("production");
    const bizra = JSON.parse(config["paw:bizra"] ?? "{}") as object;
    const istio = { ...config, "paw:bizra": JSON.stringify({ ...bizra, canary: { route: "istio" } }) };
    const objects = [
      ...(await render({ stack: "production" })),
      ...(await render({ stack: "production", config: istio })),
    ];
    for (const file of Object.keys(excerpted)) {
      const { kind } = excerpt(file).spec.names;
      // The chain's routes are the mesh's: with the Gateway API alone.
      ours.set(
        file,
        objects.filter((each) => each.kind === kind && each.metadata.namespace === "bizra"),
      );
    }
  });

  for (const file of Object.keys(excerpted)) {
    it(`${file}: our objects keep our excerpt, which refuses a field that it does not know`, () => {
      const objects = ours.get(file) ?? [];
      expect(objects.length).to.be.greaterThan(0);
      for (const object of objects) {
        expect(faultsOf(object, excerpt(file)), object.metadata.name).to.deep.equal([]);
        const misspelt = { ...object, spec: { ...(object.spec as object), replcas: 3 } };
        expect(faultsOf(misspelt, excerpt(file))).to.deep.equal([".spec.replcas: is not known"]);
      }
    });

    it(`${file}: our objects keep the real definition as well`, function () {
      const source = excerpted[file];
      const folder = source && cachedModule(source.module);
      if (source === undefined || folder === undefined) {
        console.info(
          `      not evaluated: ${source?.module ?? file} is not in this machine's Go module cache`,
        );
        return this.skip();
      }
      const real = realDefinition(folder, source);
      for (const object of ours.get(file) ?? []) {
        expect(faultsOf(object, real), object.metadata.name).to.deep.equal([]);
        const wrong = { ...object, spec: [] };
        expect(faultsOf(wrong, real), "a list for a spec").not.to.deep.equal([]);
      }
    });
  }
});
