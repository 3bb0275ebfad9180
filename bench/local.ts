/** What a developer waits for: the local stack with definitions alone, on an embedded cluster. */
import { Sandbox } from "../test/support/sandbox.ts";
import { type Figures, type Sample, figuresOf, inTurn, measured } from "./measured.ts";
import { type Row, table, timing, timingHead, writePart } from "./page.ts";

const packs = ["--policy-pack", "policy/both", "--policy-pack-config", "policy/config/local.json"];
const preview = ["pulumi", "preview", "--stack", "local"];

/** Measures, and writes the part "local" of the page. */
export async function local(): Promise<void> {
  const sandbox = await Sandbox.create();
  const env: Record<string, string> = {};
  const run = (command: readonly string[], mayFail = false): Promise<Sample> =>
    measured(command, { cwd: sandbox.folder, env: { ...sandbox.variables, ...env }, mayFail });
  const times = async (count: number, work: () => Promise<Sample>): Promise<Figures> => {
    const samples: Sample[] = [];
    for (let each = 0; each < count; each += 1) samples.push(await work());
    return figuresOf(samples);
  };

  const clusters = await times(2, async () => {
    const up = await run(["npx", "paw", "cluster", "up"]);
    await run(["npx", "paw", "cluster", "down"]);
    return up;
  });
  const [firsts, destroys]: [Sample[], Sample[]] = [[], []];
  for (let each = 0; each < 2; each += 1) {
    firsts.push(await run(["npx", "paw", "up"]));
    destroys.push(await run(["npx", "paw", "destroy"]));
  }
  await run(["npx", "paw", "up"]);
  await sandbox.loadEnvironment();
  await rest();
  const again = await times(3, () => run(["pulumi", "up", "--yes", "--skip-preview", "--stack", "local"]));
  const judged = await inTurn(
    5,
    () => run(preview),
    () => run([...preview, ...packs]),
  );
  // Without charts production's rules about charts have nothing to judge, which is no success.
  const checked = await times(1, () => run(["npx", "paw", "policy", "check", "--stack", "production"], true));
  const review = ["npx", "paw", "pr-check", "--base", "HEAD", "--without-charts"];
  await run(review);
  const reviewed = await times(1, () => run(review));

  const rows: Row[] = [
    ["start of the embedded cluster", ...timing(clusters)],
    ["first `paw up`, with its cluster", ...timing(figuresOf(firsts))],
    ["`pulumi up`, nothing to do", ...timing(again)],
    ["`pulumi preview`", ...timing(judged.a)],
    ["`pulumi preview --policy-pack policy/both`", ...timing(judged.b)],
    ["`paw policy check --stack production`", ...timing(checked)],
    ["`paw pr-check`, all stacks, warm", ...timing(reviewed)],
    ["`paw destroy`, with its cluster", ...timing(figuresOf(destroys))],
  ];
  await writePart("local", [
    ...table([["", ...timingHead], ...rows]),
    "",
    `A preview with both packs takes ${judged.ratio.toFixed(2)} times as long as one without (median of ${judged.a.runs} pairs; at most 1.4 wanted).`,
  ]);
  await Sandbox.disposeAll();
}

/** Measures `npm test` alone, and writes the part "tests" of the page. */
export async function tests(): Promise<void> {
  const sandbox = await Sandbox.create();
  const sample = await measured(["npm", "test"], { cwd: sandbox.folder, env: {} });
  await writePart(
    "tests",
    table([
      ["", ...timingHead],
      ["`npm test`", ...timing(figuresOf([sample]))],
    ]),
  );
  await Sandbox.disposeAll();
}

/** Until the cluster's own controllers have come to rest after a deployment: they use the same processors. */
export const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20_000));
