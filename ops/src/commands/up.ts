import pc from "picocolors";

import { type ClusterKind, clusterUp, defaultCluster } from "../cluster/index.ts";
import { placedPods } from "../cluster/live/placed.ts";
import { simulatedBizra } from "../../../config/bizra.ts";
import { findCharts } from "../../../config/charts.ts";
import { policiesOf } from "../policy/packs.ts";
import { deploy, openStack, settle } from "../stack.ts";
import { readStack } from "../stackFile.ts";
import { enterEnvironment, localCluster, openSession, withLocalStack } from "./session.ts";
import { ensureLocalNetwork } from "./validators.ts";

/** `paw up`: toolchain, cluster, then `pulumi up` of the `local` stack. Safe to run again at any time. */
export async function up(options: { readonly kind: ClusterKind }): Promise<void> {
  const session = await openSession();
  const { progress, toolchain } = session;
  await withLocalStack(progress, async () => {
    // A wrong stack file, or a chart that cannot be had, is known before there is a cluster with keys in it.
    const config = readStack("local");
    await findCharts(config);

    progress.step("Cluster");
    const cluster = await clusterUp({ name: defaultCluster, kind: options.kind }, toolchain, progress.note);
    progress.note(
      `${cluster.kind} cluster "${cluster.name}" is ready at ${cluster.server ?? "an unknown address"}`,
    );

    await enterEnvironment(session);
    await ensureLocalNetwork(progress.note);

    progress.step("Stack local");
    const stack = await openStack("local", progress.note);
    await settle(stack, localCluster(), progress.note);
    progress.step("Deployment");
    const changes = await deploy(stack, {
      policies: policiesOf("local"),
      write: (text) => process.stderr.write(text),
    });
    const simulated = simulatedBizra(config);
    const { kind } = cluster;
    const placed = kind === "live" ? await placedPods(localCluster()) : [];
    process.stdout.write(summary({ changes, kind, seconds: progress.seconds, simulated, placed }));
  });
}

interface Result {
  readonly changes: Readonly<Record<string, number | undefined>>;
  readonly kind: ClusterKind;
  readonly seconds: number;
  /** What is simulated on any kind of cluster. */
  readonly simulated: readonly string[];
  /** On a live cluster, which pods run and which do not. */
  readonly placed: readonly string[];
}

/** What was done, where to look, what next. */
function summary({ changes, kind, seconds, simulated, placed }: Result): string {
  const { same = 0, ...changed } = changes;
  const total = Object.values(changed).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const detail = Object.entries(changed).map(([operation, count]) => `${count ?? 0} ${operation}`);
  const lines = [
    "",
    pc.bold(
      `The local stack is up after ${seconds.toFixed(0)} s: ${total} changes${total > 0 ? ` (${detail.join(", ")})` : ""}, ${same} unchanged.`,
    ),
    ...(kind === "embedded"
      ? [
          "Simulated: nodes, pods and volumes. Proven: schemas, admission, quotas, roles, controllers of a real API server.",
        ]
      : []),
    ...placed,
    ...simulated.map((what) => `Simulated: ${what}.`),
    "",
    'Work with it:   eval "$(npx paw env)"      (then kubectl and pulumi work as typed)',
    "Look:           kubectl get pods -n paw; kubectl get pods -n testnet",
    "Next:           pulumi preview --stack production --policy-pack policy/both",
    "Remove it all:  npx paw destroy",
    "",
  ];
  return lines.join("\n");
}
