/** The cases of the rules' own tests as requests that an API server takes, and many more that are drawn. */
import { inspect } from "node:util";

import fc from "fast-check";

import { twins } from "../../../policy/src/admission/twins/index.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { type Edits, containerLists, edited, namespace, pod, wrap, wrappers } from "../../policy/fixtures.ts";
import { bad as badObjects } from "../../policy/rules/badObjects.ts";
import { badOperations } from "../../policy/rules/badOperations.ts";
import { badPods } from "../../policy/rules/badPods.ts";
import { badSecrets } from "../../policy/rules/badSecrets.ts";
import { good } from "../../policy/rules/goodObjects.ts";
import { goodPod, role } from "../../policy/rules/objectFixtures.ts";
import { ofContainers, ofPods } from "../../policy/rules/podSecurityCases.ts";
import { type AdmissionCase, withRequired } from "./required.ts";

/** Every case without unknowns: those of the tables, those of the other rules, kinds, labels of namespaces, drawn ones. */
export function admissionCases(): AdmissionCase[] {
  const cases = [...fieldCases(), ...objectCases(), ...kindCases(), ...namespaceCases(), ...drawn()];
  return cases.filter(({ manifest }) => isKnown(manifest) && isServed(manifest)).map(withRequired);
}

/** Pulumi's patches, Helm's releases and files are no objects; policies are not held against policies. */
function isServed({ apiVersion, kind }: Manifest): boolean {
  const groups = ["helm.sh/", "audit.k8s.io/", "admissionregistration.k8s.io/", "extensions/"];
  return !kind.endsWith("Patch") && !groups.some((group) => apiVersion.startsWith(group));
}

function isKnown(value: unknown): boolean {
  if (value === UNKNOWN) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isKnown);
}

function fieldCases(): AdmissionCase[] {
  const places = [
    ...containerLists.flatMap((list) =>
      ofContainers.map((each) => ({ ...each, path: `spec.${list}[0].${each.field}` })),
    ),
    ...ofPods.map((each) => ({ ...each, path: `spec.${each.field}` })),
  ];
  return places.flatMap(({ path, bad: refused, good: accepted }) =>
    [...refused, ...accepted].map((value) => ({
      what: `${path} = ${inspect(value)}`,
      manifest: goodPod({ [path]: value }),
    })),
  );
}

const ofTwins = [...badObjects, ...badPods, ...badSecrets, ...badOperations].filter(
  ([rule]) => rule in twins,
);

function objectCases(): AdmissionCase[] {
  return [
    ...ofTwins.map(([rule, what, manifest]) => ({
      what: `${rule}: ${what}`,
      manifest,
    })),
    ...good.map(([what, manifest]) => ({ what, manifest })),
  ];
}

/** Kinds that the API serves: Pulumi's patches and former groups are none. */
const served = wrappers.filter(
  ({ apiVersion, kind }) => !kind.endsWith("Patch") && !apiVersion.startsWith("extensions/"),
);

/** All of its containers have to be processes of the node, with its network. */
const windowsHostProcess = edited(
  goodPod({
    "spec.os.name": "windows",
    "spec.hostNetwork": true,
    "spec.securityContext": { windowsOptions: { hostProcess: true, runAsUserName: "NT AUTHORITY\\SYSTEM" } },
    "spec.initContainers": [],
    "spec.ephemeralContainers": [],
  }),
  { "spec.containers[0].securityContext": {}, "spec.containers[1].securityContext": {} },
);

function kindCases(): AdmissionCase[] {
  const inner = [
    goodPod(),
    pod(),
    goodPod({ "spec.initContainers[0].securityContext.privileged": true }),
    goodPod({ "spec.serviceAccountName": undefined, "spec.hostPID": true }),
    goodPod({ "spec.initContainers[0].resources.limits.cpu": undefined }),
    goodPod({ 'metadata.annotations["linkerd.io/inject"]': "disabled" }),
    goodPod({ "spec.containers[0].env": [{ name: "dbPassword", value: "x" }] }),
    windowsHostProcess,
  ];
  return served.flatMap((wrapper) =>
    inner.map((each, index) => ({ what: `${wrapper.kind} ${index}`, manifest: wrap(each, wrapper) })),
  );
}

function namespaceCases(): AdmissionCase[] {
  const prefix = "pod-security.kubernetes.io/";
  const values: [string, unknown[]][] = ["enforce", "warn", "audit"].flatMap(
    (mode): [string, unknown[]][] => [
      [mode, [undefined, "baseline", "privileged", "", "restricted"]],
      [`${mode}-version`, [undefined, "latest", "v1.34", "v1.9", "v1.36", "v1.100", "v1.035"]],
    ],
  );
  return values.flatMap(([label, each]) =>
    each.map((value) => ({
      what: `Namespace ${label} = ${String(value)}`,
      manifest: namespace({ [`metadata.labels["${prefix}${label}"]`]: value }),
    })),
  );
}

