/** The asking of chart hosts in one run: what is found out about a host once holds for all charts. */
import { type DownloadOptions, download, downloadText } from "../../download.ts";
import { Reachability } from "../../reachability.ts";

export type Headers = Readonly<Record<string, string>>;

export class Transfers {
  private readonly reachability = new Reachability();
  private readonly known = new Map<string, Promise<unknown>>();
  private readonly options: DownloadOptions;

  constructor(options: DownloadOptions = {}) {
    this.options = options;
  }

  /** Downloads a text. */
  text(url: string, headers: Headers = {}): Promise<string> {
    return this.ask(url, (allowed) => downloadText(allowed, { ...this.options, headers }));
  }

  /** Downloads a file and returns its SHA-256. */
  file(url: string, file: string, headers: Headers = {}): Promise<string> {
    return this.ask(url, (allowed) => download(allowed, file, { ...this.options, headers }));
  }

  /** Does what several charts need only once, and gives all of them the same answer. */
  once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const answer = (this.known.get(key) as Promise<T> | undefined) ?? work();
    this.known.set(key, answer);
    return answer;
  }

  private async ask<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
    const { protocol, hostname, username, password, host } = new URL(url);
    if (username !== "" || password !== "") throw new Error(`an address on ${host} holds credentials`);
    if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname))) {
      throw new Error(`${url} is not an https:// address`);
    }
    return this.reachability.reached(url, work);
  }
}

/** Whether a host name is this machine's own, for which plain HTTP is safe. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
