/** Writes a record while a deployment goes on. */
import { hostname, userInfo } from "node:os";

import { execa } from "execa";

import { projectRoot } from "../project.ts";
import { type Result, allHold } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import type { DeploymentRecord, Look, Outcome, Step } from "./record.ts";

export class Recorder {
  readonly target: Target;
  private readonly command: DeploymentRecord["command"];
  private readonly components: readonly string[];
  private readonly begun = new Date();
  private readonly steps: Step[] = [];
  private readonly looks: Look[] = [];
  private changes: Readonly<Record<string, number>> = {};
  private checks: DeploymentRecord["checks"] = [];
  private minutes = 0;
  private before: DeploymentRecord["before"] = { deployed: "", revisions: [] };

  constructor(
    target: Target,
    about: { readonly command: DeploymentRecord["command"]; readonly components: readonly string[] },
  ) {
    this.target = target;
    this.command = about.command;
    this.components = about.components;
  }

  /** Something that happened now. */
  step(what: string): void {
    this.steps.push({ at: new Date().toISOString(), what });
  }

  /** What is there before anything is changed. */
  foundBefore(before: DeploymentRecord["before"]): void {
    this.before = before;
  }

  changed(changes: Readonly<Record<string, number>>): void {
    this.changes = changes;
  }

  checked(results: readonly Result[]): void {
    this.checks = results.map(({ id, title, verdict, found, faults }) => ({
      id,
      title,
      verdict,
      found,
      faults,
    }));
  }

  /** One look of the watch. */
  looked(results: readonly Result[]): void {
    this.checked(results);
    const failed = allHold(results)
      ? []
      : results
          .filter((result) => !allHold([result]))
          .map(({ title, faults, notEvaluated }) => `${title}: ${faults[0]?.found ?? notEvaluated ?? ""}`);
    this.looks.push({ at: new Date().toISOString(), failed });
  }

  watched(minutes: number): void {
    this.minutes = minutes;
  }

  /** The whole record. */
  async finish(outcome: Outcome, reason?: string): Promise<DeploymentRecord> {
    const { stack, context, config } = this.target;
    return {
      id: `${this.begun.toISOString().slice(0, 19).replace(/[-:]/g, "").toLowerCase()}z-${this.command}`,
      command: this.command,
      stack,
      context,
      by: `${userInfo().username}@${hostname()}`,
      program: await programNow(),
      before: this.before,
      components: this.components,
      versions: {
        "chain image": config.chain.image,
        "bizra image": config.bizra.image,
        charts: config.charts.source,
      },
      begun: this.begun.toISOString(),
      ended: new Date().toISOString(),
      outcome,
      ...(reason === undefined ? {} : { reason }),
      steps: this.steps,
      changes: this.changes,
      checks: this.checks,
      watch: { minutes: this.minutes, looks: this.looks },
    };
  }
}

async function programNow(): Promise<DeploymentRecord["program"]> {
  const git = async (args: readonly string[]): Promise<string> =>
    (await execa("git", args, { cwd: projectRoot, reject: false })).stdout;
  return { commit: await git(["rev-parse", "HEAD"]), dirty: (await git(["status", "--porcelain"])) !== "" };
}
