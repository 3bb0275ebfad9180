/** What an image holds: programs of this machine with the libraries they need, busybox, and the few files of /etc. */
import { realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

import { execa } from "execa";

import { UserError } from "../errors.ts";
import { isExecutable } from "../executable.ts";
import type { Content, ImageContent } from "./archive.ts";

/** The parts of an image. */
export interface ImageParts {
  readonly name: string;
  /** sh and the rest of busybox. */
  readonly shell: boolean;
  /** Programs by name: a path, or what is found on PATH under that name. */
  readonly programs: Readonly<Record<string, string | undefined>>;
  readonly command: readonly string[];
}

/** Debian keeps administrators' programs where not every PATH leads. */
const more = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** Path of a program of this machine; nothing where there is none. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...more];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Gathers an image's files.
 *
 * @throws UserError when a program is not on this machine.
 */
export async function contentOf({ name, shell, programs, command }: ImageParts): Promise<ImageContent> {
  const paths = Object.entries(programs).map(
    ([program, path]) => [program, path ?? required(program, name)] as const,
  );
  const files: Record<string, Content> = { ...account() };
  if (shell) Object.assign(files, await busybox(name));
  for (const [program, path] of paths) {
    files[`usr/bin/${program}`] = { file: realpathSync(path) };
    for (const library of await librariesOf(path)) files[library.slice(1)] = { file: realpathSync(library) };
  }
  const madeOf = [...(shell ? ["busybox"] : []), ...Object.keys(programs)].join(", ");
  return {
    name,
    files,
    command,
    labels: { "paw.network/made-of": `programs of the machine it was made on: ${madeOf}` },
  };
}

async function busybox(image: string): Promise<Record<string, Content>> {
  const path = required("busybox", image);
  const applets = (await execa(path, ["--list"])).stdout.split("\n").filter((applet) => applet !== "busybox");
  return {
    "bin/busybox": { file: realpathSync(path) },
    ...Object.fromEntries(applets.map((applet) => [`bin/${applet}`, { link: "busybox" }])),
  };
}

function account(): Record<string, Content> {
  return {
    "etc/passwd": { text: "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n" },
    "etc/group": { text: "root:x:0:\nnobody:x:65534:\n" },
    "etc/nsswitch.conf": { text: "hosts: files dns\n" },
  };
}

/** Paths of the shared libraries that a program is started with, and of what loads them; none for a static one. */
async function librariesOf(program: string): Promise<string[]> {
  const { exitCode, stdout } = await execa("ldd", [program], { reject: false });
  if (exitCode !== 0) return [];
  return stdout.split("\n").flatMap((line) => {
    const path = /(?:=>\s*|^\s*)(\/\S+)\s+\(0x/.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
}

function required(program: string, image: string): string {
  const path = programPath(program);
  if (path !== undefined) return path;
  throw new UserError(`The image ${image} is made of programs of this machine, and there is no ${program}.`, [
    "Install it; on Debian, .ci/programs installs all that are needed",
  ]);
}
