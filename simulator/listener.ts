/** A server that can be taken away from its port and put back, with whoever is connected. */
import type { AddressInfo, Server, Socket } from "node:net";

export class Listener {
  private readonly server: Server;
  private readonly where: { readonly host: string; readonly port: number };
  private readonly sockets = new Set<Socket>();
  private bound = 0;
  /** Opening and closing follow one another in the order of the calls. */
  private last: Promise<void> = Promise.resolve();

  constructor(server: Server, where: { readonly host: string; readonly port: number }) {
    this.server = server;
    this.where = where;
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  /** The port that it has, or had; 0 before the first {@link open}. */
  get port(): number {
    return this.bound;
  }

  /** Listens. Fine to call when it does already. */
  open(): Promise<void> {
    return this.queue(async () => {
      if (this.server.listening) return;
      const port = this.bound === 0 ? this.where.port : this.bound;
      await new Promise<void>((resolve, reject) => {
        this.server.once("error", reject);
        this.server.listen(port, this.where.host, () => {
          this.server.off("error", reject);
          resolve();
        });
      });
      this.bound = (this.server.address() as AddressInfo).port;
    });
  }

  /** Takes no more connections and ends those there are. Fine to call when it is closed. */
  close(): Promise<void> {
    return this.queue(async () => {
      if (!this.server.listening) return;
      const closed = new Promise((resolve) => this.server.close(resolve));
      for (const socket of this.sockets) socket.destroy();
      await closed;
    });
  }

  private queue(work: () => Promise<void>): Promise<void> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }
}
