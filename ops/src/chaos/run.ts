/** An experiment from its steady state to its steady state. */
import { randomBytes } from "node:crypto";

import { nameOf } from "../running/forward.ts";
import { type Result, runChecks } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import { quietBefore, quietDuring } from "./alertSteps.ts";
import { chainDuring, chainRecovered, chainSteady, chainSurvives } from "./chainSteps.ts";
import type { Experiment, ExperimentPlan, Step } from "./experiment.ts";
import { injectSteps, remove } from "./inject.ts";
import { podsOfTarget } from "./kinds.ts";
import { ChaosMesh } from "./mesh.ts";
import { serviceDuring, serviceRecovered, serviceSteady } from "./serviceSteps.ts";
import { chooseVictims, countReady } from "./victims.ts";

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Called before each step, with its title. */
  readonly report: (title: string) => void;
}

export interface Ran {
  readonly pods: readonly string[];
  readonly results: readonly Result[];
}

/**
 * Runs an experiment; whatever happens, what it made is taken away again.
 *
 * @throws UserError when there are too few pods; nothing was injected then.
 */
export async function runExperiment(
  target: Target,
  plan: ExperimentPlan,
  { signal, report }: RunOptions,
): Promise<Ran> {
  const experiment: Experiment = {
    ...{ plan, target, signal },
    mesh: new ChaosMesh(target.kubeconfig),
    where: podsOfTarget(plan.target, target.config.bizra.namespace),
    victims: await chooseVictims(target, { name: plan.target, count: plan.pods }),
    podsBefore: await countReady(target, plan.target),
    name: `paw-${plan.fault}-${randomBytes(3).toString("hex")}`,
  };
  const results = await runChecks(stepsOf(experiment), {
    context: experiment,
    embedded: target.embedded,
    report,
  });
  return { pods: experiment.victims.map(nameOf), results };
}

/** The steps of an experiment, in order. Those after the fault are made whatever it did. */
export function stepsOf(experiment: Experiment): readonly Step[] {
  const { plan } = experiment;
  const { target } = plan;
  const isService = target === "api" || target === "bizra";
  const [before, during, after] = isService
    ? [serviceSteady, serviceDuring, serviceRecovered]
    : [chainSteady(plan), chainDuring(plan), chainRecovered];
  return [
    before,
    quietBefore,
    ...(target === "validator" ? [chainSurvives] : []),
    ...injectSteps(experiment),
    during,
    quietDuring,
    remove,
    after,
  ];
}
