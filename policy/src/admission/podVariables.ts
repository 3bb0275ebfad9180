/** The pod inside an object, whatever the object's kind: variables for CEL, written from where podSpec.ts finds it. */
import { templatePaths } from "../k8s/podSpec.ts";
import { type Resources, literal } from "./twin.ts";

/** The version that each group serves its pod-bearing kinds in. */
const versions: Readonly<Record<string, string>> = {
  "": "v1",
  apps: "v1",
  batch: "v1",
  "argoproj.io": "v1alpha1",
};

/** Rules of an admission policy that match every kind with a pod, and the way by which `kubectl debug` adds to one. */
export const podResources: readonly Resources[] = Object.entries(templatePaths).map(([group, kinds]) => {
  const version = versions[group];
  if (version === undefined) throw new Error(`podVariables.ts knows no version of the API group "${group}"`);
  const resources = Object.keys(kinds).map((kind) => `${kind.toLowerCase()}s`);
  return {
    group,
    version,
    resources: resources.flatMap((name) => (name === "pods" ? [name, "pods/ephemeralcontainers"] : [name])),
  };
});

/** `dyn` keeps the API server from holding the expression against the schema of each kind, which differ. */
function templateOf(): string {
  const usual = ["spec", "template"];
  const others = Object.values(templatePaths)
    .flatMap((kinds) => Object.entries(kinds))
    .filter(([, path]) => path.join() !== usual.join());
  const select = (path: readonly string[]): string =>
    path.length === 0 ? "optional.of(dyn(object))" : `dyn(object)${path.map((name) => `.?${name}`).join("")}`;
  return others
    .map(([kind, path]) => `object.kind == ${literal(kind)} ? ${select(path)} : `)
    .concat(select(usual))
    .join("");
}

/** In the order in which they refer to one another. What is absent reads as empty. */
export const podVariables: readonly (readonly [name: string, expression: string])[] = [
  ["template", `(${templateOf()}).orValue({})`],
  ["pod", "variables.template.?spec.orValue({})"],
  ["planned", "variables.pod.?initContainers.orValue([]) + variables.pod.?containers.orValue([])"],
  ["containers", "variables.planned + variables.pod.?ephemeralContainers.orValue([])"],
  [
    "contexts",
    "[variables.pod.?securityContext.orValue({})] + variables.containers.map(c, c.?securityContext.orValue({}))",
  ],
  ["windows", 'variables.pod.?os.?name.orValue("") == "windows"'],
  ["userNamespace", "!variables.pod.?hostUsers.orValue(true)"],
];
