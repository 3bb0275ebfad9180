/**
 * Accounts that take turns. One has at most one transaction on its way: nodes pass transactions on in no certain order,
 * and two of one account that arrive the wrong way round are refused for their sequence.
 */

/** What the chain and we know of an account. */
export interface Numbered {
  readonly accountNumber: number;
  /** Of its next transaction. */
  sequence: number;
}

export class AccountPool<Account extends Numbered> {
  /** The one that has rested longest comes first. */
  private readonly free: Account[];
  private head = 0;

  constructor(accounts: readonly Account[]) {
    this.free = [...accounts];
  }

  /** How many could be taken now. */
  get resting(): number {
    return this.free.length - this.head;
  }

  /** The account that has rested longest; nothing where all are busy. */
  take(): Account | undefined {
    const account = this.free[this.head];
    if (account === undefined) return undefined;
    this.head += 1;
    // What is before the head is garbage: taken away now and then, since to shift each time costs the whole length.
    if (this.head > 1024 && this.head * 2 > this.free.length) {
      this.free.splice(0, this.head);
      this.head = 0;
    }
    return account;
  }

  /** Its transaction is in a block and passed the account's own checks: the next one has the next sequence. */
  used(account: Account): void {
    account.sequence += 1;
    this.free.push(account);
  }

  /** What became of its transaction is not certain: the chain was asked for its sequence. */
  corrected(account: Account, sequence: number): void {
    account.sequence = sequence;
    this.free.push(account);
  }
}

/**
 * How many accounts a rate needs: each is busy until its transaction is in a block that we have seen.
 *
 * @param interval seconds between two blocks.
 */
export function accountsFor(rate: number, interval: number): number {
  const busySeconds = 3 * interval + 2;
  return Math.ceil(rate * busySeconds) + 10;
}
