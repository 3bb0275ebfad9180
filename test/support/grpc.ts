/** The one question that tests ask over gRPC and gRPC-Web: who are you? */
import { connect } from "node:http2";

const path = "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo";
/** An empty message: not compressed, no bytes. */
const emptyMessage = Buffer.alloc(5);

/** What a node says of itself over gRPC, as it came; the chain's id stands in it as text. */
export async function nodeInfoByGrpc(address: string): Promise<string> {
  const session = connect(`http://${address}`);
  try {
    return await new Promise<string>((resolve, reject) => {
      session.on("error", reject);
      const request = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
      });
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      request.on("end", () => {
        resolve(text);
      });
      request.on("error", reject);
      request.end(emptyMessage);
    });
  } finally {
    session.close();
  }
}

/** The same over gRPC-Web. */
export async function nodeInfoByGrpcWeb(address: string): Promise<string> {
  const response = await fetch(`http://${address}${path}`, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
    body: emptyMessage,
  });
  return Buffer.from(await response.arrayBuffer()).toString("latin1");
}
