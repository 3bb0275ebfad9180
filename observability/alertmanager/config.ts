/**
 * Alertmanager's configuration (spec A10): who is told of what, what is told together, and what is not told because
 * something worse explains it.
 */
import type { RuleGroup } from "../alerts/alert.ts";
import { bizraInterval } from "../alerts/bizra.ts";

export interface ReceiverSettings {
  readonly slack?: { readonly channel: string } | undefined;
  readonly pagerduty: boolean;
  readonly email?:
    | {
        readonly to: readonly string[];
        readonly from: string;
        /** `host:port` of a mail server that takes STARTTLS. */
        readonly smarthost: string;
        readonly username: string;
      }
    | undefined;
}

/** Secret that External Secrets fills from Vault, and where the operator mounts it in Alertmanager's pods. */
export const receiverSecret = "alertmanager-receivers";
export const secretFolder = `/etc/alertmanager/secrets/${receiverSecret}`;
/** Where the operator puts templates. */
export const templateFolder = "/etc/alertmanager/config";

/** Properties of the Secret, each of which becomes a file. */
const properties = {
  slack: "slack_api_url",
  pagerduty: "pagerduty_routing_key",
  email: "smtp_password",
} as const;

/** What has to be in Vault for the receivers that are configured. */
export function receiverProperties({ slack, pagerduty, email }: ReceiverSettings): readonly string[] {
  return [
    ...(slack ? [properties.slack] : []),
    ...(pagerduty ? [properties.pagerduty] : []),
    ...(email ? [properties.email] : []),
  ];
}

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly routes?: readonly Route[];
}

interface Receiver {
  readonly name: string;
  readonly slack_configs?: readonly object[];
  readonly pagerduty_configs?: readonly object[];
  readonly email_configs?: readonly object[];
}

export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

export interface AlertmanagerConfig {
  readonly global: object;
  readonly route: Route;
  readonly receivers: readonly Receiver[];
  readonly inhibit_rules: readonly InhibitRule[];
  readonly templates: readonly string[];
}

export function alertmanagerConfig(
  settings: ReceiverSettings,
  groups: readonly RuleGroup[],
): AlertmanagerConfig {
  return {
    global: { resolve_timeout: "5m" },
    route: routes,
    receivers: receivers(settings),
    inhibit_rules: inhibitions(groups),
    templates: [`${templateFolder}/*.tmpl`],
  };
}

/** Critical alerts page and are repeated hourly; bizra's groups are told anew every 30 s (spec B12). */
const page = {
  receiver: "page",
  matchers: ['severity="critical"'],
  group_wait: "10s",
  repeat_interval: "1h",
} as const;
const routes: Route = {
  receiver: "notify",
  // One notification for all pods with one trouble.
  group_by: ["system", "namespace", "alertname"],
  group_wait: "30s",
  group_interval: "5m",
  repeat_interval: "12h",
  routes: [
    { receiver: "notify", matchers: ['system="bizra"'], group_interval: bizraInterval, routes: [page] },
    page,
  ],
};

function receivers({ slack, pagerduty, email }: ReceiverSettings): Receiver[] {
  const title = '{{ template "paw.title" . }}';
  const text = '{{ template "paw.text" . }}';
  const notified: Omit<Receiver, "name"> = {
    ...(slack
      ? {
          slack_configs: [
            {
              channel: slack.channel,
              api_url_file: `${secretFolder}/${properties.slack}`,
              send_resolved: true,
              title,
              text,
            },
          ],
        }
      : {}),
    ...(email
      ? {
          email_configs: [
            {
              to: email.to.join(", "),
              from: email.from,
              smarthost: email.smarthost,
              auth_username: email.username,
              auth_password_file: `${secretFolder}/${properties.email}`,
              require_tls: true,
              send_resolved: true,
              headers: { Subject: title },
              text,
              html: "",
            },
          ],
        }
      : {}),
  };
  const pager = {
    routing_key_file: `${secretFolder}/${properties.pagerduty}`,
    send_resolved: true,
    description: title,
    severity: "{{ .CommonLabels.severity }}",
    details: { alerts: text },
  };
  return [
    { name: "notify", ...notified },
    { name: "page", ...notified, ...(pagerduty ? { pagerduty_configs: [pager] } : {}) },
  ];
}

/** What alerts say of their causes, turned round: one rule for a cause and the labels that have to be equal. */
function inhibitions(groups: readonly RuleGroup[]): InhibitRule[] {
  const rules = new Map<string, { cause: string; equal: readonly string[]; targets: string[] }>();
  for (const { name, follows = [] } of groups.flatMap(({ alerts }) => alerts)) {
    for (const { alert: cause, equal } of follows) {
      const key = [cause, ...equal].join();
      const rule = rules.get(key) ?? { cause, equal, targets: [] };
      rule.targets.push(name);
      rules.set(key, rule);
    }
  }
  return [...rules.values()].map(({ cause, equal, targets }) => ({
    source_matchers: [`alertname="${cause}"`],
    target_matchers: [`alertname=~"${targets.join("|")}"`],
    equal,
  }));
}
