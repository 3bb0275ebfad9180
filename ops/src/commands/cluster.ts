import { type ClusterKind, clusterDown, clusterList, clusterStop, clusterUp } from "../cluster/index.ts";
import { forgetCluster } from "../stack.ts";
import { table } from "../table.ts";
import { enterEnvironment, openSession } from "./session.ts";

/** `paw cluster up`. */
export async function up(options: { readonly name: string; readonly kind: ClusterKind }): Promise<void> {
  const { progress, toolchain } = await openSession();
  const cluster = await clusterUp(options, toolchain, progress.note);
  process.stdout.write(
    `${cluster.kind} cluster "${cluster.name}" is ready at ${cluster.server ?? "?"} (${progress.seconds.toFixed(1)} s)\n`,
  );
}

/** `paw cluster stop`. */
export async function stop(options: { readonly name: string }): Promise<void> {
  const { progress, toolchain } = await openSession();
  await clusterStop(options.name, toolchain, progress.note);
  process.stdout.write(
    `cluster "${options.name}" is stopped; its data is kept for the next "paw cluster up"\n`,
  );
}

/** `paw cluster down`. */
export async function down(options: { readonly name: string }): Promise<void> {
  const session = await openSession();
  const { progress, toolchain } = session;
  const known = (await clusterList(toolchain)).find((cluster) => cluster.name === options.name);
  if (known?.uid !== undefined) {
    await enterEnvironment(session);
    await forgetCluster(known.uid, progress.note);
  }
  await clusterDown(options.name, toolchain, progress.note);
  process.stdout.write(`cluster "${options.name}" is gone\n`);
}

/** `paw cluster status`: all clusters of this checkout. */
export async function status(options: { readonly json: boolean }): Promise<void> {
  const { toolchain } = await openSession();
  const clusters = await clusterList(toolchain);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(clusters, null, 2)}\n`);
    return;
  }
  if (clusters.length === 0) {
    process.stdout.write("no cluster; make one with: npx paw cluster up\n");
    return;
  }
  const rows = clusters.map(({ name, kind, state, server, kubeconfig }) => [
    name,
    kind,
    state,
    server ?? "",
    kubeconfig,
  ]);
  process.stdout.write(table([["NAME", "KIND", "STATE", "SERVER", "KUBECONFIG"], ...rows]));
}
