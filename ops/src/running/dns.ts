/** Questions to the cluster's own DNS, through a port-forward to one of its pods. */
import { connect } from "node:net";

import { streamDecode, streamEncode } from "dns-packet";

import { UserError } from "../errors.ts";
import { NotEvaluatedError } from "./checks.ts";
import { podsOf, readyPod, through } from "./forward.ts";
import type { Target } from "./target.ts";

/** CoreDNS and its predecessor both carry this label, on every distribution. */
const pods = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
/** Milliseconds that an answer may take. */
const patience = 10_000;

/**
 * IPv4 and IPv6 addresses of a name, as pods of the cluster would get them.
 *
 * @throws UserError when there is no DNS pod that is ready, or none answers; NotEvaluatedError where the cluster has none.
 */
export async function addressesOf(target: Target, name: string): Promise<string[]> {
  if (target.embedded && (await podsOf(target, pods)).length === 0)
    throw new NotEvaluatedError("an embedded cluster has no DNS of its own");
  const pod = await readyPod(target, pods);
  return through(target, { namespace: pods.namespace, pod, port: 53 }, async (url) => {
    const port = Number(new URL(url).port);
    const answers = await Promise.all((["A", "AAAA"] as const).map((type) => ask(port, name, type)));
    return answers.flat();
  });
}

/** A question over TCP, since nothing else goes through a port-forward. */
function ask(port: number, name: string, type: "A" | "AAAA"): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(streamEncode({ type: "query", id: 1, flags: 0x100, questions: [{ type, name }] }));
    });
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new UserError(`the cluster's DNS ${reason}`));
    };
    socket.setTimeout(patience, () => {
      fail(`did not answer within ${patience / 1000} s`);
    });
    socket.on("error", (error) => {
      fail(`broke the connection: ${error.message}`);
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const received = Buffer.concat(chunks);
      // Two bytes of length go before the message.
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      socket.destroy();
      const { answers = [] } = streamDecode(received);
      resolve(answers.flatMap((answer) => (answer.type === type ? [answer.data] : [])));
    });
    socket.on("end", () => {
      fail("closed the connection without an answer");
    });
  });
}
