import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../functions");

/** The files of a folder of `functions`, by their path in it. */
export function filesOf(folder: string): Readonly<Record<string, Uint8Array>> {
  const top = join(FOLDER, folder);
  const paths = readdirSync(top, { recursive: true, encoding: "utf8" }).map((path) => join(top, path));
  return Object.fromEntries(
    paths.filter((path) => statSync(path).isFile()).map((path) => [relative(top, path), readFileSync(path)]),
  );
}
