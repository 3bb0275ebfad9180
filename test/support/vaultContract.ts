/** What must hold of Vault's policies and roles, on a real server as on a simulated one. */
import { X509Certificate, randomBytes } from "node:crypto";

import { expect } from "chai";

import { accessName, consumers, policyText } from "../../components/platform/vault/access.ts";
import { type Login, loginsAt, roleArgs } from "../../components/platform/vault/logins.ts";
import { meshIssuerName } from "../../components/platform/vault/meshAuthority.ts";
import { snapshotLogin } from "../../components/platform/vault/snapshotAccess.ts";

/** Paths that a policy opens, with what may be done there; read as Vault does: exact paths, `*` at the end, `+` inside. */
export function rulesOf(
  policy: string,
): { readonly matches: (path: string) => boolean; readonly verbs: string[] }[] {
  return [...policy.matchAll(/path "([^"]+)" \{\s*capabilities = \[([^\]]*)\]\s*\}/g)].map(
    ([, path = "", verbs = ""]) => {
      const escaped = path.replace(/[.?^${}()|[\]\\]/g, "\\$&").replaceAll("+", "[^/]+");
      const pattern = new RegExp(`^${escaped.endsWith("*") ? `${escaped.slice(0, -1)}.*` : escaped}$`);
      return {
        matches: (text: string) => pattern.test(text),
        verbs: verbs.split(",").map((verb) => verb.trim().replaceAll('"', "")),
      };
    },
  );
}

export interface VaultServer {
  readonly address: string;
  /** A token that may mount, write policies and make tokens. */
  readonly token: string;
}

/** A cluster whose API server the Vault server reaches. */
export interface Cluster {
  readonly address: string;
  /** Its authority, in PEM. */
  readonly authority: string;
  /** Token that may review other tokens. */
  readonly reviewer: string;
  /** A token of a service account. */
  readonly tokenOf: (namespace: string, account: string, audience: string) => Promise<string>;
}

type Call = (
  method: string,
  path: string,
  body?: object,
) => Promise<{ status: number; body: Record<string, unknown> }>;

function caller({ address, token }: VaultServer): Call {
  return async (method, path, body) => {
    const response = await fetch(new URL(`/v1/${path}`, address), {
      method,
      headers: { "X-Vault-Token": token },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };
}

/** What a run sets up under names of its own, and takes away again. */
class Run {
  readonly id = randomBytes(4).toString("hex");
  readonly mounts = { secrets: `paw-contract-${this.id}`, mesh: `paw-contract-mesh-${this.id}` };
  readonly auth = `paw-contract-${this.id}`;
  readonly server: VaultServer;
  private readonly admin: Call;
  private readonly undo: (readonly [method: string, path: string])[] = [];

  constructor(server: VaultServer) {
    this.server = server;
    this.admin = caller(server);
  }

  /** A call that has to succeed. */
  async ok(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await this.admin(method, path, body);
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).to.be.within(200, 204);
    return answer.body;
  }

  /** Makes what a `DELETE` of the same path removes. */
  async make(method: string, path: string, body: object): Promise<void> {
    this.undo.unshift(["DELETE", path]);
    await this.ok(method, path, body);
  }

  async policy(name: string, policy: string): Promise<string> {
    const own = `${name}-${this.id}`;
    await this.make("PUT", `sys/policies/acl/${own}`, { policy });
    return own;
  }

  /** The key-value store, with a value at each path. */
  async store(): Promise<void> {
    await this.make("POST", `sys/mounts/${this.mounts.secrets}`, { type: "kv", options: { version: "2" } });
    for (const path of consumers.flatMap(({ paths }) => [...paths])) {
      await this.ok("POST", `${this.mounts.secrets}/data/${path}`, { data: { value: `of ${path}` } });
    }
  }

  async clean(): Promise<void> {
    for (const [method, path] of this.undo) await this.admin(method, path);
  }
}

/** Runs with names of its own, and cleans up. */
async function withRun(server: VaultServer, work: (run: Run) => Promise<void>): Promise<void> {
  const run = new Run(server);
  try {
    await work(run);
  } finally {
    await run.clean();
  }
}

/**
 * Applies the policies of access.ts, and shows by tokens that have one each that every consumer reads its own paths and
 * nothing else.
 */
export async function proveAccess(server: VaultServer): Promise<void> {
  await withRun(server, async (run) => {
    await run.store();
    for (const consumer of consumers) {
      const policies = [await run.policy(accessName(consumer.id), policyText(consumer, run.mounts.secrets))];
      const { auth } = await run.ok("POST", "auth/token/create", {
        policies,
        no_default_policy: true,
        ttl: "5m",
      });
      const token = (auth as { client_token: string }).client_token;
      await proveConsumer(caller({ ...server, token }), run.mounts.secrets, consumer);
    }
  });
}

async function proveConsumer(call: Call, mount: string, consumer: (typeof consumers)[number]): Promise<void> {
  for (const owner of consumers) {
    for (const path of owner.paths) {
      const { status, body } = await call("GET", `${mount}/data/${path}`);
      expect(status, `${consumer.id} reads ${path}`).to.equal(owner.id === consumer.id ? 200 : 403);
      if (status === 200) expect(JSON.stringify(body)).to.contain(`of ${path}`);
      const write = await call("POST", `${mount}/data/${path}`, { data: { value: "forged" } });
      expect(write.status, `${consumer.id} writes ${path}`).to.equal(403);
    }
  }
  for (const path of [`${mount}/metadata?list=true`, "sys/policies/acl", "sys/mounts", "auth/token/lookup"]) {
    expect((await call("GET", path)).status, `${consumer.id} asks for ${path}`).to.equal(403);
  }
}

interface Site {
  readonly run: Run;
  readonly cluster: Cluster;
}

/** Names of arguments of the provider as Vault's own API has them. */
function snakeCase(args: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]),
  );
}

