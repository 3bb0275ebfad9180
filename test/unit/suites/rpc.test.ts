import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { CometRpc, RpcError, attributeOf } from "../../../ops/src/chain/rpc.ts";
import { UserError } from "../../../ops/src/errors.ts";
import { freePort } from "../../support/daemon.ts";

/** What a real node answers is asked in the end-to-end test; here stands what goes wrong. */
describe("A22, A23: a node's RPC that does not answer as it should", () => {
  let server: Server;
  let answer: (method: string, params: Record<string, string>) => [number, string] = () => [200, ""];
  let rpc: CometRpc;

  before(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const { method, params } = JSON.parse(text) as { method: string; params: Record<string, string> };
        const [code, body] = answer(method, params);
        response.writeHead(code).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    rpc = new CometRpc(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 500);
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const refusal = async (work: Promise<unknown>): Promise<UserError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(UserError);
    return error as UserError;
  };
  const result = (value: unknown): [number, string] => [200, JSON.stringify({ result: value })];

  it("nobody there: the address, the question and the reason", async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { message } = await refusal(new CometRpc(nowhere).status());
    expect(message.startsWith(`the node at ${nowhere} does not answer status: connect ECONNREFUSED`), message)
      .to.be.true;
  });

  it("something else there, or a refusal by the node", async () => {
    answer = () => [502, "<html>Bad gateway</html>"];
    expect((await refusal(rpc.status())).message).to.include("gives no JSON for status: 502 <html>");
    answer = () => [
      500,
      JSON.stringify({ error: { code: -32603, message: "Internal error", data: "height 9" } }),
    ];
    const refused = await refusal(rpc.block(9));
    expect(refused).to.be.instanceOf(RpcError);
    expect(refused.message).to.equal("block: Internal error: height 9");
  });

  it("a transaction that is in no block is none; any other refusal is one", async () => {
    const error = (data: string): [number, string] => [
      500,
      JSON.stringify({ error: { code: -32603, message: "Internal error", data } }),
    ];
    answer = () => error("tx (AB) not found");
    expect(await rpc.transaction("AB")).to.be.undefined;
    answer = () => error("transaction indexing is disabled");
    expect((await refusal(rpc.transaction("AB"))).message).to.include("indexing is disabled");
  });

  it("a transaction that the node does not take, and a question that the application refuses", async () => {
    answer = () => result({ code: 13, log: "insufficient fees", hash: "AB" });
    expect((await refusal(rpc.broadcast(new Uint8Array([1])))).message).to.equal(
      "the transaction was not taken: code 13: insufficient fees",
    );
    answer = () =>
      result({ response: { code: 6, log: "unknown query path", value: null, height: "0", proofOps: null } });
    expect((await refusal(rpc.query({ path: "/x" }))).message).to.equal("unknown query path");
  });

  it("validators come by the hundred: all pages are read", async () => {
    const asked: unknown[] = [];
    answer = (_, params) => {
      asked.push(params);
      const count = params.page === "3" ? 50 : 100;
      return result({
        validators: Array.from({ length: count }, () => ({ address: params.page })),
        total: "250",
      });
    };
    const validators = await rpc.validators(7);
    expect(validators).to.have.length(250);
    expect(asked).to.deep.equal(["1", "2", "3"].map((page) => ({ height: "7", page, per_page: "100" })));
  });

  it("an event that is not there is an error, not an empty text", () => {
    const events = [{ type: "a", attributes: [{ key: "x", value: "1" }] }];
    expect(attributeOf({ events }, "a", "x")).to.equal("1");
    expect(() => attributeOf({ events }, "a", "y")).to.throw("no a.y");
  });
});
