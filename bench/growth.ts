/** How cost grows: with validators, and with objects that policies judge. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Sandbox } from "../test/support/sandbox.ts";
import { rest } from "./local.ts";
import { type Sample, figuresOf, measured } from "./measured.ts";
import { seconds, table, timing, timingHead, writePart } from "./page.ts";

const validators = [1, 4, 10, 100] as const;
const objects = [100, 1_000, 10_000] as const;

interface Deployed {
  /** Validators. */
  readonly count: number;
  /** Resources that the first run made. */
  readonly made: number;
  /** Seconds. */
  readonly first: number;
  readonly again: number;
  readonly megabytes: number | undefined;
}

/** Measures, and writes the part "growth" of the page. */
export async function growth(): Promise<void> {
  const sandbox = await Sandbox.create();
  const place = { cwd: sandbox.folder, env: {} };
  const run = (...command: readonly string[]): Promise<Sample> => measured(command, place);
  const rows: Deployed[] = [];
  for (const count of validators) {
    // Fewer than four survive no loss; the program warns, and that is all right here.
    const change = (text: string): string => text.replace("validators: 4", `validators: ${count} # changed`);
    await sandbox.withChange("Pulumi.local.yaml", change, async () => {
      await run("npx", "paw", "cluster", "up");
      const first = await run("npx", "paw", "up");
      await rest();
      const again = await run("npx", "paw", "up");
      const made = Number(/\((\d+) create\)/.exec(first.output)?.[1] ?? NaN);
      rows.push({ count, made, first: first.seconds, again: again.seconds, megabytes: first.megabytes });
      await run("npx", "paw", "destroy");
    });
  }
  const cost = (count: number): number => {
    const row = rows.find((each) => each.count === count);
    return row === undefined ? NaN : row.first / row.made;
  };
  const judged = [];
  for (const count of objects) judged.push({ count, figures: await judge(count, sandbox) });
  await writePart("growth", [
    ...table([
      ["validators", "resources", "first `paw up`", "a resource of it", "again", "most memory"],
      ...rows.map(({ count, made, first, again, megabytes }) => [
        ...[
          String(count),
          String(made),
          seconds(first),
          `${((first / made) * 1000).toFixed(0)} ms`,
          seconds(again),
        ],
        megabytes === undefined ? "not evaluated" : `${megabytes.toFixed(0)} MB`,
      ]),
    ]),
    "",
    `A resource of 100 validators costs ${(cost(100) / cost(4)).toFixed(2)} times what one of 4 costs (at most 1.2 wanted).`,
    "",
    ...table([
      ["objects for `paw policy check FILE`", ...timingHead],
      ...judged.map(({ count, figures }) => [count.toLocaleString("en"), ...timing(figures)]),
    ]),
  ]);
  await Sandbox.disposeAll();
}

/** The packs over a file of Deployments, each with its ServiceAccount, Service and PodDisruptionBudget, in 20 namespaces. */
async function judge(count: number, sandbox: Sandbox): Promise<ReturnType<typeof figuresOf>> {
  const folder = mkdtempSync(join(tmpdir(), "paw-bench-"));
  const file = join(folder, "objects.json");
  const items = Array.from({ length: count / 4 }, (_, index) => application(index)).flat();
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const samples: Sample[] = [];
  for (let run = 0; run < 3; run += 1) {
    const command = ["npx", "paw", "policy", "check", file, "--output", join(folder, "out")];
    samples.push(await measured(command, { cwd: sandbox.folder, env: {}, mayFail: true }));
  }
  rmSync(folder, { recursive: true });
  return figuresOf(samples);
}

function application(index: number): object[] {
  const metadata = { name: `app-${index}`, namespace: `ns-${index % 20}` };
  const labels = { app: metadata.name };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  const container = {
    ...{
      name: "main",
      image: `registry.example.com/app:${index}`,
      ports: [{ name: "http", containerPort: 8080 }],
    },
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "1", memory: "64Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const template = {
    metadata: { labels },
    spec: { serviceAccountName: metadata.name, securityContext, containers: [container] },
  };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ port: 80, targetPort: "http" }] },
    },
    {
      ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
  ];
}
