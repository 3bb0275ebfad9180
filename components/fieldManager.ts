/** In whose name the API server keeps what this program writes. */
import type * as pulumi from "@pulumi/pulumi";
import { transformed } from "./transform.ts";

const annotation = "pulumi.com/patchFieldManager";

interface Manifest {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/**
 * Gives all objects of a stack one field manager, `paw-STACK`, in place of a random name for each.
 *
 * A run that is killed between making an object and recording it leaves one that the next run writes again: under
 * another name that would be a conflict over every value which the API server completed. The name also says in
 * `kubectl get --show-managed-fields` whose an object is.
 */
export function oneFieldManager(stack: string): pulumi.ResourceTransform {
  const manager = `paw-${stack}`;
  return (args) => {
    const { metadata } = args.props as Manifest;
    if (!args.type.startsWith("kubernetes:") || metadata === undefined) return undefined;
    const annotations = { ...metadata.annotations, [annotation]: manager };
    return transformed(args, { ...args.props, metadata: { ...metadata, annotations } });
  };
}
