/** A genesis for a new network, out of a template: what a chain's own `init` writes. */
import { readFileSync } from "node:fs";

import { UserError } from "../errors.ts";

export interface GenesisArgs {
  readonly template: Template;
  readonly chainId: string;
  readonly time: Date;
  /** Unit of stake and fees. */
  readonly denom: string;
  /** Accounts of the operators, who stake half of what they have. */
  readonly accounts: readonly string[];
  readonly gentxs: readonly object[];
}

type Json = Record<string, unknown>;
interface Template {
  readonly consensus_params: Json;
  readonly app_state: Json & {
    readonly auth: Json & { readonly accounts: unknown[] };
    readonly bank: Json & { readonly balances: unknown[]; readonly supply: unknown[] };
    readonly genutil: Json;
    readonly staking: Json & { readonly params: Json };
  };
}

/** What an operator stakes, in units of the denomination; the same for all, so that all have one voice. */
export const stakeAmount = 1_000_000_000n;
/** What an operator has beside, for fees. */
const freeAmount = 1_000_000_000n;

/** The template of simapp (ibc-go 7.10.0, Cosmos SDK 0.47), as its `init` writes it. */
const defaultTemplate = new URL("simapp-genesis.json", import.meta.url);

/**
 * Reads a template.
 *
 * @param file genesis.json that the chain's binary made with `init`; simapp's where it is not given.
 * @throws UserError when it cannot be read or is no genesis of a Cosmos SDK chain.
 */
export function readTemplate(file?: string): Template {
  let raw: Json;
  try {
    raw = JSON.parse(readFileSync(file ?? defaultTemplate, "utf8")) as Json;
  } catch (error) {
    throw new UserError(`the genesis template ${file ?? ""} cannot be read: ${(error as Error).message}`, [
      "make one with: <binary> init any-name --home /tmp/any (it is in config/genesis.json)",
    ]);
  }
  // The Cosmos SDK up to 0.47 has consensus_params, later versions consensus.params.
  const params = raw.consensus_params ?? (raw.consensus as Json | undefined)?.params;
  const state = raw.app_state as Partial<Template["app_state"]> | undefined;
  const missing = (["auth", "bank", "genutil", "staking"] as const).filter(
    (module) => state?.[module] === undefined,
  );
  if (params === undefined || missing.length > 0) {
    throw new UserError(`${file ?? "the template"} is no genesis of a Cosmos SDK chain`, [
      `it has no ${params === undefined ? "consensus_params" : missing.join(", ")}`,
    ]);
  }
  return { ...raw, consensus_params: params, app_state: state } as Template;
}

/** The text of genesis.json. Its bytes are what the network's hash is taken of. */
export function genesisText({ template, chainId, time, denom, accounts, gentxs }: GenesisArgs): string {
  // A chain's own init writes its bond denomination everywhere, or the Cosmos SDK's default where it has none.
  const former = ["stake", template.app_state.staking.params.bond_denom];
  const state = withDenom(template.app_state, former, denom) as Template["app_state"];
  const each = String(stakeAmount + freeAmount);
  const total = String((stakeAmount + freeAmount) * BigInt(accounts.length));
  const genesis = {
    genesis_time: time.toISOString(),
    chain_id: chainId,
    initial_height: "1",
    consensus_params: template.consensus_params,
    app_hash: "",
    app_state: {
      ...state,
      auth: {
        ...state.auth,
        accounts: accounts.map((address, number) => ({
          "@type": "/cosmos.auth.v1beta1.BaseAccount",
          address,
          pub_key: null,
          account_number: String(number),
          sequence: "0",
        })),
      },
      bank: {
        ...state.bank,
        // In the order of addresses, as the SDK itself sorts them.
        balances: [...accounts].sort().map((address) => ({ address, coins: [{ denom, amount: each }] })),
        supply: [{ denom, amount: total }],
      },
      genutil: { ...state.genutil, gen_txs: gentxs },
      staking: {
        ...state.staking,
        params: {
          ...state.staking.params,
          bond_denom: denom,
          max_validators: Math.max(Number(state.staking.params.max_validators ?? 100), accounts.length),
        },
      },
    },
  };
  return `${JSON.stringify(genesis, null, 2)}\n`;
}

/** The same state with its former denominations written as another. */
function withDenom(value: unknown, former: readonly unknown[], denom: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withDenom(item, former, denom));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      (key === "denom" || key.endsWith("_denom")) && former.includes(item)
        ? [key, denom]
        : [key, withDenom(item, former, denom)],
    ),
  );
}
