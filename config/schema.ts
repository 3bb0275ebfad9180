/** What a stack file may hold. Every key is documented here and in docs/configuration.md. */
import { z } from "zod";

import { certManagerWays } from "../components/platform/certManager/values.ts";
import { chartSources } from "../components/platform/charts/source.ts";
import { meshIssuers } from "../components/platform/vault/meshAuthority.ts";
import { isPositiveQuantity } from "../components/quantity.ts";
import { alerting } from "./alertingSchema.ts";
import { canary } from "./canarySchema.ts";

/** Marks a value that the repository cannot know and a team must fill in; `up` refuses it, preview warns. */
export const placeholder = "REPLACE-ME";

const quantity = z
  .string()
  .refine(
    isPositiveQuantity,
    "must be a Kubernetes quantity above zero, such as 500m, 2 or 4Gi (written as text)",
  );
const count = z.int("must be a whole number").min(1, "must be 1 or more");
const countFromZero = z.int("must be a whole number").min(0, "must be 0 or more");
const text = z.string().min(1, "must not be empty");
const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a DNS label: a-z, 0-9, '-', at most 63 characters");
const hostName = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a DNS name");

const taggedImage = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+:[\w][\w.-]{0,127}(@sha256:[0-9a-f]{64})?$/;
const image = z.string().refine((value) => taggedImage.test(value.replace(`@sha256:${placeholder}`, "")), {
  message: "must be registry/name:tag, optionally with @sha256: and 64 hexadecimal digits",
});

/** Who signs an image: the holder of a key, or an identity with its subject, exact or as a pattern. */
const signer = z.strictObject({
  /** File with the public key (PEM), as a path in this project. */
  key: text.optional(),
  /** Who vouches for the identity: an OIDC issuer. */
  issuer: z.url({ protocol: /^https$/, error: "must be an https:// address" }).optional(),
  subject: text.optional(),
  subjectRegExp: text.optional(),
});

const cronLine = z.string().regex(/^(\S+ ){4}\S+$/, "must be a cron line of five fields");
const workload = z.strictObject({ cpu: quantity, memory: quantity, storage: quantity });
const groups = z.array(text);
const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: "must be a network such as 10.0.0.0/16" });
const port = z.int("must be a whole number").min(1, "must be a port").max(65535, "must be a port");

/** How the chain's nodes behave. */
const chain = z.strictObject({
  /** Sizes of the network; the namespace's quota is derived from them. */
  validators: count,
  sentries: count,
  fullNodes: count,
  /** The most full nodes that the autoscaler makes. */
  maxFullNodes: count,
  /**
   * Where the network's public facts are: a `network.json` of `paw validators init`, as a path in this project, or
   * `cluster` for the ConfigMap `paw-network` that it leaves for `local`.
   */
  network: text,
  /** The chain's image; pinned by digest outside `local`. */
  image,
  /** Name of the chain's binary in its image. */
  binary: z.string().regex(/^[\w.-]+$/, "must be the name of a program"),
  /** Pause after a block (CometBFT `consensus.timeout_commit`). */
  timeoutCommit: z.string().regex(/^\d+(ms|s)$/, "must be a duration such as 5s or 500ms"),
  /** Least fee of a transaction (Cosmos SDK `minimum-gas-prices`). */
  minimumGasPrices: z
    .string()
    .regex(/^\d+(\.\d+)?[a-zA-Z][\w/]*(,\d+(\.\d+)?[a-zA-Z][\w/]*)*$/, "must be prices such as 0.025upaw"),
  /** Blocks looked back for a key's own signatures before it signs for the first time. */
  doubleSignCheckHeight: count.default(10),
  /** Height at which all nodes stop for an upgrade (Cosmos SDK `halt-height`); 0 for none. */
  haltHeight: countFromZero.default(0),
  /** Seconds after which the last block is old, and the node not ready. */
  maxBlockAge: count.default(60),
  /** Where gRPC-Web is served: `own` port (Cosmos SDK up to 0.47) or with `rest` (0.50 and newer). */
  grpcWeb: z.enum(["own", "rest"]),
  /** Blocks between two state-sync snapshots. */
  snapshotInterval: countFromZero.default(1000),
  /** New full nodes take the state from peers' snapshots instead of replaying every block. */
  stateSync: z
    .strictObject({
      trustHeight: count,
      trustHash: z
        .string()
        .regex(/^[0-9a-fA-F]{64}$/, "must be 64 hexadecimal digits: the hash of that block"),
    })
    .optional(),
  /** Where the genesis is loaded from; the Secret `paw-genesis` where it is missing. */
  genesisUrl: z.url({ protocol: /^https$/, error: "must be an https:// address" }).optional(),
  /** True where a remote signer holds the consensus keys and dials in (CometBFT `priv_validator_laddr`). */
  remoteSigner: z.boolean("must be true or false").default(false),
  /** Where the outside dials each sentry: pod name to host:port (CometBFT `p2p.external_address`). */
  externalAddresses: z
    .record(
      z.string().regex(/^paw-sentry-\d+$/, "must be a sentry's name"),
      z.string().regex(/^[^\s:]+:\d+$/, "must be host:port"),
    )
    .default({}),
});

