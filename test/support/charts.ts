/**
 * A mirror of stand-in charts: the names and versions of the pinned ones, with an object or two in each, so that how
 * charts are found and installed can be tested where no chart repository answers. What they hold is simulated.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { create } from "tar";
import { stringify } from "yaml";

import { type ChartName, charts } from "../../versions.ts";

/** Custom resources that this program makes, by the chart that defines them: group, version, kind, plural, scope. */
const definitions: Partial<Record<ChartName, [string, string, string, string, "Namespaced" | "Cluster"][]>> =
  {
    "prometheus-operator-crds": [
      ["monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors", "Namespaced"],
      ["monitoring.coreos.com", "v1", "PodMonitor", "podmonitors", "Namespaced"],
      ["monitoring.coreos.com", "v1", "PrometheusRule", "prometheusrules", "Namespaced"],
    ],
    "cert-manager": [
      ["cert-manager.io", "v1", "Certificate", "certificates", "Namespaced"],
      ["cert-manager.io", "v1", "ClusterIssuer", "clusterissuers", "Cluster"],
    ],
    "gateway-api": [
      ["gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes", "Namespaced"],
      ["gateway.networking.k8s.io", "v1", "GRPCRoute", "grpcroutes", "Namespaced"],
    ],
    "linkerd-crds": [
      ["policy.linkerd.io", "v1beta3", "Server", "servers", "Namespaced"],
      ["policy.linkerd.io", "v1alpha1", "AuthorizationPolicy", "authorizationpolicies", "Namespaced"],
      ["policy.linkerd.io", "v1alpha1", "MeshTLSAuthentication", "meshtlsauthentications", "Namespaced"],
      ["policy.linkerd.io", "v1alpha1", "NetworkAuthentication", "networkauthentications", "Namespaced"],
    ],
    "trust-manager": [["trust.cert-manager.io", "v1alpha1", "Bundle", "bundles", "Cluster"]],
    "external-secrets": [
      ["external-secrets.io", "v1", "ExternalSecret", "externalsecrets", "Namespaced"],
      ["external-secrets.io", "v1", "ClusterSecretStore", "clustersecretstores", "Cluster"],
      ["generators.external-secrets.io", "v1alpha1", "Password", "passwords", "Namespaced"],
    ],
    "argo-rollouts": [
      ["argoproj.io", "v1alpha1", "Rollout", "rollouts", "Namespaced"],
      ["argoproj.io", "v1alpha1", "AnalysisTemplate", "analysistemplates", "Namespaced"],
    ],
    "policy-controller": [
      ["policy.sigstore.dev", "v1alpha1", "ClusterImagePolicy", "clusterimagepolicies", "Cluster"],
    ],
  };

/** Discovery of an API server that has all of them: by path, as the server would answer. */
export function standInDiscovery(): Map<string, object> {
  const kinds = Object.values(definitions).flat();
  const groups = [...new Set(kinds.map(([group]) => group))].map((name) => ({
    name,
    versions: [...new Set(kinds.filter(([group]) => group === name).map(([, version]) => version))].map(
      (version) => ({ groupVersion: `${name}/${version}`, version }),
    ),
  }));
  const answers = new Map<string, object>([["/apis", { kind: "APIGroupList", groups }]]);
  for (const { groupVersion } of groups.flatMap(({ versions }) => versions)) {
    const resources = kinds
      .filter(([group, version]) => `${group}/${version}` === groupVersion)
      .map(([, , kind, plural, scope]) => ({
        name: plural,
        kind,
        namespaced: scope === "Namespaced",
        verbs: [],
      }));
    answers.set(`/apis/${groupVersion}`, { kind: "APIResourceList", groupVersion, resources });
  }
  return answers;
}

function definition([group, version, kind, plural, scope]: [string, string, string, string, string]): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // The API server wants it for groups of Kubernetes' own.
      annotations: group.endsWith(".k8s.io")
        ? { "api-approved.kubernetes.io": "unapproved, a stand-in" }
        : {},
    },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}

/** Charts that hold definitions alone. */
const nothingElse: readonly ChartName[] = ["gateway-api", "linkerd-crds", "prometheus-operator-crds"];
const configMap = [
  "apiVersion: v1",
  "kind: ConfigMap",
  "metadata:",
  '  name: "stand-in-{{ .Release.Name }}"',
  '  namespace: "{{ .Release.Namespace }}"',
  "",
].join("\n");
/** An object of a kind that another chart defines, as most charts hold one, and without a namespace, as some write it. */
const serviceMonitor = stringify({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata: { name: "stand-in" },
  spec: { selector: {}, endpoints: [] },
});

function filesOf(name: ChartName): Record<string, string> {
  const { version } = charts[name];
  const kinds = definitions[name] ?? [];
  return {
    "Chart.yaml": stringify({ apiVersion: "v2", name, version }),
    "values.yaml": "",
    ...(nothingElse.includes(name) ? {} : { "templates/config.yaml": configMap }),
    ...(name === "argo-rollouts" ? { "templates/monitor.yaml": serviceMonitor } : {}),
    ...Object.fromEntries(
      kinds.map((kind) => [`templates/crd-${kind[3]}.yaml`, stringify(definition(kind))]),
    ),
  };
}

/** Makes the mirror in a folder of its own; `dispose` removes it. */
export async function standInCharts(): Promise<{ readonly folder: string; readonly dispose: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "paw-mirror-"));
  const work = mkdtempSync(join(tmpdir(), "paw-chart-"));
  for (const name of Object.keys(charts) as ChartName[]) {
    for (const [file, text] of Object.entries(filesOf(name))) {
      const path = join(work, name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const file = join(folder, `${name}-${charts[name].version}.tgz`);
    await create({ file, gzip: true, portable: true, cwd: work }, [name]);
  }
  rmSync(work, { recursive: true });
  return {
    folder,
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
