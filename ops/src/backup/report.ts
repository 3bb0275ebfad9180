/** What the scripts of `components/backup/scripts` say in their lines that begin with `@paw`. */

/** A snapshot in a repository. */
export interface Snapshot {
  /** restic's, 64 hexadecimal digits. */
  readonly id: string;
  readonly time: Date;
  /** Height of the last block in it, where the backup's node told it. */
  readonly height?: number;
  /** Bytes that it takes when it is restored. */
  readonly bytes?: number;
}

export interface Report {
  /** The oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** Bytes that all of them take in the store. */
  readonly storedBytes?: number;
  /** How much of the stored data was read back without a fault. */
  readonly read?: string;
  /** What restic's check ended with. */
  readonly damaged?: string;
  /** Files of the newest snapshot that must be in none; missing where nobody looked. */
  readonly keys?: readonly string[];
  /** Whether the script came to its end. Without that nothing it left out means anything. */
  readonly whole: boolean;
}

/**
 * Reads a script's log.
 *
 * @throws SyntaxError when a line is not what the scripts write.
 */
export function readReport(log: string): Report {
  const lines = [...log.matchAll(/^@paw (\w+) ?(.*)$/gm)].map(([, word = "", rest = ""]) => ({
    word,
    rest: rest.trim(),
  }));
  const of = (word: string): string | undefined => lines.find((line) => line.word === word)?.rest;
  const sizes = new Map(
    lines
      .filter(({ word }) => word === "size")
      .map(({ rest }) => [rest.slice(0, rest.indexOf(" ")), totalSize(rest.slice(rest.indexOf(" ")))]),
  );
  const [listed, stored, read, damaged, keys] = ["snapshots", "stored", "read", "damaged", "keys"].map(of);
  return {
    snapshots: snapshotsOf(listed ?? "[]", sizes),
    whole: of("end") !== undefined,
    ...(stored === undefined ? {} : { storedBytes: totalSize(stored) }),
    ...(read === undefined ? {} : { read }),
    ...(damaged === undefined ? {} : { damaged }),
    ...(keys === undefined ? {} : { keys: keys.split(" ").filter((key) => key !== "") }),
  };
}

function snapshotsOf(json: string, sizes: ReadonlyMap<string, number>): Snapshot[] {
  interface Listed {
    readonly id: string;
    readonly time: string;
    readonly tags?: readonly string[];
  }
  // Of none, restic's older versions say "null".
  const listed = (JSON.parse(json) as readonly Listed[] | null) ?? [];
  return listed
    .map(({ id, time, tags = [] }) => {
      const height = tags.map((tag) => /^height=(\d+)$/.exec(tag)?.[1]).find((each) => each !== undefined);
      const bytes = sizes.get(id);
      return {
        id,
        time: new Date(time),
        ...(height === undefined ? {} : { height: Number(height) }),
        ...(bytes === undefined ? {} : { bytes }),
      };
    })
    .sort((a, b) => a.time.getTime() - b.time.getTime());
}

function totalSize(json: string): number {
  const { total_size: size } = JSON.parse(json) as { total_size?: unknown };
  if (typeof size !== "number") throw new SyntaxError(`restic told no size: ${json}`);
  return size;
}
