import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../names.ts";

export interface ChainStorageArgs {
  /** CSI driver's name, as in `StorageClass.provisioner`. */
  readonly provisioner: string;
  /** The driver's own parameters, such as type and encryption. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Name of the class that chain data is claimed from. */
export const chainStorageClass = "paw-chain";

/** The StorageClass of chain data: kept when a claim goes, bound where the pod runs, free to grow (spec A1, A1b). */
export class ChainStorage extends pulumi.ComponentResource {
  constructor(name: string, args: ChainStorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:ChainStorage", name, {}, opts);
    new k8s.storage.v1.StorageClass(
      `${name}-class`,
      {
        metadata: { name: chainStorageClass, labels: commonLabels("paw", "storage") },
        provisioner: args.provisioner,
        parameters: { ...args.parameters },
        allowVolumeExpansion: true,
        reclaimPolicy: "Retain",
        volumeBindingMode: "WaitForFirstConsumer",
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
