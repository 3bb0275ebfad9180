import { apply, countChanges, enterStack } from "../deployment/apply.ts";
import type { ComponentName } from "../deployment/components.ts";
import { recorded } from "../deployment/recorded.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";
import { openSession } from "./session.ts";

export interface DeployOptions extends TargetOptions {
  readonly components: readonly ComponentName[];
  readonly refresh: boolean;
  readonly yes: boolean;
}

/** `paw deploy`: `pulumi up` of a stack, or of some of its components, on its own cluster, with a record of it (spec A18). */
export async function deploy(options: DeployOptions): Promise<void> {
  const session = await openSession();
  const { stack, components, refresh, yes } = options;
  await enterStack(session, stack);
  const target = await openTarget(options);
  await recorded(session, target, {
    command: "deploy",
    components,
    work: async (recorder) => {
      session.progress.step(`Deployment of ${components.join(", ") || "everything"} on ${target.context}`);
      const changes = await apply(session, { stack, components, refresh, yes });
      recorder.changed(changes);
      const { same = 0 } = changes;
      const done = `${countChanges(changes)} changes, ${same} unchanged`;
      recorder.step(`applied: ${done}`);
      process.stdout.write(
        `${stack}: ${done}; look with: npx paw verify --stack ${stack}, npx paw validate --stack ${stack}\n`,
      );
    },
  });
}
