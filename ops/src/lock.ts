/**
 * A lock that many processes may ask for: a file that names its owner, which is stale as soon as the owner is gone.
 *
 * It needs no clock and no heartbeat, so it works at once after a SIGKILL. An owner is its process id together with the
 * time the process started: an id that is in use again by somebody else does not keep a lock.
 */
import { createHash, randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { execaSync } from "execa";

export interface LockOwner {
  readonly pid: number;
  /** When the process started, in the platform's own words; compared, never read. */
  readonly startTime: string;
  readonly host: string;
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface LockOptions {
  /** Called once when somebody else holds the lock. */
  readonly onWait?: (holder: LockOwner) => void;
  /** Ends the waiting; work that has begun has to look at it itself. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two looks at a lock that is held. */
const patience = 100;

/**
 * Runs the work while holding the lock; waits as long as a living process holds it.
 *
 * @throws the signal's reason when it is aborted before the lock is had.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const own = thisProcess();
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    if (tryTake(path, own)) break;
    const holder = readOwner(path);
    if (holder && isAlive(holder)) {
      if (!told) options.onWait?.(holder);
      told = true;
      await sleep(patience);
    } else if (holder) {
      breakStale(path, holder, own);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Whether the process that took the lock still runs. An owner on another machine counts as alive: we cannot know. */
export function isAlive(owner: Pick<LockOwner, "pid" | "startTime" | "host">): boolean {
  if (owner.host !== hostname()) return true;
  return startTimeOf(owner.pid) === owner.startTime;
}

/** Linking a finished file into place is atomic, and the file is never seen empty or half written. */
function tryTake(path: string, own: LockOwner): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes a dead owner's file away. Two that find the same dead owner must not both do so: the second would take away the
 * lock that the first has made meanwhile. So the file of a dead owner is only removed under a lock of its own, named
 * after that owner, and after another look; and since the dead cannot release it, nobody else changes it in between.
 */
function breakStale(path: string, dead: LockOwner, own: LockOwner): void {
  const name = createHash("sha256").update(JSON.stringify(dead)).digest("hex").slice(0, 12);
  const guard = `${path}.${name}`;
  if (!tryTake(guard, own)) {
    const breaker = readOwner(guard);
    if (breaker && !isAlive(breaker)) breakStale(guard, breaker, own);
    return;
  }
  const current = readOwner(path);
  if (current && sameOwner(current, dead)) rmSync(path, { force: true });
  rmSync(guard, { force: true });
}

function sameOwner(a: LockOwner, b: LockOwner): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && a.since === b.since;
}

function readOwner(path: string): LockOwner | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // released meanwhile
    throw error;
  }
  try {
    return JSON.parse(text) as LockOwner;
  } catch {
    // A power cut can leave an empty file. No process has the id 0, so such a lock is stale.
    return { pid: 0, startTime: "", host: hostname(), command: "", since: "" };
  }
}

function thisProcess(): LockOwner {
  return {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? "",
    host: hostname(),
    command: process.argv.slice(1).join(" "),
    since: new Date().toISOString(),
  };
}

/** When a process started; nothing when there is no such process. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      // The command's name, in brackets, may hold spaces; field 22 is the twentieth after it.
      // eslint-disable-next-line no-restricted-syntax -- on Linux alone
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const [command, ...args] =
    process.platform === "win32"
      ? ["powershell", "-NoProfile", "-Command", `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`]
      : ["ps", "-o", "lstart=", "-p", String(pid)];
  // The words are compared between processes, whose users may have other languages and time zones.
  const listed = execaSync(command, args, { reject: false, env: { LC_ALL: "C", TZ: "UTC" } });
  return listed.stdout.trim() || undefined;
}
