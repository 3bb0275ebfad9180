/** Who may do what, asked of the cluster itself for each account and group, and compared with the written table. */
import { namespaces } from "../../../../components/names.ts";
import {
  type Action,
  type AllowedRight,
  type Subject,
  actionName,
  allowedRights,
  sensitiveActions,
} from "../../../../components/security/sensitiveRights.ts";
import type { PawConfig } from "../../../../config.ts";
import { type StoredObject, done, list } from "../../running/api.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import type { Target } from "../../running/target.ts";
import { inTurns } from "../nodes.ts";

/** Whom the cluster is asked about, in its own words. */
export interface Asker {
  /** For reports: `paw/paw-api`, `group paw:viewers`. */
  readonly name: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly subjects: readonly Subject[];
}

/** One answer: who, what, where, and how the cluster explains it. */
export interface Answered {
  readonly asker: Asker;
  readonly action: Action;
  /** Empty for the whole cluster. */
  readonly namespace: string;
  readonly allowed: boolean;
  readonly reason: string;
}

type Parts = Readonly<Record<"paw" | "bizra", string>>;

export async function lookAtRights(target: Target): Promise<Outcome> {
  const parts: Parts = { paw: namespaces.paw, bizra: target.config.bizra.namespace };
  const reservations = await list(target, {
    ...{ apiVersion: "paw.network/v1alpha1", kind: "ConsensusKeyReservation" },
    resource: "consensuskeyreservations",
  });
  const askers = [...(await accountsIn(target, parts)), ...groupsOf(target.config)];
  const questions = askers.flatMap((asker) =>
    sensitiveActions.flatMap((action) => questionsFor(asker, action, { parts, reservations })),
  );
  const answers = await inTurns(questions, async (question) => ({
    ...question,
    ...(await review(target, question)),
  }));
  return judgeRights(answers, {
    parts,
    lines: allowedRights.filter(
      ({ when }) => when === undefined || target.config.backup.snapshotClass !== undefined,
    ),
  });
}

interface Question {
  readonly asker: Asker;
  readonly action: Action;
  readonly namespace: string;
  readonly objectName?: string;
}

function questionsFor(
  asker: Asker,
  action: Action,
  there: { readonly parts: Parts; readonly reservations: readonly StoredObject[] },
): Question[] {
  if (action.named) {
    const name = there.reservations[0]?.metadata.name;
    return name === undefined ? [] : [{ asker, action, namespace: "", objectName: name }];
  }
  const places = action.scope === "cluster" ? [""] : Object.values(there.parts);
  return places.map((namespace) => ({ asker, action, namespace }));
}

/** Every account of the two namespaces, also those that nobody knows of. */
async function accountsIn(target: Target, parts: Parts): Promise<Asker[]> {
  const found = await Promise.all(
    (Object.entries(parts) as [keyof Parts, string][]).map(async ([part, namespace]) => {
      const accounts = await list(target, {
        ...{ apiVersion: "v1", kind: "ServiceAccount", resource: "serviceaccounts" },
        namespace,
      });
      return accounts.map(({ metadata }): Asker => {
        const { name } = metadata;
        return {
          name: `${namespace}/${name}`,
          user: `system:serviceaccount:${namespace}:${name}`,
          groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
          subjects: [{ kind: "account", part, name }],
        };
      });
    }),
  );
  return found.flat();
}

/** The groups of the stack file; and somebody with no group at all, for what everybody may do. */
export function groupsOf({ access }: Pick<PawConfig, "access">): Asker[] {
  const groups = [...new Set([...access.viewers, ...access.operators])];
  const nobody = { name: "anybody who is logged in", user: "paw:nobody", subjects: [] };
  return [
    ...groups.map((group): Asker => ({
      name: `group ${group}`,
      user: "paw:somebody",
      groups: [group, "system:authenticated"],
      subjects: (["viewers", "operators"] as const)
        .filter((role) => access[role].includes(group))
        .map((kind) => ({ kind })),
    })),
    { ...nobody, groups: ["system:authenticated"] },
    { ...nobody, name: "anybody at all", user: "system:anonymous", groups: ["system:unauthenticated"] },
  ];
}

interface Review {
  readonly status?: { readonly allowed?: boolean; readonly reason?: string };
}

async function review(
  target: Target,
  { asker, action, namespace, objectName }: Question,
): Promise<Pick<Answered, "allowed" | "reason">> {
  const { verb, group, resource, subresource } = action;
  const { status } = await done<Review>(target, {
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: asker.user,
        groups: asker.groups,
        resourceAttributes: { verb, group, resource, subresource, namespace, name: objectName },
      },
    },
  });
  return { allowed: status?.allowed === true, reason: status?.reason ?? "" };
}

export interface WrittenRights {
  readonly parts: Parts;
  readonly lines: readonly AllowedRight[];
}

/** The answers against the table: what it does not allow, and what it allows in vain. */
export function judgeRights(answers: readonly Answered[], written: WrittenRights): Outcome {
  const faults = answers.flatMap((answer): Fault[] => {
    const wanted = isWritten(answer, written);
    if (answer.allowed === wanted) return [];
    const where = answer.namespace === "" ? "" : ` in ${answer.namespace}`;
    const what = `${answer.asker.name} ${answer.allowed ? "may" : "may not"} ${actionName(answer.action)}${where}`;
    return [
      answer.allowed
        ? {
            found: `${what}: ${answer.reason}`,
            next: "take the binding away, or write the right with its reason into components/security/sensitiveRights.ts",
          }
        : {
            found: `${what}, which it needs`,
            next: "pulumi preview --refresh shows what is missing; kubectl auth can-i --list --as USER",
          },
    ];
  });
  const askers = new Set(answers.map(({ asker }) => asker.name));
  const allowed = answers.filter((answer) => answer.allowed).length;
  return {
    found: `${answers.length} questions about ${askers.size} accounts and groups: ${allowed} allowed, ${answers.length - allowed} denied`,
    faults:
      answers.length > 0 ? faults : [{ found: "nobody was asked about", next: "is the stack deployed?" }],
  };
}

function isWritten({ asker, action, namespace }: Answered, { parts, lines }: WrittenRights): boolean {
  const name = actionName(action);
  return lines.some(
    ({ subject, actions }) =>
      actions.includes(name) &&
      asker.subjects.some((each) => isSame(each, subject)) &&
      (subject.kind !== "account" || namespace === "" || namespace === parts[subject.part]),
  );
}

function isSame(a: Subject, b: Subject): boolean {
  if (a.kind !== "account" || b.kind !== "account") return a.kind === b.kind;
  return a.part === b.part && a.name === b.name;
}
