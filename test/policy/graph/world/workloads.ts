/** Validators, sentries and the API. */
import { labels, object, template } from "./shapes.ts";

const podName = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };
const keyMount = { name: "keys", mountPath: "/key.json", subPathExpr: "$(POD_NAME).json" };

export const validators = object("apps/v1", "StatefulSet", [
  "paw-validator",
  "paw",
  {
    metadata: { labels: labels("validator") },
    spec: {
      replicas: 4,
      serviceName: "paw-validator",
      selector: { matchLabels: labels("validator") },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }],
      template: template({
        account: "paw-validator",
        labels: labels("validator"),
        container: {
          env: [podName],
          volumeMounts: [keyMount],
          ports: [
            { name: "p2p", containerPort: 26656 },
            { name: "metrics", containerPort: 26660 },
          ],
        },
        pod: {
          terminationGracePeriodSeconds: 120,
          initContainers: [
            { name: "guard", image: "ghcr.io/bizra/node:v1", env: [podName], volumeMounts: [keyMount] },
          ],
          volumes: [
            { name: "keys", secret: { secretName: "paw-validator-keys" } },
            { name: "settings", configMap: { name: "settings" } },
          ],
        },
      }),
    },
  },
]);

export const sentries = object("apps/v1", "StatefulSet", [
  "paw-sentry",
  "paw",
  {
    metadata: { labels: labels("sentry") },
    spec: {
      replicas: 1,
      serviceName: "paw-sentry",
      template: template({
        account: "paw-sentry",
        labels: labels("sentry"),
        container: { ports: [{ name: "p2p", containerPort: 26656 }] },
      }),
    },
  },
]);

export const api = object("apps/v1", "Deployment", [
  "paw-api",
  "paw",
  {
    metadata: { labels: labels("api") },
    spec: {
      replicas: 2,
      template: template({
        account: "paw-api",
        labels: labels("api"),
        container: {
          ports: [{ name: "rest", containerPort: 1317 }],
          env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "paw-api-jwt", key: "k" } } }],
          resources: { requests: { cpu: "1" } },
        },
        pod: {
          initContainers: [
            {
              name: "prepare",
              image: "docker.io/library/busybox:1",
              resources: { requests: { cpu: "1" } },
              envFrom: [{ configMapRef: { name: "settings" } }],
            },
          ],
        },
      }),
    },
  },
]);
