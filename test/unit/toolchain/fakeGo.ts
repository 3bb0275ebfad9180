/** A `go` that is a shell script: it writes down how it is called, and its build never ends unless told to. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Installs it into `<folder>/go` and returns a PATH with it in front.
 *
 * `<folder>/calls` gets a line for each build, with the environment that matters; `<folder>/child` the id of a process
 * that each build starts, as Go starts compilers.
 */
export function installFakeGo(
  folder: string,
  { proxy, build }: { readonly proxy: string; readonly build: "fails" | "hangs" },
): string {
  const bin = join(folder, "go");
  mkdirSync(bin, { recursive: true });
  const hang = `sleep 300 >/dev/null 2>&1 &\n  echo $! >"${folder}/child"\n  wait`;
  const script = [
    "#!/bin/sh",
    'case "$1" in',
    "version) echo go version go1.26.0 ;;",
    `env) echo "${proxy}" ;;`,
    "build)",
    `  echo "GOPROXY=$GOPROXY GOOS=$GOOS GOFLAGS=$GOFLAGS" >>"${folder}/calls"`,
    `  ${build === "hangs" ? hang : "exit 1"}`,
    "  ;;",
    "esac",
  ];
  writeFileSync(join(bin, "go"), `${script.join("\n")}\n`);
  chmodSync(join(bin, "go"), 0o755);
  return `${bin}${delimiter}${process.env.PATH ?? ""}`;
}
