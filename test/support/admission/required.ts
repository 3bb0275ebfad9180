/** Makes the rules' cases into what an API server takes: what it demands beside what the case is about. */
import { isRecord } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { edited, pod, wrappers } from "../../policy/fixtures.ts";
import { goodPod } from "../../policy/rules/objectFixtures.ts";
import { withoutNamespace } from "./api.ts";
import { namespace } from "./verdicts.ts";

export interface AdmissionCase {
  readonly what: string;
  readonly manifest: Manifest;
  /** True where ephemeral containers are added to a running pod, which is the only way to have any. */
  readonly debugs?: boolean;
}

type Fields = Record<string, unknown>;

/** What objects other than pods cannot do without. */
const demanded: Readonly<Record<string, (manifest: Manifest) => Manifest>> = {
  // A namespace and an account of the fixtures' names are there already.
  Namespace: (manifest) => edited(manifest, { "metadata.name": "another" }),
  ServiceAccount: (manifest) => edited(manifest, { "metadata.name": "another" }),
  Service: (manifest) => edited(manifest, { "spec.ports": [{ port: 80 }] }),
  Ingress: (manifest) =>
    edited(manifest, { "spec.defaultBackend": { service: { name: "web", port: { number: 80 } } } }),
  Secret: (manifest) =>
    manifest.type === "kubernetes.io/service-account-token"
      ? edited(manifest, { 'metadata.annotations["kubernetes.io/service-account.name"]': "web" })
      : manifest,
};

