import { type Demand, demand } from "../../finding.ts";
import { type Field, at, entries } from "../../k8s/field.ts";
import { isPatch, root } from "../../k8s/manifest.ts";
import { podOf } from "../../k8s/podSpec.ts";
import { type Rule, holds } from "../../rule.ts";

const text: Demand = { allows: (value) => typeof value === "string" && value !== "", wanted: "a fixed text" };
const textOrNothing: Demand = {
  ...text,
  allows: (value) => value === undefined || typeof value === "string",
};

function labelsOf(object: Field): readonly Field[] {
  return entries(at(object, "metadata", "labels"));
}

/**
 * Every rule finds what is unknown in the fields that it reads. This one looks at what the others go by: names and
 * labels decide which exception, selector, network policy and reference is meant, and no other rule reads them alone.
 */
export const unknownIdentity: Rule = {
  id: "meta-unknown",
  item: "meta",
  description:
    "A preview knows what every object is called and labelled: exceptions, selectors and references are matched by that.",
  severity: "medium",
  levels: holds.inProduction,
  fix: "give the object a fixed name, namespace and labels, not an output of another resource.",
  note: "Every rule finds what is unknown in the fields that it reads, at its own level. This one adds what objects are told by: an unknown name or label would let an exception, a selector or a reference miss.",
  url: "https://www.pulumi.com/docs/iac/concepts/resources/names/",
  frameworks: [],
  judges: (manifest) => !manifest.apiVersion.startsWith("helm.sh/"),
  check: (manifest) => {
    const object = root(manifest);
    const template = podOf(manifest)?.template;
    const metadata = at(object, "metadata");
    return [
      ...demand(at(metadata, "name"), isPatch(manifest) ? textOrNothing : text),
      ...demand(at(metadata, "namespace"), textOrNothing),
      ...[
        ...labelsOf(object),
        ...(template === undefined || template.path === "" ? [] : labelsOf(template)),
      ].flatMap((label) => demand(label, textOrNothing)),
    ];
  },
};
