/** A picture of a page, by Debian's chromium. Made on demand: no gate of this project needs a browser. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { find } from "../find.ts";
import type { Size } from "./charts.ts";
import { pngSize, withPalette } from "./png.ts";

const run = promisify(execFile);

/** Neither a profile of its user nor anything from a network. */
export const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--hide-scrollbars",
  "--force-device-scale-factor=1",
] as const;

/** Whether this machine can take pictures at all. */
export function canTakePictures(): boolean {
  try {
    return find("chromium") !== "";
  } catch {
    return false;
  }
}

/**
 * Writes a page as PNG, in its full size (pixels; {@link pageSize} of a dashboard's page).
 *
 * @throws Error with what chromium said, where it is missing, fails, or makes another size.
 */
export async function takePicture(html: string, file: string, { width, height }: Size): Promise<void> {
  const chromium = find("chromium");
  const folder = mkdtempSync(join(tmpdir(), "paw-picture-"));
  const [page, picture] = [join(folder, "page.html"), join(folder, "picture.png")];
  try {
    writeFileSync(page, html);
    const args = [
      ...flags,
      `--user-data-dir=${join(folder, "profile")}`,
      `--window-size=${width},${height}`,
      `--screenshot=${picture}`,
      pathToFileURL(page).href,
    ];
    const said = await run(chromium, args, { timeout: 120_000, killSignal: "SIGKILL" });
    if (!existsSync(picture)) throw new Error(`chromium made no picture of the page:\n${said.stderr}`);
    const png = readFileSync(picture);
    const made = pngSize(png);
    if (made.width !== width || made.height !== height)
      throw new Error(
        `chromium made a picture of ${made.width} x ${made.height} instead of ${width} x ${height}:\n${said.stderr}`,
      );
    writeFileSync(file, withPalette(png));
  } finally {
    // Processes of chromium may still be about to write into their profile.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
