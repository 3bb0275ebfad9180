/** Downloads that end well or say why: bounded waiting, retries for broken transfers, the hash taken on the way. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface DownloadOptions {
  /** Further headers of the request. `fetch` does not send `authorization` on to another host. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds to wait for an answer, and then for each further byte. */
  readonly patience?: number | undefined;
  /** Called with bytes so far and in all (0 if the server does not say), at most every second. */
  readonly onProgress?: (bytes: number, total: number) => void;
  /** Ends the transfer; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** The server answered, and the answer is no. Asking again would not help. */
export class HttpError extends Error {
  readonly status: number;
  /** The header `WWW-Authenticate`: how the server wants to be asked. */
  readonly challenge: string | undefined;

  constructor(url: string, response: Response) {
    super(`${url} answered ${response.status}`);
    this.status = response.status;
    this.challenge = response.headers.get("www-authenticate") ?? undefined;
  }
}

/** Nothing came back in all the time there was. Asking again would cost the same time for the same answer. */
export class NoAnswerError extends Error {}

const defaultPatience = 15_000;
const tries = 3;
/** Milliseconds after which a request that failed without an answer counts as not answered, and not as refused. */
const slow = 4000;

/**
 * Downloads to a file and returns its SHA-256 as hexadecimal digits. A broken or truncated transfer is tried again.
 *
 * @throws HttpError when the server refuses; NoAnswerError when it says nothing at all; Error when it stalls or breaks
 * off each time. The file is gone then.
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<string> {
  return withTries(options, async () => {
    const hash = createHash("sha256");
    try {
      await receive(url, options, async (body, total) => {
        const meter = measure(total, (chunk) => hash.update(chunk), options);
        await pipeline(body, meter, createWriteStream(file));
      });
      return hash.digest("hex");
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  });
}

/** Downloads a small text, without progress. */
export async function downloadText(url: string, given: DownloadOptions = {}): Promise<string> {
  const options = { ...given, onProgress: (): void => undefined };
  return withTries(options, async () => {
    const chunks: Buffer[] = [];
    await receive(url, options, async (body, total) => {
      const meter = measure(total, (chunk) => chunks.push(chunk), options);
      await pipeline(
        body,
        meter,
        new Writable({
          write: (_chunk, _encoding, done) => {
            done();
          },
        }),
      );
    });
    return Buffer.concat(chunks).toString("utf8");
  });
}

async function withTries<T>({ signal }: DownloadOptions, attempt: () => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof HttpError || error instanceof NoAnswerError || number === tries) throw error;
    }
  }
}

/** Opens the transfer and hands its body on; ends it when no byte came for the time of patience. */
async function receive(
  url: string,
  options: DownloadOptions,
  consume: (body: Readable, total: number) => Promise<void>,
): Promise<void> {
  const patience = options.patience ?? defaultPatience;
  const stalled = new AbortController();
  const stop = (): void => {
    stalled.abort(new Error(`${url} sent nothing for ${patience / 1000} s`));
  };
  let timer = setTimeout(stop, patience);
  const begun = Date.now();
  let answered = false;
  const signal = options.signal ? AbortSignal.any([stalled.signal, options.signal]) : stalled.signal;
  try {
    const response = await fetch(url, { signal, redirect: "follow", headers: options.headers ?? {} });
    answered = true;
    if (!response.ok || !response.body) throw new HttpError(url, response);
    const body = Readable.from(response.body as AsyncIterable<Uint8Array>);
    body.on("data", () => {
      clearTimeout(timer);
      timer = setTimeout(stop, patience);
    });
    await consume(body, Number(response.headers.get("content-length") ?? 0));
  } catch (error) {
    const reason = stalled.signal.aborted ? (stalled.signal.reason as Error) : readable(url, error);
    const inVain = !answered && Date.now() - begun >= Math.min(patience, slow);
    throw inVain ? new NoAnswerError(reason.message) : reason;
  } finally {
    clearTimeout(timer);
  }
}

/** fetch hides the reason of a failure in its cause. */
function readable(url: string, error: unknown): Error {
  if (error instanceof HttpError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  return new Error(`${url} could not be read: ${cause}`);
}

/** Passes bytes through, counts them, and fails at the end when there were fewer than announced. */
function measure(total: number, take: (chunk: Buffer) => unknown, options: DownloadOptions): Transform {
  let bytes = 0;
  let told = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      take(chunk);
      if (Date.now() - told >= 1000) {
        told = Date.now();
        options.onProgress?.(bytes, total);
      }
      done(null, chunk);
    },
    flush(done) {
      done(
        total > 0 && bytes < total ? new Error(`the transfer ended after ${bytes} of ${total} bytes`) : null,
      );
    },
  });
}
