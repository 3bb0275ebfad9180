/** From the configuration's words to the platform's. */
import { readFileSync } from "node:fs";

import type { ChartSite } from "../components/platform/charts/installer.ts";
import type { PlatformArgs } from "../components/platform/platform.ts";
import type { Flow } from "../components/security/flows.ts";
import type { PartNamespaces } from "../components/security/networkPolicies.ts";
import { vaultAddress } from "../components/platform/vault/values.ts";
import { namespaces } from "../components/names.ts";
import { objectNames } from "../components/chain/objects.ts";
import type { PawConfig } from "../config.ts";
import { imageVerification } from "./admission.ts";
import { alertingValues } from "./alerting.ts";

/** Where both systems live. */
export function partNamespaces({ bizra }: PawConfig): PartNamespaces {
  return { paw: namespaces.paw, bizra: bizra.namespace };
}

/** Whether images are verified at admission, which takes a chart. */
export function verifiesImages({ admission, charts }: PawConfig): boolean {
  return admission.images !== undefined && charts.source !== "crds";
}

/** Arguments of the platform, whose archives were found before. */
export function platformArgs(config: PawConfig, charts: ChartSite, flows: readonly Flow[]): PlatformArgs {
  const { platform, resources, api } = config;
  const local = config.environment === "local";
  return {
    charts,
    flows,
    namespaces: partNamespaces(config),
    site: {
      highlyAvailable: !local,
      nodePorts: local,
      sizes: resources,
      retention: { metrics: platform.metricsRetention, logs: platform.logsRetention },
    },
    certificates: {
      acmeEmail: platform.acmeEmail,
      ingressClass: api.ingressClass,
      vaultTls: platform.vaultSeal !== undefined,
      apiTls:
        config.secrets.source === "cluster"
          ? { namespace: namespaces.paw, secret: objectNames.tls, host: api.host }
          : undefined,
      mesh: {
        issuer: config.mesh.issuer,
        anchors: config.meshAnchors,
        vault: vaultAddress(platform.vaultSeal !== undefined),
      },
    },
    images: imageVerification(config),
    rollouts: { route: config.bizra.canary?.route, gatewayPlugin: config.images.gatewayPlugin },
    certManager: config.certManager.install,
    vaultSeal: platform.vaultSeal,
    vaultSnapshots: {
      schedule: config.vault.snapshotSchedule,
      images: { curl: config.images.curl, restic: config.images.restic },
    },
    logStore: platform.logStore,
    logAgent: readFileSync(
      new URL("../components/platform/monitoring/config.alloy", import.meta.url),
      "utf8",
    ),
    alerting: alertingValues(config),
    protect: config.environment === "production",
  };
}
