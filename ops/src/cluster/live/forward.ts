/** Takes connections on a socket of one network namespace to an address in this process's own. */
import { type Socket, connect, createServer } from "node:net";

export interface Forwarding {
  /** Number of an open file: a socket that listens. A socket stays in the network that it was made in. */
  readonly socket: number;
  readonly host: string;
  readonly port: number;
}

export function forward({ socket, host, port }: Forwarding): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (outside) => {
    const inside = connect({ host, port, allowHalfOpen: true, noDelay: true });
    join(outside, inside);
    join(inside, outside);
  });
  server.listen({ fd: socket });
}

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on("error", () => {
    to.destroy();
  });
  from.on("close", () => {
    to.destroySoon();
  });
}
