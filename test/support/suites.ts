/** `paw test` as typed in a clone, and what stands behind the pods that it looks at. */
import { expect } from "chai";

import { addressOf, nodes } from "./chain.ts";
import type { System } from "./monitoring/system.ts";
import type { KubernetesObject } from "./rendered.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Behind } from "./simulatedPods.ts";

interface Result {
  readonly id: string;
  readonly verdict: string;
  readonly found: string;
  readonly notEvaluated?: string;
  readonly faults: readonly { readonly found: string; readonly next: string }[];
}

export interface Ran {
  readonly exitCode: number;
  readonly all: string;
  readonly results: readonly Result[];
}

/** Runs a suite and reads its JSON. */
export async function runSuite(sandbox: Sandbox, name: string, args: readonly string[]): Promise<Ran> {
  const { exitCode, all, stdout } = await sandbox.run("npx", ["paw", "test", name, "--json", ...args]);
  expect(stdout, all).to.match(/^\{/);
  return { exitCode, all, results: (JSON.parse(stdout) as { results: Result[] }).results };
}

/** Verdicts by the checks' ids. */
export function verdicts({ results }: Ran): Record<string, string> {
  return Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));
}

/** Ids of the checks that failed. */
export function failed({ results }: Ran): string[] {
  return results.filter(({ verdict }) => verdict === "failed").map(({ id }) => id);
}

/** What all checks found to be wrong, a line each. */
export function faults({ results }: Ran): string {
  return results.flatMap((each) => each.faults.map(({ found }) => found)).join("\n");
}

/** Where the port-forwards into all simulated pods end. */
export async function behindAll({ sandbox, bizra }: System): Promise<Behind[]> {
  const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("pods", "-n", "paw");
  const proxies = items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("paw-api-"));
  const at = (address: string, ...ports: number[]): Record<number, string> =>
    Object.fromEntries(ports.map((port) => [port, `${address}:${port}`]));
  return [
    ...nodes.map((pod) => ({ namespace: "paw", pod, ports: at(addressOf(pod), 26657, 36661) })),
    ...proxies.map((pod) => ({ namespace: "paw", pod, ports: at(addressOf("paw-api"), 1317) })),
    ...[...bizra].map(([pod, { plan }]) => ({ namespace: "testnet", pod, ports: at(plan.address, 8080) })),
  ];
}
