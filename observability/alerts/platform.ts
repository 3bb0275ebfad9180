/** The platform's own parts: certificates, secrets, Vault, the mesh, and the way of alerts themselves. */
import { type ObservabilitySite, query } from "../model.ts";
import type { Alert, RuleGroup } from "./alert.ts";

export function platform({ namespaces, thresholds }: ObservabilitySite): RuleGroup {
  const ours = `namespace=~"${namespaces.paw}|${namespaces.bizra}"`;
  return {
    name: "platform",
    system: "platform",
    alerts: [
      ...certificates,
      ...secrets,
      vaultSnapshots(thresholds.vaultSnapshotAgeHours),
      ...mesh(ours),
      ...alerting,
    ],
  };
}

/**
 * Hours before its end at which a certificate that was not renewed is an emergency. The shortest of ours, the mesh's
 * issuer of 48 hours, is renewed 25 hours before.
 */
const lastHours = 12;

const certificates: readonly Alert[] = [
  {
    name: "CertificateExpiresSoon",
    query: query(
      "cert-manager",
      `(certmanager_certificate_expiration_timestamp_seconds - time()) / 3600 < ${lastHours}` +
        " and certmanager_certificate_expiration_timestamp_seconds > 0",
    ),
    for: "5m",
    severity: "critical",
    summary: "certificate {{ $labels.namespace }}/{{ $labels.name }} ends in {{ $value | humanize }} hours",
    description: "cert-manager should have renewed it long ago.",
    runbook: "certificates",
  },
  {
    name: "CertificateRenewalOverdue",
    query: query(
      "cert-manager",
      "(time() - certmanager_certificate_renewal_timestamp_seconds) / 3600 > 1" +
        " and certmanager_certificate_renewal_timestamp_seconds > 0",
    ),
    for: "10m",
    severity: "warning",
    summary:
      "certificate {{ $labels.namespace }}/{{ $labels.name }} should have been renewed {{ $value | humanize }} hours ago",
    description: "cert-manager or its issuer does not get through. The certificate still holds.",
    runbook: "certificates",
    follows: [{ alert: "CertificateExpiresSoon", equal: ["namespace", "name"] }],
  },
  {
    name: "CertificateNotReady",
    query: query("cert-manager", 'certmanager_certificate_ready_status{condition="False"} == 1'),
    for: "15m",
    severity: "warning",
    summary: "certificate {{ $labels.namespace }}/{{ $labels.name }} is not ready",
    description: "Issued never, wrongly, or not any more. Pods that mount its Secret may not start.",
    runbook: "certificates",
    follows: [{ alert: "CertificateExpiresSoon", equal: ["namespace", "name"] }],
  },
];

/** Is what Vault holds saved? Where it keeps nothing, there is no such job. */
function vaultSnapshots(hours: number): Alert {
  const job = 'namespace="vault",cronjob="vault-snapshot"';
  const last = `(kube_cronjob_status_last_successful_time{${job}} or kube_cronjob_created{${job}})`;
  return {
    name: "VaultSnapshotTooOld",
    query: query("kube-state-metrics", `(time() - max by (namespace, cronjob) ${last}) / 3600 > ${hours}`),
    for: "10m",
    severity: "warning",
    summary: "the last snapshot of Vault is {{ $value | humanize }} hours old",
    description: `No snapshot has succeeded for more than ${hours} hours, or none ever has. Whatever was written to Vault since would be lost with it.`,
    runbook: "backups",
    follows: [{ alert: "VaultSealed", equal: ["namespace"] }],
  };
}

