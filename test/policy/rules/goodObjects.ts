/** What the rules let pass, though it is near to what they do not. */
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import {
  admissionBinding,
  admissionPolicy,
  auditPolicy,
  backupJob,
  backupLocation,
  binding,
  configMap,
  everywhere,
  externalSecret,
  goodPod,
  ingress,
  keyed,
  labels,
  namespace,
  policy,
  release,
  role,
  secret,
  service,
  sha,
  storageClass,
  store,
  vaultConfig,
  vaultServer,
  veleroSchedule,
  workload,
} from "./objectFixtures.ts";

export const good: readonly (readonly [what: string, manifest: Manifest])[] = [
  ["a pod that keeps every rule", goodPod()],
  ["a digest without a tag", goodPod({ "spec.containers[0].image": `ghcr.io/bizra/node@${sha}` })],
  [
    "a tag that its chart names",
    goodPod({ "spec.containers[0].image": "cr.l5d.io/linkerd/proxy:edge-26.8.3" }),
  ],
  ["amounts as numbers", goodPod({ "spec.containers[0].resources.limits.cpu": 0.4 })],
  [
    "an empty password, and the path of one",
    goodPod({
      "spec.containers[0].env": [
        { name: "PASSWORD", value: "" },
        { name: "PASSWORD_FILE", value: "/run/p" },
      ],
    }),
  ],
  [
    "ports of peers outside the mesh",
    namespace({ "linkerd.io/inject": "enabled", "config.linkerd.io/skip-inbound-ports": "26656, 26659" }),
  ],
  ["default deny in the mesh", namespace({ "config.linkerd.io/default-inbound-policy": "deny" })],
  ["a role that names what it needs", role({})],
  ["Secrets by name", role({ resources: ["secrets"], resourceNames: ["mine"] })],
  [
    "tokens of one account",
    role({ resources: ["serviceaccounts/token"], resourceNames: ["mine"], verbs: ["create"] }),
  ],
  [
    "Secrets of another API group",
    role({ apiGroups: ["example.io"], resources: ["secrets"], verbs: ["list"] }),
  ],
  ["a binding of a role of one's own", binding()],
  ["a Secret that Kubernetes fills", secret({ type: "kubernetes.io/service-account-token" })],
  ["an empty Secret", secret({ data: {} })],
  [
    "plain settings",
    configMap({ level: "debug", tokenTtl: "1h", certificate: "-----BEGIN CERTIFICATE-----\nx" }),
  ],
  ["a policy that names its peers", policy()],
  [
    "peers of the chain from anywhere",
    policy({ "spec.ingress[0]": { from: [everywhere], ports: [{ port: 26656 }] } }),
  ],
  [
    "the internet without private networks",
    policy({ "spec.egress[0].to[0].ipBlock": { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }),
  ],
  ["a sentry's own address", service({ "metadata.name": "paw-sentry-0-p2p", "spec.type": "LoadBalancer" })],
  ["an Ingress with other annotations", ingress({ "nginx.ingress.kubernetes.io/rewrite-target": "/" })],
  ["a workload", workload("Deployment")],
  [
    "one pod alone",
    workload("Deployment", { "spec.replicas": 1, "spec.template.spec.topologySpreadConstraints": undefined }),
  ],
  [
    "pods apart by affinity",
    workload("StatefulSet", {
      "spec.template.spec.topologySpreadConstraints": undefined,
      "spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution": [
        { weight: 1 },
      ],
    }),
  ],
  [
    "a selector by expressions",
    workload("Deployment", {
      "spec.selector": {
        matchExpressions: [
          { key: "app.kubernetes.io/name", operator: "In", values: ["web", "shop"] },
          { key: "tier", operator: "DoesNotExist" },
          { key: "tier", operator: "NotIn", values: ["front"] },
        ],
      },
    }),
  ],
  [
    "a Rollout that refers to a Deployment",
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Rollout",
      metadata: { name: "web", namespace: "shop", labels },
      spec: { replicas: 3, workloadRef: { name: "web" } },
    },
  ],
  [
    "a pod that comes to an end, without probes",
    goodPod({
      "spec.restartPolicy": "Never",
      "spec.containers[0].livenessProbe": undefined,
      "spec.containers[1].readinessProbe": undefined,
    }),
  ],
  ["a token for a pod that says so", goodPod({ "spec.automountServiceAccountToken": true })],
  [
    "an account that hands out no token",
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "web", namespace: "shop" },
      automountServiceAccountToken: false,
    },
  ],
  [
    "limits without requests",
    goodPod({
      "spec.containers[0].resources.limits.cpu": "4",
      "spec.containers[0].resources.requests.cpu": 1,
    }),
  ],
  [
    "users of a user namespace",
    goodPod({ "spec.hostUsers": false, "spec.securityContext.runAsGroup": undefined }),
  ],
  ["a waived vulnerability", goodPod({ "spec.containers[0].image": "ghcr.io/bizra/waived:v1@" + sha })],
  ["a release on the list", release()],
  ["a fetched Secret", externalSecret()],
  [
    "a Secret of the chain, which stays",
    externalSecret({ "spec.target.name": "paw-validator-keys", "spec.target.creationPolicy": "Orphan" }),
  ],
  [
    "a password that is drawn once",
    externalSecret({
      "spec.refreshPolicy": "CreatedOnce",
      "spec.refreshInterval": undefined,
      "spec.secretStoreRef": undefined,
      "spec.dataFrom": [{ sourceRef: { generatorRef: { kind: "Password", name: "p" } } }],
    }),
  ],
  [
    "a store of one entry's own",
    externalSecret({
      "spec.secretStoreRef": undefined,
      "spec.dataFrom": [{ sourceRef: { storeRef: { kind: "SecretStore", name: "s" } } }],
    }),
  ],
  ["Vault by a login that nobody keeps", store()],
  ["Vault with a configuration", vaultServer()],
  [
    "Vault's configuration in HCL",
    vaultConfig('listener "tcp" {\n  tls_disable = 0\n  tls_cert_file = "/x"\n}\nseal "gcpckms" {}'),
  ],
  [
    "Vault's configuration in JSON",
    vaultConfig('{"listener": [{"tcp": {"tls_cert_file": "/x"}}], "seal": {"awskms": {}}}'),
  ],
  ["a validator with its own key", keyed()],
  [
    "an audit policy",
    auditPolicy([
      {
        level: "None",
        users: ["system:kube-proxy"],
        verbs: ["watch"],
        resources: [{ group: "", resources: ["endpoints"] }],
      },
      { level: "None", nonResourceURLs: ["/healthz*"] },
      {
        level: "Metadata",
        resources: [
          { group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"] },
          { group: "authentication.k8s.io", resources: ["tokenreviews"] },
        ],
      },
      { level: "RequestResponse", resources: [{ group: "" }, { group: "authentication.k8s.io" }] },
      { level: "Metadata" },
    ]),
  ],
  ["a binding that refuses and records", admissionBinding()],
  ["a policy that fails closed", admissionPolicy()],
  ["an encrypted backup", backupJob()],
  [
    "a password by a variable from a Secret",
    backupJob({
      "spec.jobTemplate.spec.template.spec.containers[0].env[0]": {
        name: "RESTIC_PASSWORD_FILE",
        value: "/restic/p",
      },
    }),
  ],
  ["an encrypted store", backupLocation()],
  [
    "a store that encrypts by itself",
    backupLocation({ "spec.provider": "velero.io/azure", "spec.config": {} }),
  ],
  ["a schedule without the chain", veleroSchedule()],
  [
    "a schedule of all but the chain",
    veleroSchedule({
      "spec.template.includedNamespaces": undefined,
      "spec.template.excludedNamespaces": ["paw"],
      "spec.template.ttl": undefined,
    }),
  ],
  ["an encrypted class", storageClass()],
  ["a class whose provider encrypts", storageClass({ provisioner: "pd.csi.storage.gke.io", parameters: {} })],
  [
    "a patch of nothing that matters",
    {
      apiVersion: "apps/v1",
      kind: "DeploymentPatch",
      metadata: { name: "d", namespace: "n" },
      spec: { replicas: 3 },
    },
  ],
];
