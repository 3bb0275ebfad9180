import { readFileSync, readdirSync } from "node:fs";

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaces } from "../names.ts";
import { Api, type ApiArgs } from "./api.ts";
import { Backup, type BackupArgs } from "./backup.ts";
import { FullNodes } from "./fullNodes.ts";
import type { ChainArgs, NodeSetArgs } from "./nodeSet.ts";
import { objectNames } from "./objects.ts";
import type { ReservationRecord } from "./reservations.ts";
import { ChainSecrets } from "./secrets.ts";
import { Sentries } from "./sentries.ts";
import { Validators } from "./validators.ts";

export interface PawChainArgs {
  readonly chain: Omit<ChainArgs, "scripts">;
  readonly sizes: { readonly validator: NodeSetArgs["size"]; readonly fullNode: NodeSetArgs["size"] };
  /** The most full nodes that the autoscaler makes. */
  readonly maxFullNodes: number;
  readonly reserved: readonly ReservationRecord[];
  readonly externalAddresses?: NodeSetArgs["externalAddresses"];
  /** Where Secrets come from: already in the cluster (`paw validators init`), or Vault. */
  readonly secrets: "cluster" | "vault";
  readonly api: Omit<ApiArgs, "nodePort">;
  readonly backup: Pick<BackupArgs, "image" | "schedule" | "snapshotClass">;
  /** `local` alone: node ports instead of load balancers. */
  readonly nodePorts: boolean;
}

/** The validator network: validators, sentries, full nodes, API layer, backups (spec A11 to A16, A21). */
export class PawChain extends pulumi.ComponentResource {
  constructor(name: string, args: PawChainArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:PawChain", name, {}, opts);
    const scripts = nodeScripts();
    const chain: ChainArgs = { ...args.chain, scripts };
    const { nodePorts, sizes } = args;

    const scriptMap = new k8s.core.v1.ConfigMap(
      `${name}-scripts`,
      {
        metadata: {
          name: objectNames.scripts,
          namespace: namespaces.paw,
          labels: commonLabels("paw", "scripts"),
        },
        data: scripts,
      },
      { parent: this },
    );
    const secrets =
      args.secrets === "vault"
        ? [
            new ChainSecrets(
              `${name}-secrets`,
              { refreshInterval: "1h", remoteSigner: chain.settings.remoteSigner },
              { parent: this },
            ),
          ]
        : [];
    const inside = { parent: this, dependsOn: [scriptMap, ...secrets] };
    new Validators(`${name}-validators`, { chain, size: sizes.validator, reserved: args.reserved }, inside);
    new Sentries(
      `${name}-sentries`,
      {
        chain,
        size: sizes.fullNode,
        externalAddresses: args.externalAddresses,
        exposure: nodePorts ? "nodePort" : "loadBalancer",
      },
      inside,
    );
    const fullNodes = new FullNodes(
      `${name}-full-nodes`,
      { chain, size: sizes.fullNode, maxReplicas: args.maxFullNodes, nodePorts },
      inside,
    );
    // Its proxy looks the Service up when it starts, and ends where there is none yet.
    const behind = { ...inside, dependsOn: [...inside.dependsOn, fullNodes.service] };
    new Api(`${name}-api`, { ...args.api, nodePort: nodePorts }, behind);
    new Backup(`${name}-backup`, { ...args.backup, chain, size: sizes.fullNode }, inside);
    this.registerOutputs();
  }
}

/** The scripts in `scripts/`, by file name. */
export function nodeScripts(): Record<string, string> {
  const folder = new URL("scripts/", import.meta.url);
  const files = readdirSync(folder).filter((file) => /\.(sh|awk)$/.test(file));
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(new URL(file, folder), "utf8")]));
}
