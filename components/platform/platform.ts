import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Flow } from "../security/flows.ts";
import type { PartNamespaces } from "../security/networkPolicies.ts";
import type { ImageVerificationFacts } from "./admission/imagePolicies.ts";
import { ImageVerification, type ImageVerificationArgs } from "./admission/imageVerification.ts";
import { policyControllerNamespace } from "./admission/values.ts";
import { Certificates, type CertificatesArgs } from "./certManager/certificates.ts";
import { certManager } from "./certManager/install.ts";
import { type CertManagerWay, trustManagerValues } from "./certManager/values.ts";
import { ChartInstaller, type ChartRequest, type ChartSite } from "./charts/installer.ts";
import { PreviewedDefinitions } from "./charts/previewed.ts";
import { SecretStores } from "./externalSecrets/stores.ts";
import { externalSecretsValues } from "./externalSecrets/values.ts";
import { controlPlaneValues, cniValues, linkerdNamespaces, vizValues } from "./linkerd/values.ts";
import { GrafanaAdmin } from "./monitoring/grafanaAdmin.ts";
import { GrafanaSidecars } from "./monitoring/grafanaSidecars.ts";
import { type LogStore, lokiValues } from "./monitoring/lokiValues.ts";
import { type AlertingValues, alloyValues, prometheusStackValues } from "./monitoring/values.ts";
import { platformNamespaces } from "./namespaces.ts";
import { PlatformNamespace } from "./platformNamespace.ts";
import { type RolloutsSite, rolloutsValues } from "./rollouts/values.ts";
import type { PlatformSite } from "./site.ts";
import { platformTransforms } from "./transforms.ts";
import { VaultSnapshots, type VaultSnapshotsArgs } from "./vault/snapshots.ts";
import {
  type VaultSeal,
  devVaultValues,
  raftVaultValues,
  vaultAddress,
  vaultNamespace,
  vaultTls,
} from "./vault/values.ts";

export interface PlatformArgs {
  readonly site: PlatformSite;
  readonly charts: ChartSite;
  /** Where both systems live, so that network policies can point at them. */
  readonly namespaces: PartNamespaces;
  readonly flows: readonly Flow[];
  /** What images are held against; not verified where it is missing. */
  readonly images: ImageVerificationFacts | undefined;
  /** What Argo Rollouts weighs. */
  readonly rollouts: RolloutsSite;
  readonly certManager: CertManagerWay;
  readonly certificates: CertificatesArgs;
  /** Who unseals Vault; a throw-away server in memory where it is missing. */
  readonly vaultSeal: VaultSeal | undefined;
  /** When and by what snapshots of Vault are taken, where it keeps anything. */
  readonly vaultSnapshots: VaultSnapshotsArgs;
  /** Object store for logs; one process on its own disk where it is missing. */
  readonly logStore: LogStore | undefined;
  /** Configuration of the log agent. */
  readonly logAgent: string;
  /** Who is told of alerts. */
  readonly alerting: AlertingValues;
  /** Refuse to delete the namespaces. */
  readonly protect: boolean;
}

type After = readonly pulumi.Resource[];

/**
 * The platform's charts, in the order of what they really need: definitions; the charts, whose Deployments are waited
 * for; what their webhooks judge.
 */
