/** Who holds which role. */
import { at, items } from "../k8s/field.ts";
import { root } from "../k8s/manifest.ts";
import type { Item } from "./graph.ts";

/** Roles that Kubernetes itself brings. */
export const builtInRoles =
  /^(view|edit|admin|cluster-admin|system:.+|extension-apiserver-authentication-reader)$/;

export interface Subject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

/** Whom a binding gives its role to; what is not known is empty. */
export function subjectsOf(binding: Item): readonly Subject[] {
  return items(at(root(binding.manifest), "subjects")).map((subject) => {
    const text = (name: string): string => {
      const { value } = at(subject, name);
      return typeof value === "string" ? value : "";
    };
    return {
      kind: text("kind"),
      namespace: text("namespace") || binding.namespace,
      name: text("name"),
      path: at(subject, "name").path,
    };
  });
}

/** The role that a binding gives, as `Kind/namespace/name`, where it is known. */
export function boundRoles(binding: Item): readonly string[] {
  const reference = at(root(binding.manifest), "roleRef");
  const [kind, name] = [at(reference, "kind").value, at(reference, "name").value];
  if (typeof kind !== "string" || typeof name !== "string") return [];
  return [`${kind}/${kind === "Role" ? binding.namespace : ""}/${name}`];
}

export const accountKey = (namespace: string, name: string): string => `${namespace}/${name}`;
