import { resolve } from "node:path";

/** Absolute path of a folder of packages/runtimes. */
export function bootstrapFolder(name: string): string {
  return resolve(import.meta.dirname, "../../../runtimes", name);
}
