/** Whether hosts can be reached: each is asked once in a run, so that a network that swallows everything costs seconds. */
import { connect } from "node:net";

import { NoAnswerError } from "./download.ts";

/** Milliseconds within which a host has to answer anything at all. */
const patience = 4000;

/** Remembers its answers as long as it lives. */
export class Reachability {
  private readonly answers = new Map<string, Promise<string | undefined>>();

  /** Why the URL's host cannot be reached; nothing when it can. */
  check(url: string): Promise<string | undefined> {
    const { origin } = new URL(url);
    return this.once(origin, () => askHost(origin));
  }

  /**
   * Asks a host that can be reached; one that lets us wait in vain (or sends us on to such a one) is given up for the run.
   *
   * @throws Error when the host cannot be reached; whatever asking throws.
   */
  async reached<T>(url: string, ask: (url: string) => Promise<T>): Promise<T> {
    const unreachable = await this.check(url);
    if (unreachable !== undefined) throw new Error(unreachable);
    try {
      return await ask(url);
    } catch (error) {
      if (error instanceof NoAnswerError)
        this.answers.set(new URL(url).origin, Promise.resolve(error.message));
      throw error;
    }
  }

  /** The bare connection's {@link check}, for programs that have their own certificates: no request is made. */
  connects(url: string): Promise<string | undefined> {
    const { hostname, port, protocol, host } = new URL(url);
    return this.once(`connection to ${host}`, () =>
      tryConnection({ host: hostname, port: Number(port) || (protocol === "http:" ? 80 : 443) }),
    );
  }

  private once(key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> {
    const answer = this.answers.get(key) ?? ask();
    this.answers.set(key, answer);
    return answer;
  }
}

async function askHost(origin: string): Promise<string | undefined> {
  try {
    await fetch(origin, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(patience) });
    return undefined;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    const reason = cause ?? `no answer within ${patience / 1000} s`;
    return `${new URL(origin).host} cannot be reached: ${reason}${proxyHint()}`;
  }
}

/** Node 22 leaves a proxy alone that is set in the environment, unless told otherwise. */
function proxyHint(): string {
  const { https_proxy, HTTPS_PROXY, NODE_USE_ENV_PROXY } = process.env;
  if ((https_proxy ?? HTTPS_PROXY ?? "") === "" || NODE_USE_ENV_PROXY === "1") return "";
  return " (https_proxy is set; set NODE_USE_ENV_PROXY=1 as well, so that Node uses it)";
}

function tryConnection(address: {
  readonly host: string;
  readonly port: number;
}): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: patience });
    const end = (reason?: string): void => {
      socket.destroy();
      resolve(reason === undefined ? undefined : `${address.host} cannot be reached: ${reason}`);
    };
    // A name that does not resolve has no connection yet that could time out.
    const timer = setTimeout(() => {
      end(`no answer within ${patience / 1000} s`);
    }, patience);
    socket.once("connect", () => {
      clearTimeout(timer);
      end();
    });
    socket.once("error", (error) => {
      clearTimeout(timer);
      end(error.message);
    });
  });
}
