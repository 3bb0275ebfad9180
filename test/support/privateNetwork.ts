/**
 * A network that leads nowhere, for servers that listen on every address they find: loopback, and an interface with a
 * default route into the void, since an API server does not start without one. Linux and root.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

import { execa } from "execa";

export class PrivateNetwork {
  private readonly holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.holder = holder;
  }

  /** Nothing where this machine lets nobody make one. */
  static async create(): Promise<PrivateNetwork | undefined> {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
    const script = [
      "ip link set lo up",
      "ip link add nowhere type veth peer name void && ip link set void up",
      "ip addr add 192.0.2.1/24 dev nowhere",
      "ip link set nowhere up",
      "ip route add default via 192.0.2.2",
      "echo ready",
      "exec sleep infinity",
    ].join(" && ");
    const holder = spawn("unshare", ["--net", "sh", "-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    const ready = once(holder.stdout, "data").then(() => true);
    const failed = Promise.race([once(holder, "exit"), once(holder, "error")]).then(() => false);
    return (await Promise.race([ready, failed])) ? new PrivateNetwork(holder) : undefined;
  }

  /** The command that runs another one inside. */
  inside(command: string, ...args: readonly string[]): readonly [string, string[]] {
    return ["nsenter", [`--net=/proc/${this.holder.pid ?? 0}/ns/net`, "--", command, ...args]];
  }

  /** True when a TCP port answers inside. */
  async answers(port: number): Promise<boolean> {
    const [command, args] = this.inside("bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`);
    return (await execa(command, args, { reject: false })).exitCode === 0;
  }

  dispose(): void {
    this.holder.kill("SIGKILL");
  }
}
