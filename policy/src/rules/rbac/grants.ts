/** What a Role or ClusterRole grants, rule by rule. */
import { show } from "../../finding.ts";
import { type Field, MALFORMED, UNKNOWN, at, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, type Levels } from "../../rule.ts";

/** One rule of a role. Lists hold what is known; nothing stands for a list that names what is not. */
export interface Grant {
  readonly path: string;
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  /** Whether it is narrowed to objects by name. */
  readonly named: boolean;
}

export interface GrantRule {
  readonly id: string;
  readonly description: string;
  readonly severity: Rule["severity"];
  readonly levels: Levels;
  readonly fix: string;
  readonly frameworks: readonly string[];
  readonly forbids: (grant: Grant) => boolean;
  /** What a role may grant, in words. */
  readonly wanted: string;
}

export const rbacDocs = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";

export function isKind(manifest: Manifest, ...kinds: readonly string[]): boolean {
  return groupOf(manifest) === "rbac.authorization.k8s.io" && kinds.includes(baseKind(manifest));
}

/** A rule of the checklist about what roles grant. */
export function grantRule({ forbids, wanted, ...about }: GrantRule): Rule {
  return {
    ...about,
    item: 3,
    url: rbacDocs,
    judges: (manifest) => isKind(manifest, "Role", "ClusterRole"),
    check: (manifest) =>
      items(at(root(manifest), "rules")).flatMap((rule): Finding[] => {
        const hidden = hiddenIn(rule);
        if (hidden) return [{ path: hidden.blockedAt ?? hidden.path, found: show(hidden.value), wanted }];
        const grant = grantOf(rule);
        return forbids(grant) ? [{ path: grant.path, found: inWords(grant), wanted }] : [];
      }),
  };
}

/** Whether a list names something, itself or by a wildcard. */
export function names(list: readonly string[], ...wanted: readonly string[]): boolean {
  return list.includes("*") || wanted.some((each) => list.includes(each));
}

const lists = ["verbs", "apiGroups", "resources", "resourceNames"] as const;

/** The first part of a rule whose content a preview does not show. */
function hiddenIn(rule: Field): Field | undefined {
  return lists
    .flatMap((list) => items(at(rule, list)))
    .find(({ value }) => value === UNKNOWN || value === MALFORMED || typeof value !== "string");
}

function grantOf(rule: Field): Grant {
  const texts = (list: (typeof lists)[number]): string[] =>
    items(at(rule, list)).map(({ value }) => value as string);
  return {
    path: rule.path,
    verbs: texts("verbs"),
    groups: texts("apiGroups"),
    resources: texts("resources"),
    named: texts("resourceNames").length > 0,
  };
}

/** Words of RBAC itself, which are no secret wherever they stand. */
const verbs = new Set(
  "* get list watch create update patch delete deletecollection bind escalate impersonate approve sign use".split(
    " ",
  ),
);
const resources = new Set(
  (
    "* */* secrets pods pods/exec pods/attach pods/ephemeralcontainers nodes/proxy serviceaccounts/token roles rolebindings " +
    "clusterroles clusterrolebindings mutatingwebhookconfigurations validatingwebhookconfigurations " +
    "certificatesigningrequests/approval persistentvolumes users groups serviceaccounts"
  ).split(" "),
);

function inWords(grant: Grant): string {
  const known = (words: readonly string[], vocabulary: ReadonlySet<string>): string => {
    const shown = words.filter((word) => vocabulary.has(word));
    const others = words.length - shown.length;
    return [...shown, ...(others > 0 ? [`${others} more`] : [])].join(", ");
  };
  return `${known(grant.verbs, verbs)} on ${known(grant.resources, resources) || "no resource"}`;
}
