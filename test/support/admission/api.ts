/** An API server asked what it would do: server-side dry-run, with its warnings. */
import { Agent, type RequestOptions, request } from "node:https";
import { readFileSync } from "node:fs";

import { KubeConfig } from "@kubernetes/client-node";

import { type Manifest, clusterKinds } from "../../../policy/src/k8s/manifest.ts";

export interface Answer {
  readonly status: number;
  /** The object as the API server completed it, or its Status. */
  readonly body: Manifest & { readonly message?: string; readonly reason?: string };
  readonly warnings: readonly string[];
}

export interface Call {
  readonly method: "POST" | "PUT" | "PATCH" | "GET" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** Media type of the body; JSON where it is not given. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const withoutNamespace: ReadonlySet<string> = new Set([...clusterKinds, "ClusterExternalSecret"]);

/** Where objects of a kind are. */
export function pathOf({ apiVersion, kind, metadata }: Manifest, namespace: string): string {
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, "ies").replace(/sss$/, "sses");
  const own = (metadata as { namespace?: string } | undefined)?.namespace ?? namespace;
  const inside = withoutNamespace.has(kind) ? "" : `/namespaces/${own}`;
  return `${apiVersion.includes("/") ? "/apis" : "/api"}/${apiVersion}${inside}/${plural}`;
}

interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export class ApiServer {
  private readonly config = new KubeConfig();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(kubeconfig: string) {
    this.config.loadFromString(readFileSync(kubeconfig, "utf8"));
  }

  dispose(): void {
    this.agent.destroy();
  }

  /** Sends a request; the answer may be a refusal. */
  async send({ method, path, body, type = "application/json", headers = {} }: Call): Promise<Answer> {
    const server = this.config.getCurrentCluster()?.server ?? "";
    const options: RequestOptions = {
      method,
      agent: this.agent,
      headers: { "content-type": type, ...headers },
    };
    await this.config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      const sent = request(`${server}${path}`, { ...options, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const warnings = response.headersDistinct.warning ?? [];
          resolve({
            status: response.statusCode ?? 0,
            body: (text.startsWith("{") ? JSON.parse(text) : { message: text }) as Answer["body"],
            warnings,
          });
        });
      });
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Sends a request that has to succeed. */
  async ok(call: Call): Promise<Answer["body"]> {
    const { status, body } = await this.send(call);
    if (status >= 300) throw new Error(`${call.method} ${call.path}: ${status} ${body.message ?? ""}`);
    return body;
  }

  /** Makes an object, or makes it so. */
  async apply(manifest: Manifest & { readonly metadata: Named }): Promise<void> {
    const path = `${pathOf(manifest, "default")}/${manifest.metadata.name}?fieldManager=test&force=true`;
    await this.ok({ method: "PATCH", path, body: manifest, type: "application/apply-patch+yaml" });
  }
}
