/**
 * A repository whose password costs nothing to try: restic makes that take half a second on purpose, at every start, which
 * would be most of the time of the tests. The master key stays as it is; the file that guards it is written anew, in
 * restic's own format (https://restic.readthedocs.io/en/stable/100_references.html, "Keys, Encryption and MAC").
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface KeyFile {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly data: string;
}

/** @param password without a line's end. */
export function makeOpeningCheap(repository: string, password: string): void {
  const folder = join(repository, "keys");
  const [name = ""] = readdirSync(folder);
  const file = JSON.parse(readFileSync(join(folder, name), "utf8")) as KeyFile;
  const sealed = Buffer.from(file.data, "base64");
  const nonce = sealed.subarray(0, 16);
  const key = derive(password, file).subarray(0, 32);
  const decipher = createDecipheriv("aes-256-ctr", key, nonce);
  const master = Buffer.concat([decipher.update(sealed.subarray(16, -16)), decipher.final()]);
  const cheap = { ...file, N: 2, r: 1, p: 1 };
  const content = JSON.stringify({
    ...cheap,
    data: seal(master, derive(password, cheap)).toString("base64"),
  });
  rmSync(join(folder, name));
  writeFileSync(join(folder, createHash("sha256").update(content).digest("hex")), content);
}

/** Encryption key, and the two halves of the key for the MAC: 64 bytes. */
function derive(password: string, { N, r, p, salt }: KeyFile): Buffer {
  return scryptSync(password, Buffer.from(salt, "base64"), 64, { N, r, p, maxmem: 1 << 30 });
}

function seal(plain: Buffer, keys: Buffer): Buffer {
  const nonce = randomBytes(16);
  const cipher = createCipheriv("aes-256-ctr", keys.subarray(0, 32), nonce);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  const block = createCipheriv("aes-128-ecb", keys.subarray(32, 48), null)
    .setAutoPadding(false)
    .update(nonce);
  return Buffer.concat([nonce, text, poly1305(text, keys.subarray(48, 64), block)]);
}

const littleEndian = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);

/** RFC 8439, section 2.5. */
function poly1305(message: Buffer, first: Buffer, second: Buffer): Buffer {
  const r = littleEndian(first) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % ((1n << 130n) - 5n);
  }
  const tag = (sum + littleEndian(second)) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, "0"), "hex").reverse();
}
