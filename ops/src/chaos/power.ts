/** How much voting power is away, and how much more may go: with a third of it or more a chain makes no blocks. */

/** Of one validator; the address in upper-case hexadecimal digits. */
export interface Voter {
  readonly address: string;
  readonly power: bigint;
}

export interface PowerQuestion {
  /** The whole set of a height. */
  readonly voters: readonly Voter[];
  /** Addresses of those that signed it. */
  readonly signed: ReadonlySet<string>;
  /** Addresses of those that are to go. */
  readonly going: readonly string[];
}

export interface PowerAnswer {
  /** Whether the chain goes on when they are gone. */
  readonly survives: boolean;
  readonly total: bigint;
  /** Power that is away already, and that would be away. */
  readonly away: bigint;
  readonly awayThen: bigint;
}

/** More than two thirds have to be left (CometBFT), those counted out that do not sign already. */
export function powerWithout({ voters, signed, going }: PowerQuestion): PowerAnswer {
  const sum = (some: readonly Voter[]): bigint => some.reduce((total, { power }) => total + power, 0n);
  const total = sum(voters);
  const missing = voters.filter(({ address }) => !signed.has(address));
  const missingThen = voters.filter(({ address }) => !signed.has(address) || going.includes(address));
  const awayThen = sum(missingThen);
  return { survives: 3n * (total - awayThen) > 2n * total, total, away: sum(missing), awayThen };
}
