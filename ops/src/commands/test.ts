/** `paw test smoke|integration|security` (spec A22, A23, A25). */
import { readMnemonic } from "../chain/signer.ts";
import { UserError } from "../errors.ts";
import { Progress } from "../progress.ts";
import { type Check, type Result, runChecks } from "../running/checks.ts";
import { finish } from "../running/finish.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";
import { readStack } from "../stackFile.ts";
import { integrationChecks } from "../suites/integration.ts";
import { withIntegration } from "../suites/integration/context.ts";
import { securityChecks } from "../suites/security.ts";
import { judgeScan, readReport } from "../suites/security/scan.ts";
import { readWaivers } from "../suites/security/waivers.ts";
import { smokeChecks } from "../suites/smoke.ts";

export interface SuiteOptions extends TargetOptions {
  readonly json: boolean;
  readonly junit?: string;
  /** Ids of the checks to make; all where it is empty. */
  readonly only: readonly string[];
  /** Ids of the checks that may stay not evaluated. */
  readonly accept: readonly string[];
}

export interface IntegrationCommandOptions extends SuiteOptions {
  readonly mnemonicFile?: readonly string[];
  readonly propose: boolean;
  readonly wait: number;
  readonly ibcPeer?: string;
  readonly ibcMnemonicFile?: string;
}

export interface SecurityCommandOptions extends SuiteOptions {
  readonly scanReport?: readonly string[];
  readonly waivers?: string;
}

/** `paw test smoke`. */
export async function smoke(options: SuiteOptions): Promise<void> {
  knowIds(options, smokeChecks);
  const progress = new Progress();
  const target = await openTarget(options);
  const { stack, context, embedded } = target;
  const results = await run(smokeChecks, { options, progress, context: target, embedded });
  await finish({ command: "paw test smoke", stack, context, results }, options);
}

/** `paw test integration`. */
export async function integration(options: IntegrationCommandOptions): Promise<void> {
  knowIds(options, integrationChecks);
  const { mnemonicFile: files = [], ibcPeer, ibcMnemonicFile, propose, wait } = options;
  if (files.filter((file) => file === "-").length + (ibcMnemonicFile === "-" ? 1 : 0) > 1)
    throw new UserError("standard input holds one mnemonic: name files for the others");
  if ((ibcPeer === undefined) !== (ibcMnemonicFile === undefined))
    throw new UserError("--ibc-peer and --ibc-mnemonic-file belong together");
  const mnemonics = files.map(readMnemonic);
  const peer =
    ibcPeer === undefined || ibcMnemonicFile === undefined
      ? undefined
      : { url: ibcPeer, mnemonic: readMnemonic(ibcMnemonicFile) };
  const progress = new Progress();
  const target = await openTarget(options);
  const given = { mnemonics, propose, wait, peer, report: progress.note };
  const results = await withIntegration(target, given, (context) =>
    run(integrationChecks, { options, progress, context, embedded: target.embedded }),
  );
  const { stack, context } = target;
  await finish({ command: "paw test integration", stack, context, results }, options);
}

/** `paw test security`; `--only cve-scan` needs no cluster. */
export async function security(options: SecurityCommandOptions): Promise<void> {
  const { decidedByApiServer, enforcedByOthers } = securityChecks;
  const scan = scanCheck(options);
  knowIds(options, [...decidedByApiServer, ...enforcedByOthers, scan]);
  const progress = new Progress();
  const alone = options.only.length > 0 && options.only.every((id) => id === scan.id);
  const target = alone ? undefined : await openTarget(options);
  const results: Result[] = [];
  if (target !== undefined) {
    const given = { options, progress, context: target };
    results.push(...(await run(decidedByApiServer, { ...given, embedded: false })));
    results.push(...(await run(enforcedByOthers, { ...given, embedded: target.embedded })));
  }
  results.push(...(await run([scan], { options, progress, context: undefined, embedded: false })));
  const { stack } = options;
  const context = target?.context ?? "no cluster";
  await finish({ command: "paw test security", stack, context, results }, options);
}

/** The gate on reports; their files are read at once, so that a wrong name is told before anything is asked. */
function scanCheck({ stack, scanReport = [], waivers }: SecurityCommandOptions): Check<unknown> {
  const reports = scanReport.map(readReport);
  const known = readWaivers(waivers);
  const { chain, bizra, images } = readStack(stack);
  const others = Object.values(images).filter((image) => image !== undefined);
  const own = [chain.image, bizra.image, ...others];
  return {
    id: "cve-scan",
    title: "Known vulnerabilities",
    wanted: "no critical one in a report that no waiver covers, and a report of each image",
    look: () => Promise.resolve(judgeScan({ reports, waivers: known, now: new Date(), images: own })),
  };
}

interface Running<Context> {
  readonly options: SuiteOptions;
  readonly progress: Progress;
  readonly context: Context;
  readonly embedded: boolean;
}

function run<Context>(
  checks: readonly Check<Context>[],
  { options, progress, context, embedded }: Running<Context>,
): Promise<Result[]> {
  const chosen = checks.filter(({ id }) => options.only.length === 0 || options.only.includes(id));
  return runChecks(chosen, {
    ...{ context, embedded },
    report: (title) => {
      progress.step(title);
    },
  });
}

/** @throws UserError when an id is named that no check has. */
function knowIds({ only, accept }: SuiteOptions, checks: readonly Pick<Check<never>, "id">[]): void {
  const known = checks.map(({ id }) => id);
  const unknown = [...only, ...accept].filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new UserError(`there is no check ${unknown.join(", ")}`, [`checks: ${known.join(", ")}`]);
}