export const schema = z.strictObject({
  cluster: z.strictObject({
    /** Which cluster the stack belongs to: the name of a kubeconfig context. */
    context: z.string().min(1, "must name a kubeconfig context"),
    /** Where pods that may ask the API server find it, for their NetworkPolicy: its networks and its port. */
    apiServer: z.strictObject({ cidrs: z.array(cidr).min(1, "must name a network"), port }),
  }),
  charts: z.strictObject({
    /** Where the platform's charts come from; `crds` installs no chart, only the custom resource definitions in use. */
    source: z.enum(chartSources),
    /** With the source `mirror`: a directory, absolute or in this project, or `oci://host/prefix`. */
    mirror: z.string().optional(),
    /** The recorded source that the stack leaves knowingly for `source`; refused otherwise. */
    replaces: z.enum(chartSources).optional(),
  }),
  /** Where Secrets come from: `vault`, or `cluster` for those that `paw validators init` left there. */
  secrets: z.strictObject({ source: z.enum(["cluster", "vault"]) }),
  /** The class that chain data is stored on. `provisioner` and `parameters` are the CSI driver's own. */
  storage: z.strictObject({
    provisioner: z.string().min(1, "must name a provisioner"),
    parameters: z.record(z.string(), z.string()).default({}),
  }),
  /** Group names, as the cluster's identity provider gives them, bound to the read and the operate roles. */
  access: z.strictObject({ viewers: groups, operators: groups }),
  chain,
  /** The API layer in front of the full nodes (spec A14). */
  api: z.strictObject({
    host: hostName,
    /** Class of the Ingress; the cluster's default where it is missing. */
    ingressClass: name.optional(),
    replicas: count,
    maxReplicas: count,
    /** Requests that one client address may make in ten seconds. */
    requestsPer10s: count,
    /** Which requests need a token signed with the API's secret. */
    jwt: z.enum(["none", "writes", "all"]),
  }),
  /**
   * Scheduled backups of the chain's data (spec A21). `schedule` is a cron line, in UTC; with a `snapshotClass` of the
   * cluster, a VolumeSnapshot is taken as well, for new nodes to begin from.
   */
  backup: z.strictObject({
    schedule: cronLine,
    snapshotClass: name.optional(),
  }),
  /**
   * Helpers beside the chain's own image: busybox, curl, HAProxy, restic; and what lets Argo Rollouts weigh routes of the
   * Gateway API, where a canary has those.
   */
  images: z.strictObject({
    tools: image,
    curl: image,
    proxy: image,
    restic: image,
    gatewayPlugin: image.optional(),
  }),
  /** Limits per pod (spec A16); requests default to the same. */
  resources: z.strictObject({
    validator: workload,
    fullNode: workload,
    prometheus: workload,
    grafana: workload,
    vault: workload,
    loki: workload,
    /** Share of the requests that is asked for, where pods run on a small machine; limits stay. For `local` alone. */
    requestScale: z
      .number("must be a number above 0, up to 1")
      .gt(0, "must be above 0")
      .max(1, "must be 1 at most")
      .default(1),
  }),
  /** What the platform's charts are told. */
  platform: z
    .strictObject({
      /** How long metrics are kept (spec A7). */
      metricsRetention: z
        .string()
        .regex(/^\d+[hdwy]$/, "must be a duration such as 15d")
        .default("15d"),
      /** How long log lines are kept (spec A9), in hours. */
      logsRetention: z
        .string()
        .regex(/^\d+h$/, "must be a number of hours such as 168h")
        .default("168h"),
      /** Whom Let's Encrypt writes to before a certificate ends; no public issuer without it. */
      acmeEmail: z.email("must be an e-mail address").optional(),
      /**
       * Who unseals Vault after a restart, as a stanza of its configuration. Options name a key, never a credential:
       * Vault's pods get theirs from the cloud. Missing: a throw-away server in memory, for `local` alone.
       */
      vaultSeal: z
        .strictObject({
          type: z.enum(["awskms", "gcpckms", "azurekeyvault", "transit"]),
          options: z.record(z.string(), z.string()),
        })
        .optional(),
      /** S3-compatible store for log chunks; one process on its own disk without it. */
      logStore: z
        .strictObject({
          endpoint: z.url({ protocol: /^https$/, error: "must be an https:// address" }),
          region: text,
          bucket: text,
        })
        .optional(),
    })
    .default({ metricsRetention: "15d", logsRetention: "168h" }),
  /** Who is told of alerts, and from which figures on. */
  alerting: alerting.prefault({}),
  /** How cert-manager is installed. */
  certManager: z
    .strictObject({
      /** `package`: by `@pulumi/kubernetes-cert-manager`, whose plugin has to be there. `chart`: like every other chart. */
      install: z.enum(certManagerWays, `must be one of ${certManagerWays.join(", ")}`),
    })
    .default({ install: "chart" }),
  /** Vault's own configuration. */
  vault: z
    .strictObject({
      /**
       * Whether this program tells Vault what it holds and who may read it, by `@pulumi/vault`. Vault has to run and be
       * unsealed by then, so it is the second step of an installation.
       */
      configure: z.boolean("must be true or false"),
      /** When snapshots of what Vault keeps are taken (`paw:platform.vaultSeal`): a cron line, in UTC. */
      snapshotSchedule: cronLine.default("43 * * * *"),
    })
    .prefault({ configure: false }),
  /** What the API server itself refuses, beside what a preview refuses. */
  admission: z
    .strictObject({
      /** The policy pack's rules about single objects: not in the cluster, as warnings, or enforced. */
      policies: z.enum(["none", "warn", "deny"], "must be none, warn or deny"),
      /** Namespaces beside the platform's own that are not judged: those of others on the same cluster. */
      unjudged: z.array(name).default([]),
      /** Who signs the two systems' images; not verified where it is missing. Comes with the platform's charts. */
      images: z
        .strictObject({
          /** What happens to an image that is not signed so, or that nobody spoke of. */
          mode: z.enum(["warn", "deny"], "must be warn or deny"),
          chain: signer,
          bizra: signer,
        })
        .optional(),
    })
    .default({ policies: "none", unjudged: [] }),
  /** The mesh's identity. */
  mesh: z
    .strictObject({
      /** Who signs the mesh's issuer: an anchor of cert-manager's in the cluster, or one in Vault. */
      issuer: z.enum(meshIssuers, `must be one of ${meshIssuers.join(", ")}`),
      /** File with further certificates (PEM) that proxies trust: Vault's anchor, or the one before a change. */
      anchors: text.optional(),
    })
    .default({ issuer: "cert-manager" }),
  /** The bizra application (spec part B). */
  bizra: z.strictObject({
    namespace: name,
    nodeEnv: text,
    image,
    replicas: count,
    maxReplicas: count,
    poiBatchVerify: z.boolean("must be true or false"),
    /**
     * Whether `simulator/` runs in a stock Node image where `image` would: for `local` on a cluster whose pods run,
     * where bizra's own image cannot be had.
     */
    simulate: z.boolean("must be true or false").default(false),
    /** How a new version takes over; without it the Deployment rolls (spec B4, B9). */
    canary: canary.optional(),
  }),
});
