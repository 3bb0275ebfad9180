/** Situations of the mesh. promtool's time begins at 0. */
import type { Situation } from "../../../support/promtool.ts";

const base = { step: "1m" } as const;
const warning = { severity: "warning", system: "platform" } as const;
const critical = { severity: "critical", system: "platform" } as const;
const hour = 3600;

const destination =
  'kube_deployment_status_replicas_available{namespace="linkerd",deployment="linkerd-destination"}';
const identity = 'identity_cert_expiration_timestamp_seconds{namespace="paw",pod="paw-api-1"}';
const answered = (classification: string): string =>
  `response_total{namespace="paw",pod="paw-api-1",direction="inbound",classification="${classification}"}`;
const denied =
  'inbound_http_authz_deny_total{namespace="paw",pod="paw-api-1",client_id="other.test.serviceaccount"}';

export const mesh: readonly Situation[] = [
  {
    ...base,
    alert: "MeshControlPlaneDown",
    when: "none of three is available",
    series: { [destination]: "3x5 0x20" },
    at: "15m",
    fires: [
      {
        labels: { namespace: "linkerd", deployment: "linkerd-destination", ...critical },
        summary: "the mesh's linkerd-destination is down",
      },
    ],
  },
  {
    ...base,
    alert: "MeshControlPlaneDown",
    when: "one of three is left during an update",
    series: { [destination]: "3x5 1x20" },
    at: "15m",
    fires: [],
  },
  {
    ...base,
    alert: "MeshIdentityEndsSoon",
    when: "it ends at hour 5, and it is hour 2",
    series: { [identity]: `${5 * hour}x150` },
    at: "2h",
    fires: [
      {
        labels: { namespace: "paw", pod: "paw-api-1", ...critical },
        summary: "the identity of paw-api-1 in the mesh ends in 3 hours",
      },
    ],
  },
  {
    ...base,
    alert: "MeshIdentityEndsSoon",
    when: "seven hours are left, when it is renewed",
    series: { [identity]: `${9 * hour}x150` },
    at: "2h",
    fires: [],
  },
  {
    ...base,
    alert: "MeshRequestsFail",
    when: "one of ten requests fails",
    series: { [answered("success")]: "0+540x30", [answered("failure")]: "0+60x30" },
    at: "25m",
    fires: [
      {
        labels: { namespace: "paw", pod: "paw-api-1", ...warning },
        summary: "10% of the requests to paw-api-1 fail",
      },
    ],
  },
  {
    ...base,
    alert: "MeshRequestsFail",
    when: "one of a hundred fails",
    series: { [answered("success")]: "0+594x30", [answered("failure")]: "0+6x30" },
    at: "25m",
    fires: [],
  },
  {
    ...base,
    alert: "MeshRequestsDenied",
    when: "a stranger keeps calling",
    series: { [denied]: "0+10x30" },
    at: "25m",
    fires: [
      {
        labels: {
          namespace: "paw",
          pod: "paw-api-1",
          client_id: "other.test.serviceaccount",
          ...warning,
        },
        summary: "paw-api-1 turns away requests of other.test.serviceaccount",
      },
    ],
  },
  {
    ...base,
    alert: "MeshRequestsDenied",
    when: "one request was turned away, an hour ago",
    series: { [denied]: "0 1x80" },
    at: "65m",
    fires: [],
  },
];
