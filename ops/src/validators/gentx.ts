/** Genesis transactions: each validator's own signed wish to be one (`MsgCreateValidator`). */
import { DirectSecp256k1HdWallet, encodePubkey, makeAuthInfoBytes, makeSignDoc } from "@cosmjs/proto-signing";
import { PubKey } from "cosmjs-types/cosmos/crypto/ed25519/keys";
import { MsgCreateValidator } from "cosmjs-types/cosmos/staking/v1beta1/tx";
import { SignMode } from "cosmjs-types/cosmos/tx/signing/v1beta1/signing";
import { TxBody } from "cosmjs-types/cosmos/tx/v1beta1/tx";

/** The account that owns a validator. */
export interface Operator {
  readonly wallet: DirectSecp256k1HdWallet;
  readonly address: string;
  /** The same account in the form of a validator: `<prefix>valoper1...`. */
  readonly validatorAddress: string;
}

export interface GentxArgs {
  readonly operator: Operator;
  readonly moniker: string;
  /** Public half of the consensus key, in base64. */
  readonly consensusKey: string;
  readonly chainId: string;
  readonly stake: { readonly denom: string; readonly amount: string };
}

/** 10 % commission, at most 20 %, at most 1 % more a day: the Cosmos SDK's own defaults of `gentx`. */
const commission = { rate: 10, maxRate: 20, maxChangeRate: 1 };
/** A genesis transaction pays nothing; this is the Cosmos SDK's default of what it may use. */
const gasLimit = 200_000;

/** A new operator account, from a mnemonic of 24 words. */
export async function newOperator(prefix: string): Promise<Operator> {
  const wallet = await DirectSecp256k1HdWallet.generate(24, { prefix });
  const owner = await DirectSecp256k1HdWallet.fromMnemonic(wallet.mnemonic, { prefix: `${prefix}valoper` });
  const [account, validator] = [(await wallet.getAccounts())[0], (await owner.getAccounts())[0]];
  if (account === undefined || validator === undefined) throw new Error("a new wallet has no account");
  return { wallet, address: account.address, validatorAddress: validator.address };
}

/** A signed genesis transaction, in the JSON form that `genutil.gen_txs` holds. */
export async function gentx({ operator, moniker, consensusKey, chainId, stake }: GentxArgs): Promise<object> {
  const [account] = await operator.wallet.getAccounts();
  if (account === undefined) throw new Error("an operator's wallet has no account");
  const description = { moniker, identity: "", website: "", securityContact: "", details: "" };
  const message = MsgCreateValidator.fromPartial({
    description,
    commission: {
      rate: scaled(commission.rate),
      maxRate: scaled(commission.maxRate),
      maxChangeRate: scaled(commission.maxChangeRate),
    },
    minSelfDelegation: "1",
    delegatorAddress: operator.address,
    validatorAddress: operator.validatorAddress,
    pubkey: {
      typeUrl: PubKey.typeUrl,
      value: PubKey.encode({ key: Buffer.from(consensusKey, "base64") }).finish(),
    },
    value: stake,
  });
  const bodyBytes = TxBody.encode(
    TxBody.fromPartial({
      messages: [{ typeUrl: MsgCreateValidator.typeUrl, value: MsgCreateValidator.encode(message).finish() }],
    }),
  ).finish();
  const ownKey = {
    type: "tendermint/PubKeySecp256k1",
    value: Buffer.from(account.pubkey).toString("base64"),
  };
  const authInfoBytes = makeAuthInfoBytes(
    [{ pubkey: encodePubkey(ownKey), sequence: 0 }],
    [],
    gasLimit,
    undefined,
    undefined,
    SignMode.SIGN_MODE_DIRECT,
  );
  // Before the first block every account has the number 0.
  const signDoc = makeSignDoc(bodyBytes, authInfoBytes, chainId, 0);
  const { signature } = await operator.wallet.signDirect(account.address, signDoc);
  return asJson({ operator, moniker, consensusKey, chainId, stake }, ownKey.value, signature.signature);
}

function asJson(
  { operator, moniker, consensusKey, stake }: GentxArgs,
  accountKey: string,
  signature: string,
): object {
  return {
    body: {
      messages: [
        {
          "@type": MsgCreateValidator.typeUrl,
          description: { moniker, identity: "", website: "", security_contact: "", details: "" },
          commission: {
            rate: decimal(commission.rate),
            max_rate: decimal(commission.maxRate),
            max_change_rate: decimal(commission.maxChangeRate),
          },
          min_self_delegation: "1",
          delegator_address: operator.address,
          validator_address: operator.validatorAddress,
          pubkey: { "@type": PubKey.typeUrl, key: consensusKey },
          value: stake,
        },
      ],
      memo: "",
      timeout_height: "0",
      extension_options: [],
      non_critical_extension_options: [],
    },
    auth_info: {
      signer_infos: [
        {
          public_key: { "@type": "/cosmos.crypto.secp256k1.PubKey", key: accountKey },
          mode_info: { single: { mode: "SIGN_MODE_DIRECT" } },
          sequence: "0",
        },
      ],
      fee: { amount: [], gas_limit: String(gasLimit), payer: "", granter: "" },
      tip: null,
    },
    signatures: [signature],
  };
}

/** Per cent as the binary form has it: an integer of 18 decimals. */
function scaled(percent: number): string {
  return String(BigInt(percent) * 10n ** 16n);
}

/** Per cent as JSON has it: 18 decimals after the point. */
function decimal(percent: number): string {
  return `0.${scaled(percent).padStart(18, "0")}`;
}