const secrets: readonly Alert[] = [
  {
    name: "VaultSealed",
    // A server that was sealed from its start has no such gauge yet, but is not ready either.
    query: {
      sources: ["vault", "kube-state-metrics"],
      expr:
        'max by (namespace, pod) (vault_core_unsealed{namespace="vault"}) == 0' +
        ' or max by (namespace, pod) (kube_pod_status_ready{namespace="vault",pod=~"vault-[0-9]+",condition="true"}) == 0',
    },
    for: "5m",
    severity: "critical",
    summary: "{{ $labels.pod }} is sealed or does not answer",
    description:
      "A sealed Vault gives no secret: new pods wait, certificates of the mesh are not renewed. Running pods go on.",
    runbook: "vault-sealed",
  },
  {
    name: "SecretStoreNotReady",
    query: query(
      "external-secrets",
      'clustersecretstore_status_condition{condition="Ready",status="False"} == 1',
    ),
    for: "10m",
    severity: "warning",
    summary: "the secret store {{ $labels.name }} does not work",
    description: "External Secrets cannot log in to Vault with it.",
    runbook: "secrets-not-syncing",
    follows: [{ alert: "VaultSealed", equal: [] }],
  },
  {
    name: "SecretNotSynced",
    query: query(
      "external-secrets",
      'externalsecret_status_condition{condition="Ready",status="False"} == 1',
    ),
    for: "10m",
    severity: "warning",
    summary: "the secret {{ $labels.namespace }}/{{ $labels.name }} does not arrive from Vault",
    description: "The Secret keeps its last value, or is missing: pods that mount it then wait.",
    runbook: "secrets-not-syncing",
    follows: [
      { alert: "VaultSealed", equal: [] },
      { alert: "SecretStoreNotReady", equal: [] },
    ],
  },
];

const mesh = (ours: string): readonly Alert[] => [
  {
    name: "MeshControlPlaneDown",
    query: query("kube-state-metrics", 'kube_deployment_status_replicas_available{namespace="linkerd"} == 0'),
    for: "5m",
    severity: "critical",
    summary: "the mesh's {{ $labels.deployment }} is down",
    description:
      "Running proxies go on with what they know. New pods get no proxy, no identity or no routes.",
    runbook: "mesh",
  },
  {
    name: "MeshIdentityEndsSoon",
    query: query(
      "linkerd",
      "(max by (namespace, pod) (identity_cert_expiration_timestamp_seconds) - time()) / 3600 < 4",
    ),
    for: "10m",
    severity: "critical",
    summary: "the identity of {{ $labels.pod }} in the mesh ends in {{ $value | humanize }} hours",
    description:
      "A proxy renews its certificate of a day when seven hours of it are left. This one does not get through to the identity service.",
    runbook: "mesh",
    follows: [{ alert: "MeshControlPlaneDown", equal: [] }],
  },
  {
    name: "MeshRequestsFail",
    query: query(
      "linkerd",
      `sum by (namespace, pod) (rate(response_total{${ours},direction="inbound",classification="failure"}[5m]))` +
        ` / sum by (namespace, pod) (rate(response_total{${ours},direction="inbound"}[5m])) > 0.05`,
    ),
    for: "10m",
    severity: "warning",
    summary: "{{ $value | humanizePercentage }} of the requests to {{ $labels.pod }} fail",
    description: "As its proxy in the mesh counts them.",
    runbook: "mesh",
  },
  {
    name: "MeshRequestsDenied",
    query: query(
      "linkerd",
      `sum by (namespace, pod, client_id) (rate(inbound_http_authz_deny_total{${ours}}[5m])) > 0`,
    ),
    for: "10m",
    severity: "warning",
    summary: "{{ $labels.pod }} turns away requests of {{ $labels.client_id }}",
    description:
      "Somebody calls whom no row of the flow table lets in: a missing row, or somebody who should not.",
    runbook: "mesh",
  },
];

const alerting: readonly Alert[] = [
  {
    name: "AlertDeliveryFails",
    query: query(
      "alertmanager",
      "sum by (namespace, integration) (increase(alertmanager_notifications_failed_total[15m])) > 0",
    ),
    for: "15m",
    severity: "critical",
    summary: "alerts do not get out through {{ $labels.integration }}",
    description: "Alertmanager's notifications fail. This one may have come by another way.",
    runbook: "alert-delivery",
  },
  {
    name: "RulesFail",
    query: query(
      "prometheus",
      "sum by (namespace, rule_group) (increase(prometheus_rule_evaluation_failures_total[15m])) > 0",
    ),
    for: "5m",
    severity: "warning",
    summary: "rules of {{ $labels.rule_group }} cannot be evaluated",
    description: "Their alerts do not fire. Prometheus' log says why.",
    runbook: "alert-delivery",
  },
];
