/** Runs the pods' scripts as a pod does: with busybox and nothing else on PATH, and once more with the machine's sh. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { find } from "../../../support/find.ts";

export const scripts = fileURLToPath(new URL("../../../../components/chain/scripts/", import.meta.url));

const backupScripts = fileURLToPath(new URL("../../../../components/backup/scripts/", import.meta.url));

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, in order. */
  readonly all: string;
}

export interface Shell {
  readonly name: string;
  readonly folder: string;
  /** Where its programs are, by name: a test may put one of its own in a program's place. */
  readonly bin: string;
  /** Runs a script of the chain's pods, or of those that make backups. */
  run(script: string, args?: readonly string[], env?: Record<string, string>): Promise<Outcome>;
  dispose(): void;
}

/** The shells that scripts run in: busybox's ash with busybox's tools, and the machine's. */
export const shellNames = ["busybox", "sh"] as const;

/** @param more programs beside busybox's, linked in by name. */
export function openShell(name: (typeof shellNames)[number], more: readonly string[] = []): Shell {
  const folder = mkdtempSync(join(tmpdir(), "paw-scripts-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  if (name === "busybox") {
    const busybox = find("busybox");
    const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const applet of applets.filter((each) => !more.includes(each)))
      symlinkSync(busybox, join(bin, applet));
  } else {
    // Of busybox what no other package has, and its wget, which does not try again.
    for (const applet of ["httpd", "nslookup", "wget"]) symlinkSync(find("busybox"), join(bin, applet));
  }
  for (const program of more) symlinkSync(find(program), join(bin, program));
  const path = name === "busybox" ? bin : [bin, process.env.PATH ?? ""].join(delimiter);
  return {
    name,
    folder,
    bin,
    run: async (script, args = [], env = {}) => {
      const home = existsSync(join(scripts, script)) ? scripts : backupScripts;
      const done = await execa(name === "busybox" ? join(bin, "sh") : "sh", [join(home, script), ...args], {
        env: { PATH: path, SCRIPTS: home, ...env },
        extendEnv: false,
        reject: false,
        stdin: "ignore",
        all: true,
      });
      const { exitCode = -1, stdout, stderr, all } = done;
      return { exitCode, stdout, stderr, all };
    },
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
