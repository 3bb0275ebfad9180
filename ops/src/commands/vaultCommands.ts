/** What can be typed after `paw vault`. */
import type { Command } from "commander";

import { later } from "./later.ts";

/** Adds `paw vault` to the command line. */
export function addVaultCommands(paw: Command): void {
  const group = paw
    .command("vault")
    .description("the secrets that Vault holds; VAULT_ADDR and VAULT_TOKEN say where");
  group
    .command("init")
    .description("fill Vault's empty paths; never overwrites, never prints a value")
    .option("--from <dir>", "keys and genesis that paw validators init --out made")
    .option("--tls-cert <file>", "certificate of the API's Ingress, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option(
      "--backup-env <file>",
      "lines NAME=value for restic: RESTIC_REPOSITORY and the store's credentials",
    )
    .option("--stdin <path>", "one path's properties, as a JSON object on standard input")
    .option("--dry-run", "list paths and property names, and send nothing", false)
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  npx paw vault init --from net --dry-run",
        "  npx paw vault init --from net --tls-cert api.crt --tls-key api.key --backup-env restic.env",
        "  npx paw vault init --stdin paw/logs/object_store < loki.json",
      ].join("\n"),
    )
    .action(later(async () => (await import("./vault.ts")).init));
  group
    .command("status")
    .description("show which paths hold something, and who may read them")
    .option("--json", "print JSON", false)
    .action(later(async () => (await import("./vault.ts")).status));
}
