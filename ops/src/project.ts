/** Where the project is, and where it keeps what git ignores. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Everything that running makes inside the checkout: Pulumi state, clusters, locks. */
export const pawFolder = join(projectRoot, ".paw");

/** Name of the kubeconfig context of every cluster that `paw` makes, so that stack files can name it. */
export const localContext = "paw-local";

/**
 * The cluster on which `staging` and `production` are previewed, and its context: it stays empty, since a preview asks
 * the API server what it would do, and where `local` is up it would answer for `local`'s objects of the same names.
 */
export const previewCluster = { name: "preview", context: "paw-preview" };

/** The context in the kubeconfig of a cluster that `paw` makes. */
export function contextOf(cluster: string): string {
  return cluster === previewCluster.name ? previewCluster.context : localContext;
}

/** Environment of the `local` stack and of previews; the names are the stack files'. */
export const stackNames = ["local", "staging", "production"] as const;
export type StackName = (typeof stackNames)[number];
