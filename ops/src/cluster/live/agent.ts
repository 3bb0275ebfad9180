/**
 * What a live cluster needs beside Kubernetes' own parts, as one process inside its namespaces: the way from the host's
 * loopback to the API server, and volumes.
 *
 * usage: agent.ts KUBECONFIG FOLDER; file 3 is a socket that listens on the host's loopback.
 */
import { CoreV1Api, KubeConfig, StorageV1Api } from "@kubernetes/client-node";

import { firstLine } from "../../errors.ts";
import { forward } from "./forward.ts";
import { LiveVolumes } from "./volumes.ts";

/** Milliseconds between two looks at the cluster's claims. */
const pause = 500;

const [kubeconfigFile = "", folder = ""] = process.argv.slice(2);
forward({ socket: 3, host: "127.0.0.1", port: 6443 });

let said = "";
for (;;) {
  try {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(kubeconfigFile);
    const core = kubeconfig.makeApiClient(CoreV1Api);
    const volumes = new LiveVolumes({ core, storage: kubeconfig.makeApiClient(StorageV1Api), folder });
    for (;;) {
      await volumes.look();
      await sleep();
    }
  } catch (error) {
    // The API server is not there yet, or for a moment; each reason once.
    const reason = firstLine(error);
    if (reason !== said) process.stderr.write(`volumes: ${reason}\n`);
    said = reason;
    await sleep();
  }
}

function sleep(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pause));
}
