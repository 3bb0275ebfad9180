/** `paw load`: a held rate of transactions or requests, and what became of them (spec A26, B14). */
import { pawPorts } from "../../../components/ports.ts";
import { namespaces, selectorLabels } from "../../../components/names.ts";
import type { PawConfig } from "../../../config.ts";
import { CometRpc } from "../chain/rpc.ts";
import { Signer, feeFor, readMnemonic } from "../chain/signer.ts";
import { secondsOf, spoken } from "../duration.ts";
import { UserError } from "../errors.ts";
import { interruptible } from "../interrupt.ts";
import { bizraChecks, loadBizra } from "../load/bizraLoad.ts";
import { type ChainFigures, loadChain, paymentGas } from "../load/chainLoad.ts";
import { chainChecks } from "../load/chainVerdict.ts";
import { fund } from "../load/funding.ts";
import { requireK6 } from "../load/k6.ts";
import { accountsFor } from "../load/pool.ts";
import { type Plan, type ProfileName, planOf } from "../load/profiles.ts";
import { realClock } from "../load/schedule.ts";
import { steady } from "../load/steady.ts";
import { deriveWallets } from "../load/wallets.ts";
import { Progress } from "../progress.ts";
import { type Result, allHold, runChecks } from "../running/checks.ts";
import { readyPod, through } from "../running/forward.ts";
import { toText } from "../running/report.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";
import { readStack } from "../stackFile.ts";

export interface LoadOptions extends TargetOptions {
  readonly profile: ProfileName;
  readonly target: "chain" | "bizra";
  readonly tps?: number;
  /** Seconds. */
  readonly for?: number;
  readonly mnemonic?: string;
  readonly rpc?: string;
  readonly accounts?: number;
  readonly prefix: string;
  readonly json: boolean;
}

interface Outcome {
  readonly figures: { readonly cutShort: boolean; readonly plan: Plan };
  readonly results: readonly Result[];
  readonly context: string;
}

/** Runs a load and prints its result; the exit code is 1 where a mark is missed. */
export async function load(options: LoadOptions): Promise<void> {
  const plan = planOf(options.profile, { rate: options.tps, seconds: options.for });
  const progress = new Progress();
  const outcome = await interruptible({ what: "the load was being prepared" }, (signal) =>
    options.target === "bizra"
      ? onBizra(options, { plan, progress, signal })
      : onChain(options, { plan, progress, signal }),
  );
  show(outcome, options);
  if (!allHold(outcome.results) && process.exitCode !== 130) process.exitCode = 1;
}

interface Run {
  readonly plan: Plan;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function onBizra(options: LoadOptions, { plan, progress, signal }: Run): Promise<Outcome> {
  await requireK6();
  const target = await openTarget(options);
  progress.step(`k6 on bizra: ${plan.rate} requests a second for ${spoken(plan.seconds)}`);
  const figures = await loadBizra(target, { plan, signal, note: progress.note });
  const results = await runChecks(bizraChecks, { context: figures, embedded: target.embedded });
  return { figures, results, context: target.context };
}

async function onChain(options: LoadOptions, run: Run): Promise<Outcome> {
  if (options.mnemonic === undefined) {
    throw new UserError("a load on the chain needs the words of an account that pays", [
      "name a file of mode 600 with --mnemonic FILE, or pipe them in with --mnemonic -",
    ]);
  }
  const mnemonic = readMnemonic(options.mnemonic);
  if (options.rpc !== undefined) {
    const config = readStack(options.stack);
    return judged(await chainFigures(options, { ...run, mnemonic, config, url: options.rpc }), {
      config,
      embedded: false,
      context: options.rpc,
    });
  }
  const target = await openTarget(options);
  const { config, embedded, context } = target;
  const labels = selectorLabels("paw", "full-node");
  const pod = await readyPod(target, { namespace: namespaces.paw, labels });
  const to = { namespace: namespaces.paw, pod, port: pawPorts.rpc.port };
  const figures = await through(target, to, (url) =>
    chainFigures(options, { ...run, mnemonic, config, url }),
  );
  return judged(figures, { config, embedded, context });
}

async function judged(
  figures: ChainFigures,
  where: { readonly config: PawConfig; readonly embedded: boolean; readonly context: string },
): Promise<Outcome> {
  const { timeoutCommit, maxBlockAge } = where.config.chain;
  const checks = chainChecks(secondsOf(timeoutCommit), maxBlockAge);
  const results = await runChecks(checks, { context: figures, embedded: where.embedded });
  return { figures, results, context: where.context };
}

interface ChainRun extends Run {
  readonly mnemonic: string;
  readonly config: PawConfig;
  readonly url: string;
}

/** Makes sure that blocks come, funds the accounts, and holds the rate. */
async function chainFigures(options: LoadOptions, run: ChainRun): Promise<ChainFigures> {
  const { plan, progress, signal, config, mnemonic, url } = run;
  const gasPrices = config.chain.minimumGasPrices;
  const rpc = new CometRpc(url);
  progress.step(`the chain at ${url}`);
  const { chainId, interval } = await steady(rpc, secondsOf(config.chain.timeoutCommit), signal);
  progress.note(`${chainId}, a block every ${interval.toFixed(2)} s`);
  progress.step("accounts");
  const denom = denomOf(gasPrices);
  const count = Math.ceil(options.accounts ?? accountsFor(plan.rate, interval));
  const wallets = await deriveWallets(mnemonic, { prefix: options.prefix, count });
  const funder = await Signer.of(mnemonic, options.prefix);
  const fee = feeFor(paymentGas, gasPrices);
  const note = progress.note;
  const each = moneyFor(plan, count, fee[0]?.amount ?? "0");
  const accounts = await fund(wallets, {
    ...{ rpc, chainId, funder, denom, gasPrices, each, note, signal },
  });
  progress.step(`${plan.rate} transactions a second for ${spoken(plan.seconds)}`);
  signal.throwIfAborted();
  return loadChain({
    ...{ plan, rpc, accounts, chainId, denom, fee, note, signal },
    intervalBefore: interval,
    clock: realClock,
  });
}

/** The coin in which fees are paid: that of the first price, such as `upaw` of `0.025upaw`. */
export function denomOf(gasPrices: string): string {
  const [, denom] = /^\d+(?:\.\d+)?([^,]+)/.exec(gasPrices) ?? [];
  if (denom === undefined) throw new UserError(`paw:chain.minimumGasPrices names no coin: ${gasPrices}`);
  return denom;
}

/** What one account needs: its share of all payments and their fees, half as much again, since turns are not even. */
export function moneyFor({ rate, seconds }: Plan, accounts: number, fee: string): bigint {
  const payments = Math.ceil((1.5 * rate * seconds) / accounts) + 10;
  return BigInt(payments) * (BigInt(fee) + 1n);
}

function show({ figures, results, context }: Outcome, { stack, json, target }: LoadOptions): void {
  const { plan, cutShort } = figures;
  if (json) {
    const holds = allHold(results);
    const whole = { command: "paw load", target, stack, context, ...figures, results, holds };
    process.stdout.write(`${JSON.stringify(whole, undefined, 2)}\n`);
    return;
  }
  const changed = plan.overrides.length === 0 ? "" : ` (${plan.overrides.join(", ")})`;
  const ended = cutShort ? "; CUT SHORT: the figures are of the time until then" : "";
  process.stdout.write(
    `profile ${plan.profile}${changed}: ${plan.rate} a second for ${spoken(plan.seconds)}${ended}\n\n`,
  );
  process.stdout.write(toText({ command: `paw load --target ${target}`, stack, context, results }));
}
