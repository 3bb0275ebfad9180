/** Runs in a network of its own: `node inside.ts FOLDER PORT...` takes connections of its loopback to sockets outside. */
import { connect, createServer } from "node:net";
import { join } from "node:path";

const [folder = "", ...ports] = process.argv.slice(2);
for (const port of ports) {
  createServer((from) => {
    const to = connect(join(folder, port));
    for (const [end, other] of [
      [from, to],
      [to, from],
    ] as const) {
      end.pipe(other).on("error", () => end.destroy());
      end.on("error", () => other.destroy());
    }
  }).listen(Number(port), "127.0.0.1");
}
