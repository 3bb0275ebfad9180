/** Where things of this user live, outside every project. */
import { homedir } from "node:os";
import { join } from "node:path";

/** Folder of the toolchain: `PAW_CACHE`, else the platform's usual place for caches. */
export function cacheDir(): string {
  const { PAW_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (PAW_CACHE) return PAW_CACHE;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, "paw");
  if (process.platform === "win32") return join(LOCALAPPDATA ?? homedir(), "paw");
  return join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache", "paw");
}
