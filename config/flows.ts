/** Who may talk to whom on a stack's cluster: the flow table for what its file says. */
import { type Flow, flowTable } from "../components/security/flows.ts";
import type { PawConfig } from "../config.ts";
import { verifiesImages } from "./platform.ts";

/** The rows that hold for a stack. */
export function flowsOf(config: PawConfig): readonly Flow[] {
  return flowTable({
    apiServer: config.cluster.apiServer,
    remoteSigner: config.chain.remoteSigner,
    snapshots: config.backup.snapshotClass !== undefined,
    genesisFromOutside: config.chain.genesisUrl !== undefined,
    platform: config.charts.source !== "crds",
    verifiesImages: verifiesImages(config),
    vaultSnapshots: config.platform.vaultSeal !== undefined,
    nodePorts: config.environment === "local",
  });
}
