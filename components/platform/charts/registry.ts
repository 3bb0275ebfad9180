/** Charts from an OCI registry: a manifest by tag, and in it the digest of the archive. */
import { z } from "zod";

import { HttpError } from "../../download.ts";
import type { Chart } from "./chart.ts";
import { basicAuthorization, dockerConfigFile } from "./credentials.ts";
import { type Headers, type Transfers, isLoopback } from "./transfers.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const archiveType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

const manifestSchema = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string() })),
});
const tokenSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token }) => token ?? access_token)
  .pipe(z.string().regex(/^[\w.~+/=-]+$/));

/**
 * Downloads a chart's archive and returns its SHA-256. Asks anonymously first, and as who logged in with Docker where
 * the registry wants that.
 *
 * @throws Error when the registry does not have it, or gives another one than its manifest says.
 */
export async function fetchFromRegistry(chart: Chart, file: string, transfers: Transfers): Promise<string> {
  const { host, hostname, pathname } = new URL(`${chart.repository}/${chart.name}`);
  const base = `${isLoopback(hostname) ? "http" : "https"}://${host}/v2${pathname}`;
  const ask = asker(host, transfers);
  const manifestUrl = `${base}/manifests/${chart.version.replaceAll("+", "_")}`;
  const manifest = await ask((headers) => transfers.text(manifestUrl, { ...headers, accept: manifestType }));
  const wanted = archiveDigest(manifest, manifestUrl);
  const blobUrl = `${base}/blobs/sha256:${wanted}`;
  const found = await ask((headers) => transfers.file(blobUrl, file, headers));
  if (found !== wanted) throw new Error(`${blobUrl} has the SHA-256 ${found}`);
  return found;
}

function archiveDigest(manifest: string, url: string): string {
  let digest: string | undefined;
  try {
    const { layers } = manifestSchema.parse(JSON.parse(manifest));
    digest = layers.find(({ mediaType }) => mediaType === archiveType)?.digest;
  } catch {
    throw new Error(`${url} is no manifest`);
  }
  const hash = /^sha256:([0-9a-f]{64})$/.exec(digest ?? "")?.[1];
  if (hash === undefined) throw new Error(`${url} names no chart's archive with a SHA-256`);
  return hash;
}

/** Asks without authorization until the registry wants one, and with it from then on. */
function asker(
  host: string,
  transfers: Transfers,
): <T>(request: (headers: Headers) => Promise<T>) => Promise<T> {
  let headers: Headers = {};
  return async (request) => {
    try {
      return await request(headers);
    } catch (error) {
      const unauthorized = error instanceof HttpError && error.status === 401;
      if (!unauthorized || headers.authorization !== undefined) throw error;
      headers = { authorization: await authorization(error, host, transfers) };
      return request(headers);
    }
  };
}

/** Answers a registry's challenge: `Basic` with the login itself, `Bearer` with a token that its service gives for it. */
async function authorization(refusal: HttpError, host: string, transfers: Transfers): Promise<string> {
  const [scheme = "", ...fields] = (refusal.challenge ?? "").split(" ");
  const login = await basicAuthorization(host);
  if (scheme.toLowerCase() === "basic" && login !== undefined) return login;
  const field = (key: string): string | undefined =>
    new RegExp(`${key}="([^"]*)"`).exec(fields.join(" "))?.[1];
  const [realm, service, scope] = [field("realm"), field("service"), field("scope")];
  if (scheme.toLowerCase() !== "bearer" || realm === undefined || !URL.canParse(realm)) {
    throw new Error(`${refusal.message}, and ${dockerConfigFile()} has no user and password for ${host}`);
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  if (scope !== undefined) url.searchParams.set("scope", scope);
  const answer = await transfers.text(url.href, login === undefined ? {} : { authorization: login });
  return `Bearer ${tokenOf(answer, url)}`;
}

function tokenOf(answer: string, { origin, pathname }: URL): string {
  try {
    return tokenSchema.parse(JSON.parse(answer));
  } catch {
    throw new Error(`${origin}${pathname} gave no token`);
  }
}
