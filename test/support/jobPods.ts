/**
 * Plays the kubelet for Jobs of the chain's namespace: runs their stored pods as processes, and tells the API server how
 * they ended and what they printed. Nodes are cordoned meanwhile, so that nothing is simulated of them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import type { Chain } from "./chain.ts";
import type { RunningPod } from "./podRunner.ts";
import type { KubernetesObject } from "./rendered.ts";
import type { Outcome, Sandbox } from "./sandbox.ts";
import { putBehind } from "./simulatedPods.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- pods come from the API server as they are */

const namespace = "paw";

export interface Serving {
  /** Folders of claims, by name. */
  readonly claims: Readonly<Record<string, string>>;
  /** Looks on while a pod runs, and may end it. */
  readonly during?: (pod: RunningPod, job: string) => Promise<void>;
}

export class JobPods {
  private readonly sandbox: Sandbox;
  private readonly chain: Chain;
  private readonly seen = new Set<string>();
  /** What ran, by the name of its Job. */
  readonly ran = new Map<string, RunningPod>();

  constructor(sandbox: Sandbox, chain: Chain) {
    this.sandbox = sandbox;
    this.chain = chain;
  }

  /** Keeps new pods from being simulated. */
  async cordon(on: boolean): Promise<void> {
    const { stdout } = await this.sandbox.ok("kubectl", ["get", "nodes", "-o", "name"]);
    const verb = on ? "cordon" : "uncordon";
    for (const node of stdout.split("\n")) await this.sandbox.ok("kubectl", [verb, node]);
  }

  /** Runs a command as typed, and every pod of every Job that it makes. */
  async while(args: readonly string[], serving: Serving): Promise<Outcome> {
    const state = { ended: false };
    const command = this.sandbox.run("npx", ["paw", ...args]).finally(() => (state.ended = true));
    while (!state.ended) {
      const { items } = await this.sandbox.stored<{ items: any[] }>(
        "pods",
        "-n",
        namespace,
        "-l",
        "batch.kubernetes.io/job-name",
      );
      for (const pod of items) {
        const { name } = pod.metadata;
        if (pod.spec.nodeName !== undefined || this.seen.has(name as string)) continue;
        this.seen.add(name as string);
        await this.serve(pod, serving);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return command;
  }

  private async serve(stored: any, { claims, during }: Serving): Promise<void> {
    const { name, labels } = stored.metadata;
    const job = labels["batch.kubernetes.io/job-name"] as string;
    const pod = await this.chain.start(
      this.chain.planOf(name as string, stored as KubernetesObject, { claims }),
    );
    this.ran.set(job, pod);
    const main = stored.spec.containers[0].name as string;
    const failed = pod.inits.find(({ exitCode }) => exitCode !== 0);
    if (failed === undefined) await during?.(pod, job);
    const code = failed === undefined ? await pod.end(main) : -1;
    await this.report(stored, {
      codes: new Map([...pod.inits.map((init) => [init.name, init.exitCode] as const), [main, code]]),
      failed: failed !== undefined || code !== 0,
      output: failed?.output ?? pod.output(main),
    });
  }

  /** The status that a kubelet would write, the log that it would keep, and the machine that the pod was on. */
  private async report(
    stored: any,
    ended: { readonly codes: ReadonlyMap<string, number>; readonly failed: boolean; readonly output: string },
  ): Promise<void> {
    const name = stored.metadata.name as string;
    const now = new Date().toISOString();
    const logsFile = join(this.chain.folder, `${name}.log`);
    const lines = ended.output.replaceAll("\r", "").replace(/\n$/, "").split("\n");
    writeFileSync(logsFile, lines.map((line) => `${now} stdout F ${line}\n`).join(""));
    await putBehind(this.sandbox, [{ namespace, pod: name, logsFile }]);
    const statuses = (containers: any[] | undefined): object[] =>
      (containers ?? []).map((container) => ({
        name: container.name,
        image: container.image,
        imageID: "",
        ready: false,
        restartCount: 0,
        state: {
          terminated: {
            exitCode: ended.codes.get(container.name as string) ?? 0,
            startedAt: now,
            finishedAt: now,
          },
        },
      }));
    const status = {
      phase: ended.failed ? "Failed" : "Succeeded",
      // kwok begins what has no address.
      podIP: "10.99.0.9",
      podIPs: [{ ip: "10.99.0.9" }],
      initContainerStatuses: statuses(stored.spec.initContainers as any[] | undefined),
      containerStatuses: statuses(stored.spec.containers as any[]),
    };
    await this.sandbox.ok("kubectl", [
      ...["patch", "pod", name, "-n", namespace, "--subresource", "status", "--type", "merge"],
      ...["-p", JSON.stringify({ status })],
    ]);
    const { stdout } = await this.sandbox.ok("kubectl", ["get", "nodes", "-o", "name"]);
    const target = { apiVersion: "v1", kind: "Node", name: stdout.split("\n")[0]?.replace("node/", "") };
    await execa(
      "kubectl",
      ["create", "--raw", `/api/v1/namespaces/${namespace}/pods/${name}/binding`, "-f", "-"],
      {
        env: { ...this.sandbox.variables },
        input: JSON.stringify({ apiVersion: "v1", kind: "Binding", metadata: { name, namespace }, target }),
      },
    );
  }
}
