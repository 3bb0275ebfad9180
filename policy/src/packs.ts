/** The packs, and what each of them holds. */
import { exceptionsFor, readExceptions } from "./exceptions.ts";
import { checklistGraph, integrityGraph } from "./graph/rules/index.ts";
import { type PackRules, metaAbout } from "./meta.ts";
import { type RuleAbout, packNames } from "./rule.ts";
import { checklistRules, integrityRules } from "./rules/index.ts";

export interface Pack extends PackRules {
  readonly name: PackFolder;
  readonly description: string;
}

const parts = {
  checklist: {
    description: "The ten items of the security checklist, for each object and for all together",
    objectRules: checklistRules,
    graphRules: checklistGraph,
  },
  integrity: {
    description:
      "Objects fit together: references resolve, flows are open at both ends, claims are backed up",
    objectRules: integrityRules,
    graphRules: integrityGraph,
  },
} as const;

/**
 * `both` is the two packs in one process, as one pair of policies: what the engine tells a pack of each resource, and what
 * the SDK makes of it for each policy, costs more than to judge it.
 */
const folders = {
  ...parts,
  both: {
    description: "The security checklist, and that objects fit together",
    objectRules: packNames.flatMap((name) => [...parts[name].objectRules]),
    graphRules: packNames.flatMap((name) => [...parts[name].graphRules]),
  },
};
/** A pack by the name of its folder. */
export type PackFolder = keyof typeof folders;

/** Every rule there is, the meta rules once. */
export const allRules: readonly RuleAbout[] = [
  ...packNames.flatMap((name) => [...parts[name].objectRules, ...parts[name].graphRules]),
  ...Object.values(metaAbout),
];

/** A pack with the repository's exceptions for its rules. */
export function packOf(name: PackFolder): Pack {
  const { objectRules, graphRules, description } = folders[name];
  const own = [...objectRules, ...graphRules].map(({ id }) => id);
  const exceptions = exceptionsFor(readExceptions(allRules.map(({ id }) => id)), own);
  return { name, description, objectRules, graphRules, exceptions };
}
