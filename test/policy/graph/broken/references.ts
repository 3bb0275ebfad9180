/** Rules about references. */
import { UNKNOWN } from "../../../../policy/src/k8s/field.ts";
import { type Broken, api, broken, one, pod, validator } from "./shape.ts";
import { labels, object } from "../world.ts";

export const integrity: readonly Broken[] = [
  broken(["svc-selector", "labels that no pod has", "Service paw/paw-api"], {
    ...one("Service paw/paw-api", { "spec.selector": { a: "b" } }),
    path: "spec.selector",
  }),
  broken(["svc-selector", "a pod of a StatefulSet that is not there", "Service paw/s"], {
    more: [
      object("v1", "Service", [
        "s",
        "paw",
        { spec: { selector: { "statefulset.kubernetes.io/pod-name": "paw-sentry-1" } } },
      ]),
    ],
  }),
  broken(
    ["svc-selector", "a selector that is not known", "Service paw/paw-api"],
    one("Service paw/paw-api", { "spec.selector": UNKNOWN }),
  ),
  broken(["svc-port", "a port that no container has", "Service paw/paw-api"], {
    ...one("Service paw/paw-api", { "spec.ports[0].targetPort": 1318 }),
    path: "targetPort",
  }),
  broken(
    ["svc-port", "a name that no port has", "Service paw/paw-api"],
    one("Service paw/paw-api", { "spec.ports[0].targetPort": "http" }),
  ),
  broken(
    ["svc-port", "a port that is not known", "Service paw/paw-api"],
    one("Service paw/paw-api", { "spec.ports[0].targetPort": UNKNOWN }),
  ),
  broken(
    ["servicemonitor", "labels that no Service has", "ServiceMonitor paw/paw-validator"],
    one("ServiceMonitor paw/paw-validator", { "spec.selector": { matchLabels: labels("x") } }),
  ),
  broken(["servicemonitor", "a port that the Service has not", "ServiceMonitor paw/paw-validator"], {
    ...one("ServiceMonitor paw/paw-validator", { "spec.endpoints[0].port": "http" }),
    path: "endpoints[0].port",
  }),
  broken(["servicemonitor", "another namespace", "ServiceMonitor paw/paw-validator"], {
    ...one("ServiceMonitor paw/paw-validator", { "spec.namespaceSelector": { matchNames: ["monitoring"] } }),
    more: [object("v1", "Service", ["x", "monitoring"])],
  }),
  broken(
    ["servicemonitor", "pods that are not there", "PodMonitor paw/paw-sentry"],
    one("PodMonitor paw/paw-sentry", { "spec.selector": { matchLabels: labels("x") } }),
  ),
  broken(
    ["servicemonitor", "a selector that is not known", "PodMonitor paw/paw-sentry"],
    one("PodMonitor paw/paw-sentry", { "spec.selector": UNKNOWN }),
  ),
  broken(
    ["ingress-backend", "a Service that is not there", "Ingress paw/paw-api"],
    one("Ingress paw/paw-api", { "spec.rules[0].http.paths[0].backend.service.name": "other" }),
  ),
  broken(
    ["ingress-backend", "a port that it has not", "Ingress paw/paw-api"],
    one("Ingress paw/paw-api", { "spec.rules[0].http.paths[0].backend.service.port": { number: 1317 } }),
  ),
  broken(["ingress-backend", "a default that is not there", "Ingress paw/paw-api"], {
    ...one("Ingress paw/paw-api", { "spec.defaultBackend.service": { name: "x", port: { number: 1 } } }),
    path: "defaultBackend.service",
  }),
  broken(
    ["ingress-backend", "a backend that is not known", "Ingress paw/paw-api"],
    one("Ingress paw/paw-api", { "spec.rules[0].http.paths[0].backend.service": UNKNOWN }),
  ),
  broken(
    ["sa-exists", "an account that is not there", validator],
    one("ServiceAccount paw/paw-validator", "gone"),
  ),
  broken(
    ["sa-exists", "an account that is not known", validator],
    one(validator, { [`${pod}.serviceAccountName`]: UNKNOWN }),
  ),
  broken(["config-exists", "a ConfigMap that is not there", validator], {
    ...one("ConfigMap paw/settings", "gone"),
    path: "volumes[1].configMap.name",
  }),
  broken(["config-exists", "in an init container", api], {
    ...one("ConfigMap paw/settings", "gone"),
    path: "initContainers[0].envFrom[0].configMapRef.name",
  }),
  broken(
    ["config-exists", "a claim that is not there", "CronJob paw/paw-backup"],
    one("PersistentVolumeClaim paw/paw-backup", "gone"),
  ),
  broken(
    ["config-exists", "a name that is not known", validator],
    one(validator, { [`${pod}.volumes[1].configMap.name`]: UNKNOWN }),
  ),
  broken(
    ["sts-service", "a Service that is not there", "StatefulSet paw/paw-sentry"],
    one("Service paw/paw-sentry", "gone"),
  ),
  broken(
    ["sts-service", "a name that is not known", "StatefulSet paw/paw-sentry"],
    one("StatefulSet paw/paw-sentry", { "spec.serviceName": UNKNOWN }),
  ),
  broken(
    ["pdb-selector", "labels that no pod has", "PodDisruptionBudget paw/paw-api"],
    one("PodDisruptionBudget paw/paw-api", { "spec.selector": { matchLabels: labels("x") } }),
  ),
  broken(
    ["pdb-selector", "pods of another budget", "PodDisruptionBudget paw/paw-api"],
    one("PodDisruptionBudget paw/paw-api", { "spec.selector": {} }),
  ),
  broken(
    ["pdb-selector", "a selector that is not known", "PodDisruptionBudget paw/paw-api"],
    one("PodDisruptionBudget paw/paw-api", { "spec.selector": UNKNOWN }),
  ),
];
