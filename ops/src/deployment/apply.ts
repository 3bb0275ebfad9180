/** `pulumi up` with the policies, as the verbs need it: on the local stack with its safety, elsewhere with the team's own backend. */
import { delimiter } from "node:path";

import { execa } from "execa";

import { enterEnvironment, localCluster, withLocalStack, type Session } from "../commands/session.ts";
import { UserError } from "../errors.ts";
import { policiesOf } from "../policy/packs.ts";
import { type StackName, projectRoot } from "../project.ts";
import { temporaryFolder, withScratch } from "../scratch.ts";
import { deploy, openStack, settle } from "../stack.ts";
import { type ComponentName, targetArguments } from "./components.ts";

export interface ApplyRequest {
  readonly stack: StackName;
  /** Nothing stands for all. */
  readonly components: readonly ComponentName[];
  /** Whether Pulumi need not ask. */
  readonly yes: boolean;
  /** Where the program is: this checkout by default. */
  readonly folder?: string;
  /** Whether the cluster is read first, so that what was changed there is put back. */
  readonly refresh?: boolean;
}

/**
 * Puts the stack's environment into this process: the local one for `local`, and elsewhere what the user's shell has,
 * with the project's own tools on the PATH.
 */
export async function enterStack(session: Session, stack: StackName): Promise<void> {
  if (stack === "local") await enterEnvironment(session);
  else process.env.PATH = [session.toolchain.binDir, process.env.PATH ?? ""].join(delimiter);
}

/**
 * Applies a stack, and ends when all of it is ready.
 *
 * @returns how many resources changed in which way.
 * @throws UserError when it did not succeed.
 */
export async function apply(session: Session, request: ApplyRequest): Promise<Record<string, number>> {
  const { stack, components, folder = projectRoot, refresh = false } = request;
  const targets = targetArguments(stack, components);
  if (stack === "local") {
    return withLocalStack(session.progress, async () => {
      const opened = await openStack(stack, session.progress.note);
      await settle(opened, localCluster(), session.progress.note);
      const write = (text: string): unknown => process.stderr.write(text);
      const changes = await deploy(opened, {
        policies: policiesOf(stack, folder),
        write,
        targets,
        folder,
        refresh,
      });
      return { ...changes };
    });
  }
  if (!request.yes && !process.stdin.isTTY) {
    throw new UserError("nobody is there to be asked, and --yes was not given; nothing was changed");
  }
  const { policyPack, policyPackConfig } = policiesOf(stack, folder);
  const judged = ["--policy-pack", policyPack, "--policy-pack-config", policyPackConfig];
  const asked = request.yes ? ["--yes", "--skip-preview"] : [];
  const reading = refresh ? ["--refresh"] : [];
  await upInherited(["up", "--stack", stack, ...asked, ...judged, ...targets, ...reading], folder);
  return changesOf(stack);
}

async function upInherited(args: readonly string[], cwd: string): Promise<void> {
  const { exitCode } = await withScratch("up", (scratch) =>
    execa("pulumi", args, {
      cwd,
      env: temporaryFolder(scratch),
      stdio: ["inherit", 2, 2],
      reject: false,
    }),
  );
  if (exitCode !== 0) {
    throw new UserError(
      `pulumi up did not succeed (exit code ${exitCode ?? "none"}); its own words are above.`,
    );
  }
}

/** What the last update of a stack changed. */
async function changesOf(stack: StackName): Promise<Record<string, number>> {
  const args = ["stack", "history", "--stack", stack, "--json", "--page-size", "1", "--non-interactive"];
  const { stdout } = await execa("pulumi", args, { cwd: projectRoot });
  const [last] = JSON.parse(stdout) as { resourceChanges?: Record<string, number> }[];
  return last?.resourceChanges ?? {};
}

/** How many resources a set of changes changed. */
export function countChanges(changes: Readonly<Record<string, number>>): number {
  return Object.entries(changes)
    .filter(([kind]) => kind !== "same")
    .reduce((sum, [, count]) => sum + count, 0);
}
