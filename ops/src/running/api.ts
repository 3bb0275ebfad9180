/** The API server's own paths, objects as it has them: what is read here goes to the rules, which know no client's types. */
import { type IncomingMessage, request as plain } from "node:http";
import { type RequestOptions, request as secure } from "node:https";

import { UserError, firstLine } from "../errors.ts";
import type { Target } from "./target.ts";

/** Milliseconds that an answer may take. */
const patience = 20_000;

export interface Answer {
  readonly status: number;
  /** An object of any kind, or the API server's `Status`; who asks knows which. */
  readonly body: unknown;
}

export interface Request {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Such as `/api/v1/namespaces/paw/pods`. */
  readonly path: string;
  readonly body?: object;
}

/**
 * Sends a request; the answer may be a refusal.
 *
 * @throws UserError when the API server does not answer.
 */
export async function ask(
  { kubeconfig, context }: Pick<Target, "kubeconfig" | "context">,
  { method = "GET", path, body }: Request,
): Promise<Answer> {
  const server = kubeconfig.getCurrentCluster()?.server ?? "";
  const options: RequestOptions = {
    method,
    timeout: patience,
    headers: { "content-type": "application/json", accept: "application/json" },
  };
  await kubeconfig.applyToHTTPSOptions(options);
  const send = server.startsWith("http:") ? plain : secure;
  return new Promise<Answer>((resolve, reject) => {
    const sent = send(`${server.replace(/\/$/, "")}${path}`, options, (response) => {
      read(response).then((text) => {
        resolve({ status: response.statusCode ?? 0, body: parsed(text) });
      }, reject);
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${patience / 1000} s`)));
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  }).catch((error: unknown) => {
    throw new UserError(`the API server of "${context}" does not answer ${path}: ${firstLine(error)}`, [
      "kubectl get --raw /readyz",
    ]);
  });
}

/**
 * Sends a request that has to succeed.
 *
 * @throws UserError with the API server's words when it refuses.
 */
export async function done<T>(target: Target, request: Request): Promise<T> {
  const { status, body } = await ask(target, request);
  if (status < 300) return body as T;
  throw new UserError(`the API server refuses ${request.method ?? "GET"} ${request.path}: ${words(body)}`, [
    "does your user have the right? kubectl auth can-i --list",
  ]);
}

/** What is listed: the form that the rules of `policy/` read. */
export interface Listed {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  /** All namespaces where it is not given. */
  readonly namespace?: string;
}

/** An object as the API server has it. */
export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly [field: string]: unknown;
}

/** All objects of a kind, whose other fields the caller knows; none where the cluster does not know it. */
export async function list<Fields extends object = object>(
  target: Target,
  what: Listed,
): Promise<(StoredObject & Fields)[]> {
  const { apiVersion, kind, resource, namespace } = what;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const base = `${root}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${resource}`;
  const all: (StoredObject & Fields)[] = [];
  for (let next = ""; ;) {
    const path = `${base}?limit=500${next === "" ? "" : `&continue=${encodeURIComponent(next)}`}`;
    const { status, body } = await ask(target, { path });
    if (status === 404) return [];
    if (status >= 300) throw new UserError(`the API server refuses to list ${resource}: ${words(body)}`);
    // A list's items leave out what they all are.
    const page = body as Page<Fields>;
    all.push(...(page.items ?? []).map((item) => ({ ...item, apiVersion, kind })));
    next = page.metadata?.continue ?? "";
    if (next === "") return all;
  }
}

interface Page<Fields> {
  readonly items?: readonly (StoredObject & Fields)[];
  readonly metadata?: { readonly continue?: string };
}

/** What the API server says in a refusal. */
export function words(body: unknown): string {
  const { message } = (body ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : JSON.stringify(body).slice(0, 200);
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 300) };
  }
}
