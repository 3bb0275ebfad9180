/** Who issues certificates inside the cluster, and the certificates that the platform's own servers need. */
import type k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import {
  controlPlaneWebhooks,
  issuerSecret,
  linkerdNamespaces,
  trustRoots,
  vizWebhooks,
} from "../linkerd/values.ts";
import { customResource } from "../customResource.ts";
import {
  type MeshIssuer,
  meshAuthority,
  meshIssuerName,
  meshLogin,
  vaultIssuer,
  vaultIssuerSpec,
} from "../vault/meshAuthority.ts";
import { vaultNamespace, vaultTls } from "../vault/values.ts";
import { TokenAccess } from "./tokenAccess.ts";

const apiVersion = "cert-manager.io/v1";
/** Namespace in which cert-manager looks for the Secrets of ClusterIssuers. */
const home = "cert-manager";
/** ClusterIssuers: one that signs itself, the cluster's own authority, the mesh's, and a public one. */
export const issuers = {
  selfSigned: "paw-self-signed",
  authority: "paw-authority",
  mesh: "linkerd-trust-anchor",
  public: "letsencrypt",
} as const;

const days = (count: number): string => `${count * 24}h`;
const ecdsa = { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" };

export interface CertificatesArgs {
  /** Address that the public authority writes to before a certificate ends; no public issuer without it. */
  readonly acmeEmail: string | undefined;
  /** Class of the Ingress that answers the authority's HTTP challenge. */
  readonly ingressClass: string | undefined;
  /** True where Vault serves TLS itself. */
  readonly vaultTls: boolean;
  /** A certificate for the API's Ingress from the cluster's own authority, where none comes from Vault. */
  readonly apiTls: { readonly namespace: string; readonly secret: string; readonly host: string } | undefined;
  /** Who signs the mesh's issuer. */
  readonly mesh: {
    readonly issuer: MeshIssuer;
    /** Certificates (PEM) that proxies trust beside cert-manager's anchor: the one in Vault, or the one before. */
    readonly anchors: string | undefined;
    /** Address of Vault. */
    readonly vault: string;
  };
}

/**
 * Issuers, the mesh's trust anchor and issuer, and the servers' certificates (spec A5, A6). Keys are drawn in the
 * cluster and renewed there: nothing of them is in the program or its state.
 */
export class Certificates extends pulumi.ComponentResource {
  /** What the mesh's control plane cannot start without. */
  public readonly mesh: readonly k8s.apiextensions.CustomResource[];
  /** What the mesh's views cannot start without. */
  public readonly views: readonly k8s.apiextensions.CustomResource[];
  /** What Vault cannot start without. */
  public readonly vault: readonly k8s.apiextensions.CustomResource[];

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:Certificates", name, {}, opts);
    const own = { parent: this };
    const issuer = (issuerName: string, spec: object, dependsOn: pulumi.Resource[] = []): pulumi.Resource =>
      customResource(
        `${name}-${issuerName}`,
        { apiVersion, kind: "ClusterIssuer", name: issuerName, spec, waitFor: "Ready" },
        { ...own, dependsOn },
      );
    const selfSigned = issuer(issuers.selfSigned, { selfSigned: {} });
    const authorityKey = this.certificate(name, rootCertificate(issuers.authority, days(3650), days(365)), [
      selfSigned,
    ]);
    const authority = issuer(issuers.authority, { ca: { secretName: issuers.authority } }, [authorityKey]);
    const { anchor, mesh } = this.meshSigner(name, args.mesh, { issuer, selfSigned, authority });
    if (args.acmeEmail !== undefined) issuer(issuers.public, acme(args.acmeEmail, args.ingressClass));

    const bundle = customResource(`${name}-trust-roots`, trustBundle(args.mesh), {
      ...own,
      dependsOn: anchor,
    });
    const served = (namespace: string, each: readonly { secret: string; service: string }[]) =>
      each.map(({ secret, service }) =>
        this.certificate(name, serverCertificate(namespace, secret, [`${service}.${namespace}.svc`]), [
          authority,
        ]),
      );
    this.mesh = [
      bundle,
      this.certificate(name, meshIssuer(args.mesh.issuer), [mesh]),
      ...served(linkerdNamespaces.control, controlPlaneWebhooks),
    ];
    this.views = served(linkerdNamespaces.viz, vizWebhooks);
    this.vault = args.vaultTls
      ? [this.certificate(name, serverCertificate(vaultNamespace, vaultTls, vaultNames), [authority])]
      : [];
    if (args.apiTls) {
      const { namespace, secret, host } = args.apiTls;
      this.certificate(name, serverCertificate(namespace, secret, [host]), [authority]);
    }
    this.registerOutputs();
  }

  /** The issuer that signs the mesh's own, and what proxies have to trust first. */
  private meshSigner(
    name: string,
    { issuer, vault }: CertificatesArgs["mesh"],
    made: {
      readonly issuer: (name: string, spec: object, after: pulumi.Resource[]) => pulumi.Resource;
      readonly selfSigned: pulumi.Resource;
      readonly authority: pulumi.Resource;
    },
  ): { readonly anchor: pulumi.Resource[]; readonly mesh: pulumi.Resource } {
    if (issuer === "vault") {
      const access = new TokenAccess(`${name}-mesh-login`, meshLogin, { parent: this });
      const spec = vaultIssuerSpec(vault, issuers.authority);
      return { anchor: [], mesh: made.issuer(vaultIssuer, spec, [made.authority, access]) };
    }
    // Twelve months, renewed two months before the end; restarts of the mesh have to follow, see the runbook.
    const anchor = this.certificate(name, rootCertificate(issuers.mesh, days(365), days(60)), [
      made.selfSigned,
    ]);
    return {
      anchor: [anchor],
      mesh: made.issuer(issuers.mesh, { ca: { secretName: issuers.mesh } }, [anchor]),
    };
  }

  private certificate(
    name: string,
    { secret, namespace, spec }: CertificateRequest,
    dependsOn: pulumi.Resource[],
  ): k8s.apiextensions.CustomResource {
    const request = { apiVersion, kind: "Certificate", name: secret, namespace, waitFor: "Ready" } as const;
    return customResource(
      `${name}-${secret}`,
      { ...request, spec: { secretName: secret, privateKey: ecdsa, ...spec } },
      { parent: this, dependsOn },
    );
  }
}

