import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** The version of this program. All processes of an installation must have the same. */
export function hearthVersion(): string {
  const manifest = JSON.parse(readFileSync(resolve(import.meta.dirname, "../package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
