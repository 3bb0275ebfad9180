import { type Field, at, entries, isHidden, items } from "../../k8s/field.ts";
import { type Finding, holds } from "../../rule.ts";
import { eachContainer, podRule } from "../podSecurity/podRule.ts";

/** Where a container takes variables from Secrets: single keys, and whole Secrets. */
export function secretVariables(container: Field): readonly Field[] {
  return [
    ...items(at(container, "env")).map((variable) => at(variable, "valueFrom", "secretKeyRef")),
    ...items(at(container, "envFrom")).map((source) => at(source, "secretRef")),
  ].filter(({ value }) => value !== undefined);
}

export const secretEnvRef = podRule(
  {
    id: "secret-env-ref",
    item: 4,
    description:
      "Containers read secrets from files: the environment goes to every child process, and into crash reports.",
    severity: "low",
    levels: holds.asAdvice,
    fix: "mount the Secret as a volume and let the program read the file.",
    url: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
    frameworks: [
      "CIS 5.4.1",
      "C-0207",
      "kube-linter read-secret-from-env-var",
      "Kyverno disallow-secrets-from-env-vars",
    ],
  },
  (pod) =>
    eachContainer(pod, (container) =>
      secretVariables(container).map(({ path, blockedAt }): Finding => ({
        path: blockedAt ?? path,
        found: blockedAt === undefined ? "a Secret" : "what a preview does not show",
        wanted: "a mounted file",
      })),
    ),
);

/** Names of the Secrets that a volume holds, also among others in a projected one. */
export function secretsOfVolume(volume: Field): readonly Field[] {
  return [
    at(volume, "secret", "secretName"),
    ...items(at(volume, "projected", "sources")).map((source) => at(source, "secret", "name")),
  ].filter(({ value }) => value !== undefined);
}

/** Names of the Secrets that a container takes variables from. */
export function secretsOfVariables(container: Field): readonly Field[] {
  return secretVariables(container).map((reference) => at(reference, "name"));
}

/** Where a container mounts a volume of that name, or may do so. */
export function mountsOf(container: Field, volume: unknown): readonly Field[] {
  return items(at(container, "volumeMounts")).filter((mount) => {
    const name = at(mount, "name");
    return name.value === volume || isHidden(name);
  });
}

/** The keys of a map that are set; none where it is no map. */
export function keysOf(field: Field): readonly string[] {
  return entries(field).flatMap(({ key }) => key ?? []);
}
