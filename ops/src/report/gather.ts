/** What a report is made of, from where it is: a preview, git, records of deployments, the lock of images. */
import type { Given } from "../../../policy/src/graph/graph.ts";
import { readImageLock } from "../../../policy/src/imageLock.ts";
import { git } from "../checkout.ts";
import { UserError } from "../errors.ts";
import { fromPreview } from "../policy/preview.ts";
import { objectsAt } from "../prCheck/base.ts";
import { type Site, openSite } from "../prCheck/site.ts";
import { type StackName, previewCluster, stackNames } from "../project.ts";
import { listRecords, recordsHere } from "../records/store.ts";
import { openTarget } from "../running/target.ts";
import { readStack } from "../stackFile.ts";
import { type Comparison, besideCommit, besideStack } from "./comparison.ts";
import type { Gates, Head, ReportInput } from "./report.ts";

/**
 * Everything but the prices.
 *
 * @param against a stack, or a commit as git knows it, that the objects are held beside.
 * @throws UserError where a preview fails, or nobody knows what `against` means.
 */
export async function gather(stack: StackName, against?: string): Promise<Omit<ReportInput, "prices">> {
  const other = against === undefined ? undefined : await meaningOf(against);
  const site = await openSite();
  site.progress.step(`Preview of ${stack}`);
  const given = await fromPreview({ stack, environment: site.environment });
  return {
    head: await headOf(stack, site),
    given,
    lock: readImageLock(),
    gates: await gatesOf(stack),
    comparison: other && (await comparisonWith(other, { stack, given, site })),
  };
}

async function headOf(stack: StackName, { environment }: Site): Promise<Head> {
  const [commit, status] = await Promise.all([
    git("rev-parse", "HEAD").catch(() => ""),
    git("status", "--porcelain").catch(() => ""),
  ]);
  return {
    ...{ stack, commit },
    dirty: status !== "",
    date: new Date().toISOString(),
    source: `a preview on the empty cluster ${previewCluster.name}`,
    previewed: true,
    overrides: readStack(stack, environment.PAW_OVERRIDES).overrides,
    // Where local runs by default, and what nobody can know of the others before they run.
    embedded: stack === "local",
  };
}

/** The newest record, by the cluster and by this machine; where no cluster answers, by this machine alone. */
async function gatesOf(stack: StackName): Promise<Gates> {
  const records = await openTarget({ stack })
    .then(listRecords)
    .catch(() => recordsHere(stack));
  const [record] = records.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  if (record) return { record };
  return {
    record: undefined,
    reason: `no deployment of ${stack} has left a record here, or in a cluster that answers from here`,
  };
}

type Other =
  | { readonly kind: "stack"; readonly stack: StackName }
  | { readonly kind: "commit"; readonly commit: string };

async function meaningOf(against: string): Promise<Other> {
  const stack = stackNames.find((name) => name === against);
  if (stack) return { kind: "stack", stack };
  try {
    return {
      kind: "commit",
      commit: await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${against}^{commit}`),
    };
  } catch {
    throw new UserError(`"${against}" is neither a stack nor a commit that git knows here.`, [
      `stacks: ${stackNames.join(", ")}; a commit may be a branch, a tag or a hash: git fetch brings what is missing`,
    ]);
  }
}

interface This {
  readonly stack: StackName;
  readonly given: readonly Given[];
  readonly site: Site;
}

async function comparisonWith(other: Other, { stack, given, site }: This): Promise<Comparison> {
  if (other.kind === "stack") {
    site.progress.step(`Preview of ${other.stack}`);
    const before = await fromPreview({ stack: other.stack, environment: site.environment });
    return besideStack(other.stack, before, given);
  }
  const { commit } = other;
  site.progress.step(`${stack} at ${commit.slice(0, 12)}`);
  const before = (await objectsAt(commit, [stack], site)).get(stack) ?? [];
  return besideCommit(commit, before, given);
}