/** The same case with fields that the API server cannot do without, and none of those that it never takes. */
export function withRequired({ what, manifest: given }: AdmissionCase): AdmissionCase {
  const manifest = withoutNamespace.has(given.kind)
    ? given
    : edited(given, { "metadata.namespace": namespace });
  if (manifest.kind === "Pod") return { what, ...asPod(manifest) };
  const wrapper = wrappers.find(
    ({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind,
  );
  if (wrapper) return { what, manifest: asWorkload(manifest, wrapper.template) };
  return { what, manifest: demanded[manifest.kind]?.(manifest) ?? manifest };
}

function asPod(manifest: Manifest): Omit<AdmissionCase, "what"> {
  if (!isRecord(manifest.spec)) return { manifest };
  const spec = completedSpec(manifest.spec);
  const ephemeral = JSON.stringify(spec.ephemeralContainers);
  const debugs = ephemeral !== "[]" && usualEphemeral.every((usual) => ephemeral !== usual);
  if (!debugs) delete spec.ephemeralContainers;
  return { manifest: { ...manifest, spec }, debugs };
}

const usualEphemeral = [pod(), goodPod()].map(({ spec }) =>
  JSON.stringify((spec as { ephemeralContainers: unknown[] }).ephemeralContainers.map(asEphemeral)),
);

function completedSpec(spec: Fields): Fields {
  const list = (name: string): unknown[] => (Array.isArray(spec[name]) ? (spec[name] as unknown[]) : []);
  const made: Fields = {
    ...spec,
    initContainers: list("initContainers").map((each) => completedContainer(asInit(each), 8180)),
    containers: list("containers").map((each, index) => completedContainer(each, 8080 + index)),
    ephemeralContainers: list("ephemeralContainers").map(asEphemeral),
    ...(list("topologySpreadConstraints").length > 0
      ? { topologySpreadConstraints: list("topologySpreadConstraints").map(completedConstraint) }
      : {}),
    volumes: list("volumes").map((volume, index) => completedVolume(volume, `v${index}`)),
    securityContext: withProfile(spec.securityContext),
  };
  // Masks of /proc can be had off in a user namespace alone.
  return JSON.stringify(made).includes('"procMount":"Unmasked"') ? { ...made, hostUsers: false } : made;
}

function completedConstraint(constraint: unknown): unknown {
  return isRecord(constraint)
    ? { maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", labelSelector: {}, ...constraint }
    : constraint;
}

const requiredOfVolumes: Readonly<Record<string, Fields>> = {
  hostPath: { path: "/" },
  nfs: { server: "nfs.example", path: "/" },
  gcePersistentDisk: { pdName: "disk" },
  flexVolume: { driver: "example/driver" },
};

function completedVolume(volume: unknown, name: string): unknown {
  if (!isRecord(volume)) return volume;
  const sources = Object.entries(requiredOfVolumes).filter(([type]) => isRecord(volume[type]));
  const filled = sources.map(([type, fields]) => [type, { ...fields, ...(volume[type] as Fields) }]);
  return { name, ...volume, ...Object.fromEntries(filled) };
}

/** Init containers may have probes and hooks where they go on running; that of the fixture is none of the case's. */
function asInit(container: unknown): unknown {
  if (!isRecord(container)) return container;
  const { readinessProbe, ...rest } = container;
  const others = ["livenessProbe", "startupProbe", "lifecycle"].some((name) => name in rest);
  return others || JSON.stringify(readinessProbe) !== usualProbe
    ? { restartPolicy: "Always", ...container }
    : rest;
}

const usualProbe = JSON.stringify({ httpGet: { path: "/", port: 8080 } });

/** @param port containers of a pod with the node's network share its ports. */
function completedContainer(container: unknown, port: number): unknown {
  if (!isRecord(container)) return container;
  const made: Fields = {
    ...container,
    securityContext: consistent(withProfile(container.securityContext)),
  };
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    if (isRecord(made[probe])) made[probe] = completedHandler(made[probe]);
  }
  if (isRecord(made.lifecycle)) {
    const hooks = Object.entries(made.lifecycle);
    made.lifecycle = Object.fromEntries(
      hooks.map(([hook, handler]) => [hook, isRecord(handler) ? completedHandler(handler) : handler]),
    );
  }
  if (Array.isArray(made.ports)) {
    made.ports = (made.ports as unknown[]).map((each, index) =>
      isRecord(each) ? { ...each, containerPort: Number(each.hostPort ?? 0) || port + 10 * index } : each,
    );
  }
  return made;
}

/** A profile of one's own has a name. */
function withProfile(context: unknown): unknown {
  if (!isRecord(context)) return context;
  const profiles = ["seccompProfile", "appArmorProfile"].filter((name) => {
    const profile = context[name];
    return isRecord(profile) && profile.type === "Localhost";
  });
  const named = profiles.map((name) => [name, { localhostProfile: "x.json", ...(context[name] as Fields) }]);
  return { ...context, ...Object.fromEntries(named) };
}

/** A privileged container may gain privileges: the API server takes no other word for it. */
function consistent(context: unknown): unknown {
  if (!isRecord(context) || context.privileged !== true) return context;
  return { ...context, allowPrivilegeEscalation: true };
}

/** One action alone, with a port. */
function completedHandler({ httpGet, tcpSocket, ...rest }: Fields): object {
  if (isRecord(tcpSocket)) return { ...rest, tcpSocket: { port: 8080, ...tcpSocket } };
  return isRecord(httpGet) ? { ...rest, httpGet: { port: 8080, ...httpGet } } : rest;
}

/** The API server takes neither ports nor probes of ephemeral containers; where a case is about them, it may say so. */
function asEphemeral(container: unknown): unknown {
  if (!isRecord(container)) return container;
  const { ports, readinessProbe, ...rest } = container;
  const usual = { ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { path: "/", port: 8080 } } };
  const asUsual = JSON.stringify({ ports, readinessProbe }) === JSON.stringify(usual);
  const made: Fields = asUsual ? rest : { ...container };
  return { ...made, securityContext: consistent(withProfile(made.securityContext)) };
}

function asWorkload(manifest: Manifest, template: readonly string[]): Manifest {
  const at = template.join(".");
  const labels = { app: "web" };
  const inner = template.reduce<unknown>(
    (value, key) => (isRecord(value) ? value[key] : undefined),
    manifest,
  );
  if (!isRecord(inner) || !isRecord(inner.spec)) return manifest;
  const { kind } = manifest;
  const metadata = isRecord(inner.metadata) ? inner.metadata : {};
  const ofJobs = ["Job", "CronJob"].includes(kind);
  const selected = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].includes(kind);
  return edited(manifest, {
    [`${at}.metadata`]: { ...metadata, labels: { ...(metadata.labels as object | undefined), ...labels } },
    [`${at}.spec`]: {
      ...completedSpec(inner.spec),
      ephemeralContainers: undefined,
      ...(ofJobs ? { restartPolicy: "Never" } : {}),
    },
    ...(selected ? { "spec.selector": { matchLabels: labels } } : {}),
    ...(kind === "ReplicationController" ? { "spec.selector": labels } : {}),
    ...(kind === "CronJob" ? { "spec.schedule": "0 0 * * *" } : {}),
    ...(kind === "StatefulSet" ? { "spec.serviceName": "web" } : {}),
  });
}
