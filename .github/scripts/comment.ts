/** Writes a pull request's one comment: the first time a new one, later into the same. */
import { readFileSync } from "node:fs";

const mark = "<!-- paw pr-check -->";

interface Pull {
  readonly number: number;
  readonly state: string;
  readonly head: { readonly sha: string; readonly repo: { readonly id: number } | null };
}
interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user: { readonly type: string } | null;
}
type Ask<Answer> = (given: object) => Promise<Answer>;

/** As much of actions/github-script's two objects as is used here, and the file that holds the comment. */
export interface Given {
  readonly github: {
    readonly rest: {
      readonly repos: {
        readonly listPullRequestsAssociatedWithCommit: Ask<{ readonly data: readonly Pull[] }>;
      };
      readonly issues: {
        readonly listComments: unknown;
        readonly updateComment: Ask<unknown>;
        readonly createComment: Ask<unknown>;
      };
    };
    readonly paginate: (list: unknown, given: object) => Promise<readonly Comment[]>;
  };
  readonly context: {
    readonly repo: { readonly owner: string; readonly repo: string };
    readonly payload: {
      readonly workflow_run: { readonly head_sha: string; readonly head_repository: { readonly id: number } };
    };
  };
  readonly file: string;
}

export async function comment({ github, context, file }: Given): Promise<void> {
  const body = readFileSync(file, "utf8");
  if (!body.startsWith(mark)) throw new Error(`${file} is no comment of paw pr-check`);
  const { repos, issues } = github.rest;
  const { head_sha: sha, head_repository: from } = context.payload.workflow_run;
  // A fork's run names no pull request, so it is looked for by the commit, which nobody can choose to be another's.
  const { data: pulls } = await repos.listPullRequestsAssociatedWithCommit({
    ...context.repo,
    commit_sha: sha,
  });
  const pull = pulls.find(
    ({ state, head }) => state === "open" && head.sha === sha && head.repo?.id === from.id,
  );
  if (pull === undefined) return;
  const place = { ...context.repo, issue_number: pull.number };
  const all = await github.paginate(issues.listComments, { ...place, per_page: 100 });
  const own = all.find(({ body: text, user }) => user?.type === "Bot" && text?.startsWith(mark));
  if (own) await issues.updateComment({ ...context.repo, comment_id: own.id, body });
  else await issues.createComment({ ...place, body });
}
