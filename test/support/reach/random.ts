/** Numbers by chance that come again with the same seed (mulberry32), and choices by them. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** True as often as the share says. */
  happens(share: number): boolean {
    return this.next() < share;
  }

  of<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.next() * list.length)];
    if (found === undefined) throw new Error("there is nothing to choose from");
    return found;
  }

  /** Some of a list, in its order. */
  some<T>(list: readonly T[], share = 0.5): T[] {
    return list.filter(() => this.happens(share));
  }

  /** A list of that many at least and at most. */
  times<T>([least, most]: readonly [number, number], make: (index: number) => T): T[] {
    const length = least + Math.floor(this.next() * (most - least + 1));
    return Array.from({ length }, (_, index) => make(index));
  }

  /** A field, or none. */
  maybe<T extends object>(share: number, make: () => T): T | Record<string, never> {
    return this.happens(share) ? make() : {};
  }
}
