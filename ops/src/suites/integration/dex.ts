/** The DEX module: whether the chain's binary has one, as it says itself, and whether that answers. */
import { RpcError } from "../../chain/rpc.ts";
import type { Outcome } from "../../running/checks.ts";
import { type Integration, messageKinds } from "./context.ts";

/** What modules that exchange coins are called, as a part of their package's name. */
const names = /^(dex|amm|gamm|clob|swap|liquidity|poolmanager|concentratedliquidity)$/;

export async function lookAtDex({ nodes: [{ rpc }] }: Integration): Promise<Outcome> {
  const packages = dexPackages(await messageKinds(rpc));
  if (packages.length === 0) {
    return { found: "no DEX", faults: [], notEvaluated: "the chain's binary has no DEX module" };
  }
  const answers = await Promise.all(
    packages.map(async (name) => {
      const path = `/${name}.Query/Pools`;
      const pools = await rpc.query({ path }).then(
        ({ value }) => countFirst(value),
        (error: unknown) => {
          if (error instanceof RpcError) return error.message;
          throw error;
        },
      );
      return { path, pools };
    }),
  );
  return judgeDex(answers);
}

export function judgeDex(
  answers: readonly { readonly path: string; readonly pools: number | string }[],
): Outcome {
  const answering = answers.filter(({ pools }) => typeof pools === "number");
  return {
    found: answering.map(({ path, pools }) => `${path}: ${pools} pools`).join(", "),
    faults:
      answering.length > 0
        ? []
        : answers.map(({ path, pools }) => ({
            found: `${path} is refused: ${pools}`,
            next: "is the module's query service registered in the binary? see its docs for the method's name",
          })),
  };
}

/** Packages of a DEX among all kinds of messages: `paw.dex.v1` of `/paw.dex.v1.MsgSwap`. */
export function dexPackages(kinds: readonly string[]): string[] {
  const packages = kinds.map((kind) => kind.replace(/^\//, "").split(".").slice(0, -1));
  return [
    ...new Set(
      packages.filter((parts) => parts.some((part) => names.test(part))).map((each) => each.join(".")),
    ),
  ];
}

/** How many values the first field of a protobuf message has, which is the list in every answer that lists. */
export function countFirst(data: Uint8Array): number {
  let [count, at] = [0, 0];
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = data[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  };
  while (at < data.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (field === 1) count++;
    const first = type === 0 || type === 2 ? varint() : 0;
    at += type === 2 ? first : type === 1 ? 8 : type === 5 ? 4 : 0;
  }
  return count;
}
