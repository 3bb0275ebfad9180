/** Situations of certificates, secrets, Vault, the mesh, and of alerting itself. promtool's time begins at 0. */
import type { Situation } from "../../../support/promtool.ts";
import { mesh } from "./mesh.ts";

const base = { step: "1m" } as const;
const warning = { severity: "warning", system: "platform" } as const;
const critical = { severity: "critical", system: "platform" } as const;
const hour = 3600;

const issuer =
  '{namespace="linkerd",name="linkerd-identity-issuer",issuer_name="trust",issuer_kind="ClusterIssuer"}';
const issuerLabels = {
  namespace: "linkerd",
  name: "linkerd-identity-issuer",
  issuer_name: "trust",
  issuer_kind: "ClusterIssuer",
};
const ends = `certmanager_certificate_expiration_timestamp_seconds${issuer}`;
const renews = `certmanager_certificate_renewal_timestamp_seconds${issuer}`;
const ready = (condition: string): string =>
  `certmanager_certificate_ready_status{namespace="linkerd",name="linkerd-identity-issuer",condition="${condition}"}`;

const certificates: readonly Situation[] = [
  {
    ...base,
    alert: "CertificateExpiresSoon",
    when: "it ends at hour 9, and it is hour 1",
    series: { [ends]: `${9 * hour}x80` },
    at: "1h",
    fires: [
      {
        labels: { ...issuerLabels, ...critical },
        summary: "certificate linkerd/linkerd-identity-issuer ends in 8 hours",
      },
    ],
  },
  {
    ...base,
    alert: "CertificateExpiresSoon",
    when: "the mesh's issuer of 48 hours, an hour before its renewal: 26 are left; another was never issued",
    series: {
      [ends]: `${27 * hour}x80`,
      'certmanager_certificate_expiration_timestamp_seconds{namespace="paw",name="new"}': "0x80",
    },
    at: "1h",
    fires: [],
  },
  {
    ...base,
    alert: "CertificateRenewalOverdue",
    when: "it should have been renewed at hour 1, and it is hour 4",
    series: { [renews]: `${hour}x250` },
    at: "4h",
    fires: [
      {
        labels: { ...issuerLabels, ...warning },
        summary: "certificate linkerd/linkerd-identity-issuer should have been renewed 3 hours ago",
      },
    ],
  },
  {
    ...base,
    alert: "CertificateRenewalOverdue",
    when: "its renewal has begun twenty minutes ago",
    series: { [renews]: `${hour}x250` },
    at: "80m",
    fires: [],
  },
  {
    ...base,
    alert: "CertificateNotReady",
    when: "its issuer has refused it for half an hour",
    series: { [ready("False")]: "1x40", [ready("True")]: "0x40" },
    at: "30m",
    fires: [
      {
        labels: { namespace: "linkerd", name: "linkerd-identity-issuer", condition: "False", ...warning },
        summary: "certificate linkerd/linkerd-identity-issuer is not ready",
      },
    ],
  },
  {
    ...base,
    alert: "CertificateNotReady",
    when: "it is issued",
    series: { [ready("False")]: "1x3 0x40", [ready("True")]: "0x3 1x40" },
    at: "30m",
    fires: [],
  },
];

const vaultPod = '{namespace="vault",pod="vault-0"}';
const vaultReady = 'kube_pod_status_ready{namespace="vault",pod="vault-0",condition="true"}';
const store = (status: string): string =>
  `clustersecretstore_status_condition{name="paw-vault-api",condition="Ready",status="${status}"}`;
const secret = (status: string): string =>
  `externalsecret_status_condition{namespace="paw",name="paw-api-jwt",condition="Ready",status="${status}"}`;

