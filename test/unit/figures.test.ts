/** Figures of the specification, held here a second time on purpose. */
import { expect } from "chai";

import { bizraPorts, dnsPort, pawPorts } from "../../components/ports.ts";
import { parseConfig } from "../../config.ts";
import { render, stackConfig } from "../support/rendered.ts";

describe("figures of the specification", () => {
  it("A15: ports of a node, inside and as NodePorts", () => {
    expect(pawPorts).to.deep.equal({
      p2p: { port: 26656, nodePort: 31656 },
      rpc: { port: 26657, nodePort: 31657 },
      rest: { port: 1317, nodePort: 31317 },
      grpc: { port: 9090, nodePort: 31090 },
      grpcWeb: { port: 9091, nodePort: 31091 },
      metrics: { port: 26660 },
      health: { port: 36661 },
      // Beyond the specification: CometBFT's usual port of a remote signer.
      signer: { port: 26659 },
    });
    expect(dnsPort).to.equal(53);
  });

  it("B3: ports of bizra", () => {
    expect(bizraPorts).to.deep.equal({ http: 8080, rpc: 9944, ws: 9945, p2p: 30333, "rust-metrics": 9464 });
  });

  const sizes: [string, object, object][] = [
    ["local", { cpu: "2", memory: "4Gi", storage: "50Gi" }, { cpu: "1", memory: "2Gi", storage: "50Gi" }],
    // Half of production.
    ["staging", { cpu: "2", memory: "4Gi", storage: "250Gi" }, { cpu: "1", memory: "2Gi", storage: "250Gi" }],
    [
      "production",
      { cpu: "4", memory: "8Gi", storage: "500Gi" },
      { cpu: "2", memory: "4Gi", storage: "500Gi" },
    ],
  ];
  for (const [stack, validator, fullNode] of sizes) {
    it(`A16, A11: sizes in ${stack}, and four validators`, () => {
      const config = parseConfig(stack, stackConfig(stack));
      expect(config.resources.validator).to.deep.equal(validator);
      expect(config.resources.fullNode).to.deep.equal(fullNode);
      expect(config.chain.validators).to.equal(4);
    });
  }

  it("A15: NodePorts are counted out by quota everywhere but in local", async () => {
    for (const stack of ["local", "staging", "production"]) {
      const quotas = (await render({ stack })).filter((object) => object.kind === "ResourceQuota");
      expect(quotas).to.have.length(2);
      for (const quota of quotas) {
        expect(quota.spec.hard["services.nodeports"], stack).to.equal(stack === "local" ? undefined : "0");
      }
    }
  });

  it("B1, B15: production has a namespace and a NODE_ENV of its own", async () => {
    const objects = await render({ stack: "production" });
    const namespace = objects.find(
      (object) => object.kind === "Namespace" && object.metadata.name === "bizra",
    );
    expect(namespace?.metadata.labels).to.include({ environment: "production", project: "bizra-node" });
    const [container] =
      objects.find((object) => object.kind === "Deployment")?.spec.template.spec.containers ?? [];
    expect(container.env).to.deep.include({ name: "NODE_ENV", value: "production" });
  });
});
