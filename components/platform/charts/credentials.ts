/** What `docker login` left for a registry. Never part of a message. */
import { homedir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import { readIfThere } from "./inspect.ts";

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .default({}),
});

/** The file that `docker login` writes. */
export function dockerConfigFile(): string {
  return join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
}

/**
 * The value of a header `Authorization` for a registry; nothing where nobody logged in to it.
 *
 * @param host name and port, as in an image's name.
 * @throws Error when the file cannot be understood; its content is not told.
 */
export async function basicAuthorization(host: string): Promise<string | undefined> {
  const file = dockerConfigFile();
  const content = await readIfThere(file);
  if (!content) return undefined;
  let config: z.infer<typeof configSchema>;
  try {
    config = configSchema.parse(JSON.parse(content.toString("utf8")));
  } catch {
    throw new Error(`${file} is no configuration of Docker`);
  }
  const entries = Object.entries(config.auths);
  const login = entries.find(([key]) => key.replace(/^https?:\/\//, "").split("/")[0] === host)?.[1];
  if (login?.auth) return `Basic ${Buffer.from(login.auth, "base64").toString("base64")}`;
  if (!login?.username) return undefined;
  return `Basic ${Buffer.from(`${login.username}:${login.password ?? ""}`).toString("base64")}`;
}
