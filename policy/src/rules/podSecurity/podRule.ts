import { type Field, at } from "../../k8s/field.ts";
import { isPatch } from "../../k8s/manifest.ts";
import { type Pod, bearsPod, containersOf, podOf } from "../../k8s/podSpec.ts";
import type { Finding, Rule } from "../../rule.ts";

/** Where the Pod Security Standards are written down. */
export const standards = "https://kubernetes.io/docs/concepts/security/pod-security-standards/";

/** The minor version of Kubernetes 1 whose `restricted` level these rules hold (the newest that changed it). */
export const standardMinor = 35;

/** A rule about pods, wherever they stand: it is given the pod of every kind that has one. */
export function podRule(
  about: Omit<Rule, "judges" | "check">,
  check: (pod: Pod) => readonly Finding[],
): Rule {
  return {
    ...about,
    judges: bearsPod,
    check: (manifest) => {
      const pod = podOf(manifest);
      return pod === undefined ? [] : check(pod);
    },
  };
}

/** The same rule for whole objects alone: a patch sets what it means to, and leaves the rest to the object's owner. */
export function notOfPatches(rule: Rule): Rule {
  return { ...rule, judges: (manifest) => !isPatch(manifest) && rule.judges(manifest) };
}

/** The findings in all containers of a pod, each with the name of its container. */
export function eachContainer(pod: Pod, check: (container: Field) => readonly Finding[]): readonly Finding[] {
  return containersOf(pod).flatMap((container) => {
    const name = at(container, "name").value;
    const findings = check(container);
    return typeof name === "string" ? findings.map((finding) => ({ ...finding, container: name })) : findings;
  });
}

/** The findings in the security context of the pod and in those of all its containers. */
export function eachSecurityContext(
  pod: Pod,
  check: (context: Field) => readonly Finding[],
): readonly Finding[] {
  return [
    ...check(at(pod.spec, "securityContext")),
    ...eachContainer(pod, (container) => check(at(container, "securityContext"))),
  ];
}
