/** Pods that make backups with restic, which encrypts whatever leaves the cluster. */
import { type Field, at, items } from "../../k8s/field.ts";
import { containersOf, podOf } from "../../k8s/podSpec.ts";
import type { Manifest } from "../../k8s/manifest.ts";

const image = /(^|\/)restic(:|@|$)/;

/** Whether a container runs restic: by its image, or by the variables that restic reads. */
export function isRestic(container: Field): boolean {
  const { value } = at(container, "image");
  if (typeof value === "string" && image.test(value)) return true;
  return items(at(container, "env")).some((variable) => {
    const name = at(variable, "name").value;
    return typeof name === "string" && name.startsWith("RESTIC_");
  });
}

/** The containers of a manifest that run restic; none where it has no pod. */
export function resticContainers(manifest: Manifest): readonly Field[] {
  const pod = podOf(manifest);
  return pod === undefined ? [] : containersOf(pod).filter(isRestic);
}
