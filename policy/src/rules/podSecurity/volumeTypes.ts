import { type Demand, demand } from "../../finding.ts";
import { at, entries, items } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { podRule, standards } from "./podRule.ts";

/** The types of volumes that the standard allows. */
export const allowedVolumes = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim"],
  ...["projected", "secret"],
];

const never: Demand = {
  allows: () => false,
  wanted: `only volumes of the types ${allowedVolumes.join(", ")}`,
};

/**
 * Any key that is not allowed is a finding, so a volume type that Kubernetes adds one day is refused until it is
 * listed. A volume without a type is an emptyDir: the API server makes it one.
 */
export const volumeTypes = podRule(
  {
    id: "pss-volume-types",
    frameworks: [
      "CIS 5.2.12",
      "KSV-0023",
      "KSV-0028",
      "C-0048",
      "kube-linter sensitive-host-mounts",
      "Polaris hostPathSet",
      "Kyverno restrict-volume-types",
    ],
    item: 1,
    description: "Pods mount no volume that reaches into the node or past the storage classes.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "claim storage with a PersistentVolumeClaim; pass files with a ConfigMap, Secret or emptyDir.",
    url: `${standards}#restricted`,
  },
  ({ spec }) =>
    items(at(spec, "volumes"))
      .flatMap(entries)
      .filter(({ key }) => key === undefined || (key !== "name" && !allowedVolumes.includes(key)))
      .flatMap((source) => demand(source, never)),
);
