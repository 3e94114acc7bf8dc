import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The version of this program's launcher and of its clients, which must be the same. */
export function launcherVersion(): string {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
