import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { portsIn, takenPorts } from "../../../ops/src/cluster/embedded/ports.ts";

describe("ports of a stopped embedded cluster", () => {
  it("are read from what kwokctl wrote down", () => {
    const text =
      "options:\n  bindAddress: 127.0.0.1\n  etcdPort: 32741\n  kubeApiserverPort: 32740\n  dashboardPort: 0\n  securePort: true\n";
    expect(portsIn(text)).to.deep.equal({ etcdPort: 32741, kubeApiserverPort: 32740 });
  });

  it("that somebody else took meanwhile are named, and free ones are not", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      expect(await takenPorts({ etcdPort: port })).to.deep.equal([`etcdPort ${port}`]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(await takenPorts({ etcdPort: port })).to.deep.equal([]);
  });
});