const secrets: readonly Situation[] = [
  {
    ...base,
    alert: "VaultSealed",
    when: "a server was restarted, and nobody unsealed it",
    series: { [`vault_core_unsealed${vaultPod}`]: "1x5 0x20" },
    at: "15m",
    fires: [
      {
        labels: { namespace: "vault", pod: "vault-0", ...critical },
        summary: "vault-0 is sealed or does not answer",
      },
    ],
  },
  {
    ...base,
    alert: "VaultSealed",
    when: "a new server has never been unsealed and shows no figure of it, but is not ready",
    series: { [vaultReady]: "0x30" },
    at: "15m",
    fires: [
      {
        labels: { namespace: "vault", pod: "vault-0", ...critical },
        summary: "vault-0 is sealed or does not answer",
      },
    ],
  },
  {
    ...base,
    alert: "VaultSealed",
    when: "it unsealed itself a minute after its start",
    series: { [`vault_core_unsealed${vaultPod}`]: "0 1x30", [vaultReady]: "0 1x30" },
    at: "15m",
    fires: [],
  },
  {
    ...base,
    alert: "SecretStoreNotReady",
    when: "Vault refuses the store's login",
    series: { [store("False")]: "1x30", [store("True")]: "0x30" },
    at: "15m",
    fires: [
      {
        labels: { name: "paw-vault-api", condition: "Ready", status: "False", ...warning },
        summary: "the secret store paw-vault-api does not work",
      },
    ],
  },
  {
    ...base,
    alert: "SecretStoreNotReady",
    when: "the store works",
    series: { [store("False")]: "0x30", [store("True")]: "1x30" },
    at: "15m",
    fires: [],
  },
  {
    ...base,
    alert: "SecretNotSynced",
    when: "the path in Vault is empty",
    series: { [secret("False")]: "1x30", [secret("True")]: "0x30" },
    at: "15m",
    fires: [
      {
        labels: { namespace: "paw", name: "paw-api-jwt", condition: "Ready", status: "False", ...warning },
        summary: "the secret paw/paw-api-jwt does not arrive from Vault",
      },
    ],
  },
  {
    ...base,
    alert: "SecretNotSynced",
    when: "it missed one refresh and got the next",
    series: { [secret("False")]: "0x5 1x3 0x30", [secret("True")]: "1x5 0x3 1x30" },
    at: "15m",
    fires: [],
  },
];

const lost =
  'alertmanager_notifications_failed_total{namespace="monitoring",pod="alertmanager-0",integration="slack"}';
const broken =
  'prometheus_rule_evaluation_failures_total{namespace="monitoring",pod="prometheus-0",rule_group="paw-consensus"}';

const alerting: readonly Situation[] = [
  {
    ...base,
    alert: "AlertDeliveryFails",
    when: "Slack refuses for half an hour",
    series: { [lost]: "0+3x40" },
    at: "35m",
    fires: [
      {
        labels: { namespace: "monitoring", integration: "slack", ...critical },
        summary: "alerts do not get out through slack",
      },
    ],
  },
  {
    ...base,
    alert: "AlertDeliveryFails",
    when: "one notification was lost, and the next went through",
    series: { [lost]: "0x4 1x60" },
    at: "35m",
    fires: [],
  },
  {
    ...base,
    alert: "RulesFail",
    when: "a rule joins series that are not one to one",
    series: { [broken]: "0+4x40" },
    at: "25m",
    fires: [
      {
        labels: { namespace: "monitoring", rule_group: "paw-consensus", ...warning },
        summary: "rules of paw-consensus cannot be evaluated",
      },
    ],
  },
  {
    ...base,
    alert: "RulesFail",
    when: "rules failed while Prometheus started, hours ago",
    series: { [broken]: "3x90" },
    at: "80m",
    fires: [],
  },
];

const cron = '{namespace="vault",cronjob="vault-snapshot"}';
const vaultSnapshots: readonly Situation[] = [
  {
    ...base,
    alert: "VaultSnapshotTooOld",
    when: "the last success was at hour 2; now it is hour 6",
    series: {
      [`kube_cronjob_created${cron}`]: "0x400",
      [`kube_cronjob_status_last_successful_time${cron}`]: `${2 * hour}x400`,
    },
    at: "6h",
    fires: [
      {
        labels: { namespace: "vault", cronjob: "vault-snapshot", ...warning },
        summary: "the last snapshot of Vault is 4 hours old",
      },
    ],
  },
  {
    ...base,
    alert: "VaultSnapshotTooOld",
    when: "none has ever succeeded since the job was made, five hours ago",
    series: { [`kube_cronjob_created${cron}`]: "0x400" },
    at: "5h",
    fires: [
      {
        labels: { namespace: "vault", cronjob: "vault-snapshot", ...warning },
        summary: "the last snapshot of Vault is 5 hours old",
      },
    ],
  },
  {
    ...base,
    alert: "VaultSnapshotTooOld",
    when: "the last success was at hour 2, one failed since, and it is hour 4",
    series: {
      [`kube_cronjob_created${cron}`]: "0x400",
      [`kube_cronjob_status_last_successful_time${cron}`]: `${2 * hour}x400`,
    },
    at: "4h",
    fires: [],
  },
];

export const platform: readonly Situation[] = [
  ...certificates,
  ...secrets,
  ...vaultSnapshots,
  ...mesh,
  ...alerting,
];
