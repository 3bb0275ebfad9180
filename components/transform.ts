/** What a transform gives back to Pulumi. */
import type * as pulumi from "@pulumi/pulumi";

/**
 * The result of a transform that changes properties and, where told, what is left to the cluster.
 *
 * Pulumi hands a transform `deleteBeforeReplace: false` where the program said nothing. Given back, that overrules the
 * provider, which deletes first where the name stays: the replacement would then go with the original.
 */
export function transformed(
  args: pulumi.ResourceTransformArgs,
  props: Readonly<Record<string, unknown>>,
  ignoreChanges: readonly string[] = [],
): pulumi.ResourceTransformResult {
  const { deleteBeforeReplace, ...rest } = args.opts as pulumi.CustomResourceOptions;
  const opts: pulumi.CustomResourceOptions = {
    ...rest,
    ignoreChanges: [...(rest.ignoreChanges ?? []), ...ignoreChanges],
  };
  if (deleteBeforeReplace) opts.deleteBeforeReplace = true;
  return { props, opts };
}
