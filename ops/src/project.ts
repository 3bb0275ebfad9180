/** Where the project is, and where it keeps what git ignores. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Everything that running makes inside the checkout: Pulumi state, clusters, locks. */
export const pawFolder = join(projectRoot, ".paw");

/** Name of the kubeconfig context of every cluster that `paw` makes, so that stack files can name it. */
export const localContext = "paw-local";

/** Environment of the `local` stack and of previews; the names are the stack files'. */
export const stackNames = ["local", "staging", "production"] as const;
export type StackName = (typeof stackNames)[number];
