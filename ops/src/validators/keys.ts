/** Keys in the formats of CometBFT: `priv_validator_key.json` and `node_key.json`. */
import { type KeyObject, createHash, generateKeyPairSync } from "node:crypto";

/** An Ed25519 key with its raw halves. */
interface RawKey {
  readonly seed: Buffer;
  readonly publicKey: Buffer;
}

export interface ConsensusKey {
  /** Content of `priv_validator_key.json`: secret. */
  readonly file: string;
  /** Address of the key: 40 hexadecimal digits in upper case. */
  readonly address: string;
  /** The public half, 32 bytes in base64. */
  readonly publicKey: string;
}

export interface NodeKey {
  /** Content of `node_key.json`: secret. */
  readonly file: string;
  /** The node's id: 40 hexadecimal digits in lower case. */
  readonly id: string;
}

/** A new consensus key. */
export function newConsensusKey(key = newKey()): ConsensusKey {
  const address = digestOf(key.publicKey).toUpperCase();
  const publicKey = key.publicKey.toString("base64");
  const file = JSON.stringify(
    {
      address,
      pub_key: { type: "tendermint/PubKeyEd25519", value: publicKey },
      priv_key: { type: "tendermint/PrivKeyEd25519", value: privateValue(key) },
    },
    null,
    2,
  );
  return { file, address, publicKey };
}

/** A new node key. */
export function newNodeKey(key = newKey()): NodeKey {
  const file = JSON.stringify({
    priv_key: { type: "tendermint/PrivKeyEd25519", value: privateValue(key) },
  });
  return { file, id: digestOf(key.publicKey) };
}

/**
 * The key in the content of a `priv_validator_key.json` or a `node_key.json`.
 *
 * @throws Error when there is none; the message holds nothing of the content.
 */
export function keyIn(file: string): RawKey {
  let value: unknown;
  try {
    value = (JSON.parse(file) as { priv_key?: { value?: unknown } }).priv_key?.value;
  } catch {
    value = undefined; // the parser's own words would quote the content
  }
  const bytes = Buffer.from(typeof value === "string" ? value : "", "base64");
  if (bytes.length !== 64) throw new Error("no Ed25519 key in CometBFT's form");
  return { seed: bytes.subarray(0, 32), publicKey: bytes.subarray(32) };
}

/** The raw halves of a key. */
export function rawKey(privateKey: KeyObject): RawKey {
  const { d = "", x = "" } = privateKey.export({ format: "jwk" });
  return { seed: Buffer.from(d, "base64url"), publicKey: Buffer.from(x, "base64url") };
}

function newKey(): RawKey {
  return rawKey(generateKeyPairSync("ed25519").privateKey);
}

/** CometBFT keeps a private key as seed and public half, one after the other. */
function privateValue({ seed, publicKey }: RawKey): string {
  return Buffer.concat([seed, publicKey]).toString("base64");
}

/** The first 20 bytes of the SHA-256 of the public half, as hexadecimal digits. */
function digestOf(publicKey: Buffer): string {
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 40);
}
