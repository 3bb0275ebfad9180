/** Pods that make backups with restic, which encrypts whatever leaves the cluster. */
import { type Field, at, isHidden, items } from "../../k8s/field.ts";
import { containersOf, podOf } from "../../k8s/podSpec.ts";
import type { Manifest } from "../../k8s/manifest.ts";

const image = /(^|\/)restic(:|@|$)/;

/**
 * Whether a container runs restic: by its image, or by the variables that restic reads. One that a preview does not show
 * might, and so might one whose variables it does not show.
 */
function mayRunRestic(container: Field): boolean {
  const { value } = at(container, "image");
  if (isHidden(container) || (typeof value === "string" && image.test(value))) return true;
  return items(at(container, "env")).some((variable) => {
    const name = at(variable, "name");
    return isHidden(name) || (typeof name.value === "string" && name.value.startsWith("RESTIC_"));
  });
}

/** The containers of a manifest that may run restic; none where it has no pod. */
export function resticContainers(manifest: Manifest): readonly Field[] {
  const pod = podOf(manifest);
  return pod === undefined ? [] : containersOf(pod).filter(mayRunRestic);
}
