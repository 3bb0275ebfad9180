/** The pictures of docs/architecture.md are what the code says. After an intended change: npm run golden. */
import { readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";

import { flowsOf } from "../../config/flows.ts";
import { topologyOf } from "../../ops/src/report/topology.ts";
import { readStack } from "../../ops/src/stackFile.ts";
import { graphOf } from "../../policy/src/graph/graph.ts";
import { flowPicture, servicePicture } from "../support/pictures.ts";
import { render } from "../support/rendered.ts";

const file = new URL("../../docs/architecture.md", import.meta.url);

describe("pictures of the architecture", () => {
  const pictures: Record<string, () => Promise<string>> = {
    flows: () => Promise.resolve(flowPicture(flowsOf(readStack("local")))),
    paw: () => picture("paw"),
    bizra: () => picture("bizra"),
  };

  async function picture(namespace: string): Promise<string> {
    const objects = await render({ stack: "production" });
    const { namespaces } = topologyOf(graphOf(objects.map((manifest) => ({ manifest, source: "" }))));
    const box = namespaces.find(({ name }) => name === namespace);
    if (box === undefined) throw new Error(`production has no namespace ${namespace}`);
    return servicePicture(box);
  }

  for (const [name, draw] of Object.entries(pictures)) {
    it(`${name} is as the code has it`, async () => {
      const [open, close] = [`<!-- picture ${name} -->`, `<!-- /picture ${name} -->`];
      const text = readFileSync(file, "utf8");
      const [from, to] = [text.indexOf(open) + open.length, text.indexOf(close)];
      expect(from, open).to.be.greaterThan(open.length);
      expect(to, close).to.be.greaterThan(from);
      const drawn = `\n\n${await draw()}\n\n`;
      if (process.env.UPDATE_GOLDEN === "1")
        writeFileSync(file, text.slice(0, from) + drawn + text.slice(to));
      else expect(text.slice(from, to)).to.equal(drawn);
    });
  }
});
