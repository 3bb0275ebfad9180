import { clusterDown, clusterList, clusterUp, defaultCluster } from "../cluster/index.ts";
import { UserError } from "../errors.ts";
import { previewCluster } from "../project.ts";
import { policiesOf } from "../policy/packs.ts";
import { deploy, deployWasKilled, openStack, remove, settle } from "../stack.ts";
import { enterEnvironment, localCluster, openSession, withLocalStack } from "./session.ts";

/**
 * `paw destroy`: deletes the `local` stack's resources, then the cluster that `paw up` made for it and that of previews.
 *
 * A stopped cluster is started first: only a cluster that answers can be cleaned, and the next `up` must not find the
 * state of one that is gone.
 */
export async function destroy(options: { readonly keepCluster: boolean }): Promise<void> {
  const session = await openSession();
  const { progress, toolchain } = session;
  await withLocalStack(progress, async () => {
    const known = (await clusterList(toolchain)).find((cluster) => cluster.name === defaultCluster);
    await enterEnvironment(session);
    progress.step("Stack local");
    const stack = await openStack("local", progress.note);
    const { deployment } = (await stack.exportStack()) as { deployment?: { resources?: unknown[] } };
    const resources = deployment?.resources?.length ?? 0;
    const killed = options.keepCluster && known !== undefined && deployWasKilled();
    if (resources === 0 && !killed) {
      progress.note("nothing to delete");
    } else if (!known) {
      throw new UserError(
        `The local stack remembers ${resources} resources, and the cluster that held them is gone.`,
        [
          'Make it forget them: eval "$(npx paw env)" && pulumi stack rm local --force --preserve-config --yes',
        ],
      );
    } else {
      const write = (text: string): unknown => process.stderr.write(text);
      await clusterUp(known, toolchain, progress.note);
      await settle(stack, localCluster(), progress.note);
      if (killed) {
        progress.step("Deployment: the last one was killed, and what it made has to be known to be deleted");
        await deploy(stack, { policies: policiesOf("local"), write });
      }
      progress.step("Deletion");
      await remove(stack, write);
    }
    if (options.keepCluster) return;
    progress.step("Cluster");
    for (const name of [defaultCluster, previewCluster.name])
      await clusterDown(name, toolchain, progress.note);
    progress.note("removed");
  });
}
