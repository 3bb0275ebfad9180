/** The two ways to cert-manager. */
import * as certManagerPackage from "@pulumi/kubernetes-cert-manager";
import type * as pulumi from "@pulumi/pulumi";

import { charts } from "../../../versions.ts";
import type { ChartInstaller } from "../charts/installer.ts";
import type { PlatformSite } from "../site.ts";
import { type CertManagerWay, certManagerValues } from "./values.ts";

const release = "cert-manager";
const namespace = "cert-manager";

export interface CertManagerRequest {
  readonly way: CertManagerWay;
  readonly install: ChartInstaller;
  readonly site: PlatformSite;
}

/** Installs cert-manager without its definitions, from the same archive and with the same values either way. */
export function certManager(
  name: string,
  { way, install, site }: CertManagerRequest,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  const values = certManagerValues(site);
  if (way === "chart")
    return install.chart(name, { chart: "cert-manager", release, namespace, values }, opts);
  // Everything by way of Helm's options: of the package's own 33 arguments, five are refused by the chart's schema, and
  // definitions, network policies and disruption budgets have none (version 0.2.0).
  return new certManagerPackage.CertManager(
    name,
    {
      helmOptions: {
        name: release,
        namespace,
        chart: install.archive("cert-manager"),
        version: charts["cert-manager"].version,
        values: values,
        skipCrds: true,
        maxHistory: 2,
      },
    },
    opts,
  );
}