/**
 * Applies the roles of logins.ts for the service accounts of a real cluster, and shows who gets in: the account that a
 * role is for, with a token for its audience, and nobody else; and that what it gets opens its own paths alone.
 *
 * @param request a certificate request in PEM, for another name than the mesh's issuer has.
 */
export async function proveLogins(server: VaultServer, cluster: Cluster, request: string): Promise<void> {
  await withRun(server, async (run) => {
    const site = { run, cluster };
    await run.store();
    await run.make("POST", `sys/mounts/${run.mounts.mesh}`, { type: "pki" });
    await run.ok("POST", `${run.mounts.mesh}/root/generate/internal`, { common_name: "root.contract" });
    await run.make("POST", `sys/auth/${run.auth}`, { type: "kubernetes" });
    await run.ok("POST", `auth/${run.auth}/config`, {
      kubernetes_host: cluster.address,
      kubernetes_ca_cert: cluster.authority,
      token_reviewer_jwt: cluster.reviewer,
    });
    const logins = loginsAt(run.mounts);
    for (const login of logins) {
      const policy = await run.policy(login.name, login.policy);
      const role = { ...roleArgs(login), tokenPolicies: [policy] };
      await run.ok("POST", `auth/${run.auth}/role/${login.name}`, snakeCase(role));
    }
    for (const login of logins) {
      await proveRefused(site, login, logins);
      const call = await proveLogin(site, login);
      const consumer = consumers.find(({ id }) => accessName(id) === login.name);
      if (consumer) await proveConsumer(call, run.mounts.secrets, consumer);
      else if (login.name === snapshotLogin.name) await proveSnapshots(call, run.mounts.secrets);
      else await proveMesh(call, run.mounts, request);
    }
  });
}

/** A pod's account that asks for a token of an audience. */
type Pod = Pick<Login, "namespace" | "account" | "audience">;

/** Answer to a login with a token of the account. */
async function logIn({ run, cluster }: Site, role: string, pod: Pod): ReturnType<Call> {
  const jwt = await cluster.tokenOf(pod.namespace, pod.account, pod.audience);
  return caller({ address: run.server.address, token: "" })("POST", `auth/${run.auth}/login`, { role, jwt });
}

async function proveLogin(site: Site, login: Login): Promise<Call> {
  const { status, body } = await logIn(site, login.name, login);
  expect(status, `${login.name} logs in: ${JSON.stringify(body.errors)}`).to.equal(200);
  const auth = body.auth as { client_token: string; token_policies: string[]; lease_duration: number };
  // The role's policy and no other, not even "default".
  expect(auth.token_policies).to.deep.equal([`${login.name}-${site.run.id}`]);
  expect(auth.lease_duration).to.equal(600);
  return caller({ address: site.run.server.address, token: auth.client_token });
}

/** Every other account, the same account of another namespace, and a token for another audience. */
async function proveRefused(site: Site, login: Login, logins: readonly Login[]): Promise<void> {
  const others: Pod[] = [
    ...logins
      .filter(({ name }) => name !== login.name)
      .map(({ namespace, account }) => ({ namespace, account, audience: login.audience })),
    { ...login, namespace: "default" },
    { ...login, audience: "https://kubernetes.default.svc" },
  ];
  for (const pod of others) {
    const { status } = await logIn(site, login.name, pod);
    const who = `${pod.namespace}/${pod.account} for ${pod.audience}`;
    expect(status, `${who} as ${login.name}`).to.be.within(400, 403);
  }
}

/** The mesh's issuer is signed by its own name, whatever the request says, and nothing else is done. */
async function proveMesh(
  call: Call,
  mounts: { readonly secrets: string; readonly mesh: string },
  csr: string,
): Promise<void> {
  const sign = `${mounts.mesh}/root/sign-intermediate`;
  const signed = await call("POST", sign, { common_name: meshIssuerName, csr });
  expect(signed.status, JSON.stringify(signed.body.errors)).to.equal(200);
  const { certificate } = signed.body.data as { certificate: string };
  expect(new X509Certificate(certificate).subject).to.equal(`CN=${meshIssuerName}`);
  const refused = [
    { common_name: "web.testnet.example", csr },
    { common_name: meshIssuerName, csr, use_csr_values: true },
  ];
  for (const body of refused) {
    expect((await call("POST", sign, body)).status, `signs ${Object.keys(body).join(", ")}`).to.equal(403);
  }
  const issue = await call("POST", `${mounts.mesh}/root/generate/exported`, { common_name: "second" });
  expect(issue.status).to.equal(403);
  for (const path of consumers.flatMap(({ paths }) => [...paths])) {
    expect((await call("GET", `${mounts.secrets}/data/${path}`)).status, path).to.equal(403);
  }
}

/** Whoever takes snapshots may not put one back, and reads no secret; vaultSnapshots.test.ts has one taken. */
async function proveSnapshots(call: Call, secrets: string): Promise<void> {
  const path = "sys/storage/raft/snapshot";
  for (const [method, each] of [
    ["POST", path],
    ["POST", "sys/storage/raft/snapshot-force"],
    ["GET", "sys/storage/raft/configuration"],
    ["GET", "sys/policies/acl"],
    ...consumers.flatMap(({ paths }) => paths.map((secret) => ["GET", `${secrets}/data/${secret}`] as const)),
  ] as const) {
    expect((await call(method, each)).status, `${method} ${each}`).to.equal(403);
  }
}