interface CertificateRequest {
  /** Name of the Certificate and of the Secret that it fills. */
  readonly secret: string;
  readonly namespace: string;
  readonly spec: object;
}

const vaultNames = [
  "vault",
  `vault.${vaultNamespace}`,
  `vault.${vaultNamespace}.svc`,
  `vault-active.${vaultNamespace}.svc`,
  "vault-internal",
  "*.vault-internal",
  `*.vault-internal.${vaultNamespace}.svc`,
];

function rootCertificate(secret: string, duration: string, renewBefore: string): CertificateRequest {
  return {
    secret,
    namespace: home,
    spec: {
      isCA: true,
      commonName: secret === issuers.mesh ? meshAuthority.commonName : secret,
      duration,
      renewBefore,
      issuerRef: { name: issuers.selfSigned, kind: "ClusterIssuer" },
    },
  };
}

/** The certificate that the control plane signs the proxies' with: two days long, renewed by half time (Linkerd's docs). */
function meshIssuer(issuer: MeshIssuer): CertificateRequest {
  const commonName = meshIssuerName;
  return {
    secret: issuerSecret,
    namespace: linkerdNamespaces.control,
    spec: {
      isCA: true,
      commonName,
      dnsNames: [commonName],
      duration: days(2),
      renewBefore: "25h",
      usages: ["cert sign", "crl sign", "server auth", "client auth"],
      issuerRef: { name: issuer === "vault" ? vaultIssuer : issuers.mesh, kind: "ClusterIssuer" },
    },
  };
}

function serverCertificate(
  namespace: string,
  secret: string,
  dnsNames: readonly string[],
): CertificateRequest {
  return {
    secret,
    namespace,
    spec: {
      dnsNames,
      duration: days(90),
      renewBefore: days(30),
      usages: ["server auth", "digital signature"],
      issuerRef: { name: issuers.authority, kind: "ClusterIssuer" },
    },
  };
}

/** The anchors that every proxy trusts, as the ConfigMap that Linkerd reads. */
function trustBundle({ issuer, anchors }: CertificatesArgs["mesh"]) {
  const own = issuer === "vault" ? [] : [{ secret: { name: issuers.mesh, key: "tls.crt" } }];
  return {
    apiVersion: "trust.cert-manager.io/v1alpha1",
    kind: "Bundle",
    name: trustRoots,
    waitFor: "Synced" as const,
    spec: {
      sources: [...own, ...(anchors === undefined ? [] : [{ inLine: anchors }])],
      target: {
        configMap: { key: "ca-bundle.crt" },
        namespaceSelector: { matchLabels: { "linkerd.io/is-control-plane": "true" } },
      },
    },
  };
}

function acme(email: string, ingressClassName: string | undefined): object {
  return {
    acme: {
      email,
      server: "https://acme-v02.api.letsencrypt.org/directory",
      privateKeySecretRef: { name: "letsencrypt-account" },
      solvers: [{ http01: { ingress: ingressClassName === undefined ? {} : { ingressClassName } } }],
    },
  };
}
