/** What became of every transaction of a load, counted once each. */

export interface Pending<Account> {
  readonly account: Account;
  /** The clock's time at which it was due, in milliseconds. */
  readonly due: number;
}

export class Ledger<Account> {
  /** Seconds from when a transaction was due until its block was seen. */
  readonly latencies: number[] = [];
  /** Why transactions were not included, or failed in their block, and how many. */
  readonly failures = new Map<string, number>();
  /** Seconds after it was due that each was begun, by this machine's fault. */
  readonly delays: number[] = [];
  /** The clock's time at which the last one was seen in a block. */
  lastIncluded = 0;
  private readonly pending = new Map<string, Pending<Account>>();

  /** On their way: begun, and in no block yet. */
  get open(): number {
    return this.pending.size;
  }

  /** One is begun, at a time of the clock. */
  began(due: number, now: number): void {
    this.delays.push(Math.max(0, now - due) / 1000);
  }

  /** One is on its way to the node, known by its hash. */
  sent(hash: string, pending: Pending<Account>): void {
    this.pending.set(hash, pending);
  }

  /** One will not come into a block: it was refused, or never sent. */
  lost(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  /** The node refused one that was on its way; nothing where a block had it all the same. */
  refused(hash: string, reason: string): Pending<Account> | undefined {
    const pending = this.pending.get(hash);
    if (pending === undefined) return undefined;
    this.pending.delete(hash);
    this.lost(reason);
    return pending;
  }

  /**
   * A block was seen that has a transaction.
   *
   * @param code of its execution: 0 where it succeeded.
   * @returns whose it was; nothing where it is none of ours.
   */
  seen(hash: string, code: number, now: number): Pending<Account> | undefined {
    const pending = this.pending.get(hash);
    if (pending === undefined) return undefined;
    this.pending.delete(hash);
    if (code === 0) {
      this.latencies.push((now - pending.due) / 1000);
      this.lastIncluded = now;
    } else {
      this.lost(`failed in its block with code ${code}`);
    }
    return pending;
  }

  /** What was due before a time of the clock and is still open: lost, and its account is needed again. */
  expire(before: number, reason: string): Pending<Account>[] {
    const expired: Pending<Account>[] = [];
    // They are in the order in which they were sent.
    for (const [hash, { due }] of this.pending) {
      if (due >= before) break;
      const lost = this.refused(hash, reason);
      if (lost !== undefined) expired.push(lost);
    }
    return expired;
  }

  /** The waiting is over: what is open is lost. */
  close(reason: string): void {
    for (const hash of [...this.pending.keys()]) this.refused(hash, reason);
  }
}