const claim = { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };

/** Values that an API server takes, right and wrong ones: what is drawn should mostly reach admission. */
const podValues: Readonly<Record<string, readonly unknown[]>> = {
  "securityContext.runAsNonRoot": [true, false, undefined],
  "securityContext.runAsUser": [0, 1, 1000, undefined],
  "securityContext.seccompProfile": [
    { type: "RuntimeDefault" },
    { type: "Unconfined" },
    { type: "Localhost", localhostProfile: "x.json" },
    undefined,
  ],
  "securityContext.appArmorProfile": [{ type: "RuntimeDefault" }, { type: "Unconfined" }, undefined],
  "securityContext.seLinuxOptions": [
    { type: "spc_t" },
    { type: "container_t" },
    { level: "s0" },
    { user: "u" },
  ],
};
const containerValues: Readonly<Record<string, readonly unknown[]>> = {
  ...podValues,
  "securityContext.privileged": [true, false],
  "securityContext.procMount": ["Default", undefined],
  "ports[0].hostPort": [0, 8080, undefined],
  "livenessProbe.httpGet.host": ["10.0.0.1", "", undefined],
  "lifecycle.preStop.httpGet": [{ port: 80, host: "169.254.169.254" }, { port: 80 }],
  "securityContext.allowPrivilegeEscalation": [false, undefined],
  "securityContext.readOnlyRootFilesystem": [true, false, undefined],
  "securityContext.capabilities": [
    { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    { drop: ["ALL"], add: ["NET_ADMIN"] },
    { drop: ["NET_RAW"] },
    undefined,
  ],
  securityContext: [undefined, {}],
  image: [
    "ghcr.io/bizra/node",
    "ghcr.io/bizra/node:latest",
    "cr.l5d.io/linkerd/proxy:edge-26.8.3",
    "evil.example:5000/x",
  ],
  env: [
    "jwtSecret",
    "DBPassword",
    "apiKey",
    "API_KEY_FILE",
    "a2Token",
    "secretName",
    "tokens",
    "mypassword",
  ].map((name) => [{ name, value: "x" }]),
};
const specValues: Readonly<Record<string, readonly unknown[]>> = {
  ...podValues,
  hostUsers: [true, false, undefined],
  hostNetwork: [true, false],
  hostPID: [true, undefined],
  hostIPC: [true, false],
  "securityContext.sysctls": [
    [{ name: "net.ipv4.tcp_syncookies", value: "1" }],
    [{ name: "kernel.msgmax", value: "1" }],
    undefined,
  ],
  serviceAccountName: ["web", "default", undefined],
  "os.name": ["linux"],
  volumes: [
    [{ name: "tmp", hostPath: { path: "/" } }],
    [{ name: "tmp", emptyDir: {} }],
    [{ name: "tmp", nfs: { server: "nfs.example", path: "/" } }],
    [{ name: "tmp", image: { reference: "ghcr.io/bizra/data:1" } }],
    [{ name: "tmp", ephemeral: { volumeClaimTemplate: claim } }],
  ],
};

function drawn(): AdmissionCase[] {
  const edit = (prefix: string, table: Readonly<Record<string, readonly unknown[]>>) =>
    fc
      .constantFrom(...Object.keys(table))
      .chain((field) =>
        fc
          .constantFrom(...(table[field] ?? []))
          .map((value): [string, unknown] => [`${prefix}.${field}`, value]),
      );
  const lists = ["containers[0]", "containers[1]", "initContainers[0]"];
  const anywhere = fc.oneof(
    edit("spec", specValues),
    ...lists.map((container) => edit(`spec.${container}`, containerValues)),
  );
  const pods = fc
    .tuple(fc.array(anywhere, { minLength: 1, maxLength: 6 }), fc.constantFrom(...served))
    .map(([edits, wrapper]) => ({
      what: `drawn: ${wrapper.kind} ${JSON.stringify(edits)}`,
      manifest: wrap(goodPod(Object.fromEntries(edits) as Edits), wrapper),
    }));
  const some = (...words: string[]) => fc.subarray(words, { minLength: 1 });
  const roles = fc
    .record({
      verbs: some("get", "list", "create", "update", "bind", "*"),
      apiGroups: some("", "rbac.authorization.k8s.io", "admissionregistration.k8s.io", "*"),
      resources: some(
        "secrets",
        "pods",
        "pods/exec",
        "roles",
        "configmaps",
        "persistentvolumes",
        "validatingwebhookconfigurations",
        "*/scale",
      ),
      resourceNames: fc.constantFrom([], ["mine"]),
    })
    .map((rule) => ({ what: `drawn: role ${JSON.stringify(rule)}`, manifest: role(rule) }));
  const draw = { seed: 6 };
  return [...fc.sample(pods, { ...draw, numRuns: 400 }), ...fc.sample(roles, { ...draw, numRuns: 300 })];
}
