/** Where a verb on a stack finds its cluster. */
import { existsSync } from "node:fs";

import { KubeConfig } from "@kubernetes/client-node";

import { defaultCluster, kubeconfigOf } from "../cluster/index.ts";
import { UserError } from "../errors.ts";
import type { StackName } from "../project.ts";

/**
 * Reads what `kubectl` would read; for `local`, where KUBECONFIG is not set, the kubeconfig of the cluster that `paw up`
 * made.
 *
 * @throws UserError when a file is not there, or is no kubeconfig.
 */
export function readKubeconfig(stack: StackName): KubeConfig {
  const kubeconfig = new KubeConfig();
  const own = kubeconfigOf(defaultCluster);
  const { KUBECONFIG } = process.env;
  try {
    if (stack === "local" && KUBECONFIG === undefined && existsSync(own)) kubeconfig.loadFromFile(own);
    else kubeconfig.loadFromDefault();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`the kubeconfig cannot be read: ${reason}`, [
      KUBECONFIG === undefined ? "look at ~/.kube/config" : `KUBECONFIG is set to ${KUBECONFIG}`,
    ]);
  }
  return kubeconfig;
}