export class Platform extends pulumi.ComponentResource {
  /** What has to be there before a workload's own custom resources can be. */
  public readonly ready: After;
  /** What has to be there before alerts and dashboards can be: the operator's webhook judges every rule. */
  public readonly monitoring: pulumi.Resource;

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "paw:platform:Platform",
      name,
      {},
      { ...opts, transforms: [...(opts?.transforms ?? []), ...platformTransforms(args.charts.embedded)] },
    );
    const { site } = args;
    const install = new ChartInstaller(args.charts);
    const chart = (request: ChartRequest, after: After): k8s.helm.v4.Chart =>
      install.chart(`${name}-${request.release}`, request, { parent: this, dependsOn: [...after] });

    const { missing } = args.charts;
    const previewed =
      missing.length > 0
        ? [new PreviewedDefinitions(`${name}-previewed`, { kinds: missing }, { parent: this })]
        : [];
    const namespaces = [...this.namespaces(name, args), ...previewed];
    const definitions = this.definitions(name, install, namespaces);
    const monitors = [definitions["prometheus-operator-crds"]];

    const issuing = certManager(
      `${name}-cert-manager`,
      { way: args.certManager, install, site },
      { parent: this, dependsOn: [...namespaces, ...monitors, definitions["cert-manager"]] },
    );
    const trustManager = chart(
      {
        chart: "trust-manager",
        release: "trust-manager",
        namespace: "cert-manager",
        values: trustManagerValues(site),
      },
      [issuing, definitions["trust-manager"]],
    );
    const certificates = new Certificates(`${name}-certificates`, args.certificates, {
      parent: this,
      dependsOn: [issuing, trustManager],
    });
    const mesh = this.mesh({ chart, site, definitions, namespaces, certificates });
    const sidecars = new GrafanaSidecars(`${name}-grafana`, {}, { parent: this, dependsOn: [...namespaces] });
    this.monitoring = this.monitors({ chart, args, after: [issuing, sidecars, ...monitors, ...namespaces] });
    const vault = args.vaultSeal ? raftVaultValues(site, args.vaultSeal) : devVaultValues(site);
    chart({ chart: "vault", release: "vault", namespace: "vault", values: vault }, [
      ...namespaces,
      ...monitors,
      ...certificates.vault,
    ]);
    const rollouts = { namespace: "argo-rollouts", values: rolloutsValues(site, args.rollouts) };
    chart({ chart: "argo-rollouts", release: "argo-rollouts", ...rollouts }, [
      ...namespaces,
      ...monitors,
      definitions["argo-rollouts"],
    ]);
    const stores = this.secrets(name, args, (request) =>
      chart(request, [...namespaces, ...monitors, definitions["external-secrets"]]),
    );
    this.snapshots(name, args, [...namespaces, stores]);
    const verified = args.images
      ? [this.images(name, { install, site, images: args.images }, [...namespaces, ...monitors])]
      : [];
    // A pod gets its proxy when it is made, and its image is verified then: both have to be there first.
    this.ready = [
      stores,
      mesh,
      ...verified,
      ...monitors,
      definitions["gateway-api"],
      definitions["argo-rollouts"],
    ];
    this.registerOutputs();
  }

  /** Verification of images at admission. */
  private images(name: string, args: ImageVerificationArgs, after: After): ImageVerification {
    return new ImageVerification(`${name}-images`, args, { parent: this, dependsOn: [...after] });
  }

  /** Snapshots of Vault, where it keeps anything. */
  private snapshots(name: string, { vaultSeal, vaultSnapshots }: PlatformArgs, after: After): void {
    if (vaultSeal === undefined) return;
    new VaultSnapshots(`${name}-vault-snapshots`, vaultSnapshots, { parent: this, dependsOn: [...after] });
  }

  /** External Secrets, and what comes through it. */
  private secrets(
    name: string,
    args: PlatformArgs,
    install: (request: ChartRequest) => k8s.helm.v4.Chart,
  ): SecretStores {
    const operator = install({
      chart: "external-secrets",
      release: "external-secrets",
      namespace: "external-secrets",
      values: externalSecretsValues(args.site),
    });
    const after = { parent: this, dependsOn: operator };
    new GrafanaAdmin(`${name}-grafana-admin`, {}, after);
    const tls = args.certificates.vaultTls;
    return new SecretStores(
      `${name}-stores`,
      {
        vault: vaultAddress(tls),
        ca: tls ? { namespace: vaultNamespace, secret: vaultTls } : undefined,
        logStore: args.logStore !== undefined,
        receivers: args.alerting.secret,
      },
      after,
    );
  }

  private namespaces(name: string, args: PlatformArgs): PlatformNamespace[] {
    const { namespaces, flows, protect, images } = args;
    const needed = platformNamespaces.filter(
      ({ namespace }) => images !== undefined || namespace !== policyControllerNamespace,
    );
    return needed.map(
      (each) =>
        new PlatformNamespace(
          `${name}-${each.namespace}`,
          { ...each, namespaces, flows, protect },
          { parent: this },
        ),
    );
  }

  private definitions(name: string, install: ChartInstaller, after: After) {
    const release = (
      chart: Parameters<ChartInstaller["definitions"]>[1]["chart"],
      namespace: string,
      values: object = {},
    ): k8s.helm.v3.Release =>
      install.definitions(
        `${name}-${chart}-definitions`,
        { chart, namespace, values: values as Record<string, unknown> },
        { parent: this, dependsOn: [...after] },
      );
    return {
      "prometheus-operator-crds": release("prometheus-operator-crds", "monitoring"),
      "gateway-api": release("gateway-api", linkerdNamespaces.control),
      "linkerd-crds": release("linkerd-crds", linkerdNamespaces.control, { installGatewayAPI: false }),
      "cert-manager": release("cert-manager", "cert-manager", { crds: { enabled: true, keep: false } }),
      "trust-manager": release("trust-manager", "cert-manager", { crds: { enabled: true, keep: false } }),
      "external-secrets": release("external-secrets", "external-secrets", { installCRDs: true }),
      "argo-rollouts": release("argo-rollouts", "argo-rollouts", { installCRDs: true, keepCRDs: false }),
    };
  }

  /** Linkerd; gives back its control plane. */
  private mesh(parts: {
    readonly chart: (request: ChartRequest, after: After) => k8s.helm.v4.Chart;
    readonly site: PlatformSite;
    readonly definitions: Readonly<
      Record<"linkerd-crds" | "gateway-api" | "prometheus-operator-crds", k8s.helm.v3.Release>
    >;
    readonly namespaces: After;
    readonly certificates: Certificates;
  }): k8s.helm.v4.Chart {
    const { chart, site, definitions, namespaces, certificates } = parts;
    const { control, cni, viz } = linkerdNamespaces;
    const plugin = chart(
      { chart: "linkerd2-cni", release: "linkerd2-cni", namespace: cni, values: cniValues() },
      [...namespaces],
    );
    const controlPlane = chart(
      {
        chart: "linkerd-control-plane",
        release: "linkerd-control-plane",
        namespace: control,
        values: controlPlaneValues(site),
      },
      [
        plugin,
        definitions["linkerd-crds"],
        definitions["gateway-api"],
        definitions["prometheus-operator-crds"],
        ...certificates.mesh,
      ],
    );
    chart({ chart: "linkerd-viz", release: "linkerd-viz", namespace: viz, values: vizValues(site) }, [
      controlPlane,
      ...certificates.views,
    ]);
    return controlPlane;
  }

  /** Prometheus, Loki and what belongs to them; gives back the chart with Prometheus' operator. */
  private monitors(parts: {
    readonly chart: (request: ChartRequest, after: After) => k8s.helm.v4.Chart;
    readonly args: PlatformArgs;
    readonly after: After;
  }): k8s.helm.v4.Chart {
    const { chart, args, after } = parts;
    const { site, logAgent, logStore } = args;
    const namespace = "monitoring";
    const stack = chart(
      {
        chart: "kube-prometheus-stack",
        release: "prometheus",
        namespace,
        values: prometheusStackValues(site, args.alerting),
      },
      after,
    );
    chart({ chart: "loki", release: "loki", namespace, values: lokiValues(site, logStore) }, after);
    chart({ chart: "alloy", release: "alloy", namespace, values: alloyValues(site, logAgent) }, after);
    return stack;
  }
}
