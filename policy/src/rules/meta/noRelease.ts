import { demand } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { baseKind, groupOf, root } from "../../k8s/manifest.ts";
import { type Rule, holds } from "../../rule.ts";
import { releases } from "../../site.ts";

export const noRelease: Rule = {
  id: "meta-no-release",
  item: "meta",
  description:
    "Charts are rendered before they are applied, so that every object is judged: of a Helm release, policies see the values alone.",
  severity: "critical",
  levels: holds.everywhere,
  fix: "use helm.v4.Chart, or list the release in policy/src/site.ts with its reason; what it holds is judged by test then.",
  note: "Allowed are the charts of definitions, and what Pulumi's package for cert-manager makes; `test/charts` judges what they hold by the same rules.",
  url: "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/choosing-the-right-helm-resource-for-your-use-case/",
  frameworks: [],
  judges: (manifest) => groupOf(manifest) === "helm.sh" && baseKind(manifest) === "Release",
  check: (manifest) => {
    const own = at(root(manifest), "name");
    const field = own.value === undefined ? at(root(manifest), "metadata", "name") : own;
    return demand(field, {
      // Names of releases are in every listing of the cluster.
      mayShow: (name) => /^[a-z0-9.-]{1,53}$/.test(name),
      allows: (name) => typeof name === "string" && releases.some((each) => each.names.includes(name)),
      wanted: "a release that is listed in policy/src/site.ts",
    });
  },
};
