import { type Server, createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { textOf } from "../../../ops/src/suites/smoke.ts";

describe("A22: the text of an answer", () => {
  let server: Server;
  let ends = false;
  before(async () => {
    server = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .on("data", () => {
          socket.write("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\nheight 7: ");
          setTimeout(() => {
            socket.write("old");
            if (ends) socket.end();
          }, 100);
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => server.close());

  for (const ending of [true, false]) {
    it(`is whole, whether the server's end of the connection is seen or not: ${ending}`, async () => {
      ends = ending;
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const begun = Date.now();
      expect(await textOf(response)).to.equal("height 7: old");
      expect(Date.now() - begun).to.be.lessThan(3000);
    });
  }
});
