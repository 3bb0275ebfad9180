/** Which pods of a live cluster run, and which are simulated beside them. */
import type * as pulumi from "@pulumi/pulumi";

import { simulatedNodeLabel } from "../names.ts";
import { containersOf, withPodSpec } from "../podSpecs.ts";
import { transformed } from "../transform.ts";

/**
 * The one transform of live clusters: a pod with an image that the real node does not have, and cannot get, goes to a
 * simulated node, which pretends to run it. All others stay as they are; the taint of those nodes keeps them away.
 *
 * @param images names of the images that the real node has; nothing on any other cluster.
 */
export function simulatedWithoutImage(images: readonly string[] | undefined): pulumi.ResourceTransform[] {
  if (images === undefined) return [];
  return [
    (args) => {
      const before = args.props as Record<string, unknown>;
      const props = withPodSpec(args.type, before, (pod) => {
        const missing = containersOf(pod).some(({ image }) => image !== undefined && !images.includes(image));
        return missing
          ? {
              ...pod,
              nodeSelector: { ...(pod.nodeSelector as object | undefined), [simulatedNodeLabel]: "true" },
              tolerations: [
                ...((pod.tolerations as object[] | undefined) ?? []),
                { key: simulatedNodeLabel, operator: "Exists", effect: "NoSchedule" },
              ],
            }
          : pod;
      });
      return props === before ? undefined : transformed(args, props);
    },
  ];
}
