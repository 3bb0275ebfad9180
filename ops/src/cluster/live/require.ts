/** What a live node takes from the machine. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { UserError } from "../../errors.ts";
import { isExecutable } from "../../executable.ts";
import { programPath } from "../../images/contents.ts";

/** Programs that are no Go modules, and Debian's packages of them. */
const programs = {
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "mount",
  ip: "iproute2",
  hostname: "hostname",
  awk: "mawk",
  nft: "nftables",
  runc: "runc",
  busybox: "busybox-static",
  ldd: "libc-bin",
  curl: "curl",
  haproxy: "haproxy",
  restic: "restic",
  flock: "util-linux",
} as const;
/** Where Debian's containernetworking-plugins, and containerd by default, have a pod's network. */
const pluginFolder = "/usr/lib/cni";
const plugins = ["ptp", "host-local", "loopback"];
const controllers = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "pids"];

/** Why there can be no live node here, one reason a line; empty where there can. */
export function obstacles(): string[] {
  if (process.platform !== "linux") return [`it runs on Linux, and this is ${process.platform}`];
  if (process.getuid?.() !== 0)
    return [`it runs as root, and this is user ${process.getuid?.() ?? "unknown"}`];
  const missing = Object.entries(programs).filter(([program]) => programPath(program) === undefined);
  const withoutPlugins = plugins.filter((plugin) => !isExecutable(join(pluginFolder, plugin)));
  const packages = [...new Set(missing.map(([, name]) => name))];
  return [
    ...missing.map(([program]) => `there is no ${program}`),
    ...withoutPlugins.map((plugin) => `there is no ${join(pluginFolder, plugin)}`),
    ...(packages.length + withoutPlugins.length > 0
      ? [
          `on Debian: apt-get install ${[...packages, ...(withoutPlugins.length > 0 ? ["containernetworking-plugins"] : [])].join(" ")}`,
        ]
      : []),
    ...groupObstacles(),
    ...(existsSync("/dev/kmsg") ? [] : ["there is no /dev/kmsg, which a kubelet reads"]),
  ];
}

/** @throws UserError with every obstacle. */
export function requireLive(): void {
  const found = obstacles();
  if (found.length === 0) return;
  throw new UserError(
    `A live cluster cannot run on this machine:\n${found.map((each) => `  ${each}`).join("\n")}`,
    [
      "docs/live.md says what it takes, and why",
      "Or use the embedded cluster, which needs nothing of this: npx paw cluster up",
    ],
  );
}

/** Only cgroup v1 has been tried. */
function groupObstacles(): string[] {
  const own = readFileSync("/proc/self/cgroup", "utf8");
  const found = own.split("\n").flatMap((line) => (line.split(":")[1] ?? "").split(","));
  const missing = controllers.filter((controller) => !found.includes(controller));
  return missing.length === 0
    ? []
    : [`cgroup v1 has no ${missing.join(", ")} here (a machine with cgroup v2 alone has not been tried)`];
}
