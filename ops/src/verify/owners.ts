/**
 * Whether somebody changed objects of the program by hand. Pulumi's refresh looks at the fields that it owns, and a field
 * that somebody else has changed may be owned by them alone: a role that was widened by kubectl is no drift to it.
 */
import { list, type StoredObject } from "../running/api.ts";
import type { Check, Fault } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import { ownNamespaces } from "./objects.ts";

/** Kinds of the program in its own namespaces, by API. */
const kinds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  v1: {
    ConfigMap: "configmaps",
    LimitRange: "limitranges",
    ResourceQuota: "resourcequotas",
    Service: "services",
  },
  "apps/v1": { Deployment: "deployments", StatefulSet: "statefulsets" },
  "batch/v1": { CronJob: "cronjobs" },
  "networking.k8s.io/v1": { NetworkPolicy: "networkpolicies" },
  "policy/v1": { PodDisruptionBudget: "poddisruptionbudgets" },
  "rbac.authorization.k8s.io/v1": { Role: "roles", RoleBinding: "rolebindings" },
};

/** Names under which what people type reaches the API server; controllers have others. */
const byHand = /^(kubectl|k9s|lens|oc$|curl|mozilla|helm$)/i;

interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, object>>;
}

/** No object of the program was changed by hand. */
export const owners: Check<Target> = {
  id: "owners",
  title: "owners",
  wanted: "no field of the program's objects set by hand",
  async look(target) {
    const wanted = ownNamespaces(target).flatMap((namespace) =>
      Object.entries(kinds).flatMap(([apiVersion, resources]) =>
        Object.entries(resources).map(([kind, resource]) => ({ apiVersion, kind, resource, namespace })),
      ),
    );
    const lists = await Promise.all(wanted.map((each) => list(target, each)));
    const objects = lists.flat().filter(isOurs);
    return { found: `${objects.length} objects`, faults: objects.flatMap(handOf) };
  },
};

function isOurs({ metadata }: StoredObject): boolean {
  return metadata.labels?.["app.kubernetes.io/managed-by"] === "pulumi";
}

/** Who set fields of an object by hand, beside its labels and annotations. */
export function handOf({ kind, metadata }: StoredObject): Fault[] {
  const entries = ((metadata as { managedFields?: ManagedFields[] }).managedFields ?? []).filter(
    ({ manager = "", subresource }) => byHand.test(manager) && subresource !== "status",
  );
  return entries.flatMap(({ manager = "", fieldsV1 = {} }) => {
    const fields = Object.keys(fieldsV1)
      .map((field) => field.replace(/^f:/, ""))
      .filter((field) => field !== "metadata");
    if (fields.length === 0) return [];
    const { name, namespace = "" } = metadata;
    return [
      {
        found: `${kind} ${namespace}/${name}: ${fields.join(", ")} was set by "${manager}"`,
        next: `kubectl get ${kind.toLowerCase()} -n ${namespace} ${name} -o yaml --show-managed-fields; delete it if it can be spared, and npx paw deploy --refresh makes it anew`,
      },
    ];
  });
}
