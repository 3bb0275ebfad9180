/** Roots of containers: what an image would bring, out of programs of this machine. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { find } from "../find.ts";

/** busybox, and programs beside it: by name from this machine with its libraries, or by path if they need none. */
export interface ImageKind {
  readonly programs?: readonly string[];
  readonly statics?: Readonly<Record<string, string>>;
}

export interface RootArgs {
  readonly root: string;
  readonly kind: ImageKind;
  readonly hosts: Readonly<Record<string, string>>;
  readonly binds: readonly { readonly from: string; readonly to: string; readonly readOnly: boolean }[];
  readonly readOnly: boolean;
}

/**
 * Makes a container's root.
 *
 * @returns a script for a new mount and PID namespace: first argument user:group, then the program and its arguments.
 */
export function buildRoot({ root, kind, hosts, binds, readOnly }: RootArgs): string {
  rmSync(root, { recursive: true, force: true });
  const inside = (path: string): string => join(root, path);
  for (const folder of ["bin", "dev", "etc", "proc", "usr/bin", "usr/lib", "usr/lib64"]) {
    mkdirSync(inside(folder), { recursive: true });
  }
  symlinkSync("usr/lib", inside("lib"));
  symlinkSync("usr/lib64", inside("lib64"));
  const busybox = find("busybox");
  const lines: string[] = [];
  const bind = (from: string, to: string, ro: boolean): void => {
    const target = inside(to);
    if (statSync(from).isDirectory()) mkdirSync(target, { recursive: true });
    else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, "");
    }
    lines.push(`mount --bind '${from}' '${target}'`);
    if (ro) lines.push(`mount -o remount,bind,ro '${target}'`);
  };
  for (const applet of execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
    if (applet !== "busybox") symlinkSync("busybox", inside(`bin/${applet}`));
  }
  bind(busybox, "bin/busybox", true);
  for (const [name, path] of Object.entries(kind.statics ?? {})) bind(path, `usr/bin/${name}`, true);
  for (const program of kind.programs ?? []) bind(find(program), `usr/bin/${program}`, true);
  if ((kind.programs ?? []).length > 0)
    for (const folder of ["/usr/lib", "/usr/lib64"]) bind(folder, folder, true);
  for (const device of ["null", "zero", "urandom", "random"]) bind(`/dev/${device}`, `dev/${device}`, false);
  const names = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
  writeFileSync(inside("etc/hosts"), `127.0.0.1 localhost\n${names.join("")}`);
  writeFileSync(inside("etc/nsswitch.conf"), "hosts: files\n");
  // Volumes in volumes: the outer one first.
  for (const { from, to, readOnly: ro } of [...binds].sort((a, b) => a.to.length - b.to.length)) {
    if (binds.some((outer) => outer.to !== to && to.startsWith(`${outer.to}/`))) {
      // The mount point lies in the outer volume, which is only there once the script runs.
      lines.push(`mkdir -p '${inside(to)}'`, `mount --bind '${from}' '${inside(to)}'`);
      if (ro) lines.push(`mount -o remount,bind,ro '${inside(to)}'`);
    } else bind(from, to, ro);
  }
  const script = `${root}.sh`;
  writeFileSync(
    script,
    [
      "set -eu",
      "wanted=$PATH",
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      "mount --make-rprivate /",
      `mount --bind '${root}' '${root}'`,
      ...lines,
      `mount -t proc proc '${inside("proc")}'`,
      ...(readOnly ? [`mount -o remount,bind,ro '${root}'`] : []),
      "user=$1; shift",
      "setpriv=$(command -v setpriv) chroot=$(command -v chroot)",
      "PATH=$wanted",
      // This shell stays as the first process: with it everything inside ends, and it passes on the wish to stop.
      `"$setpriv" --no-new-privs "$chroot" --userspec="$user" '${root}' "$@" &`,
      "inside=$!",
      "trap 'kill -TERM $inside' TERM",
      "code=0; wait $inside || code=$?",
      "while kill -0 $inside 2>/dev/null; do code=0; wait $inside || code=$?; done",
      "exit $code",
      "",
    ].join("\n"),
  );
  return script;
}
