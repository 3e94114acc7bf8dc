import { join, resolve } from "node:path";
import type { Family } from "./runtimeTable.ts";

/** What runs inside a sandbox: a folder of packages/runtimes and the file in it that is executed. */
export interface Bootstrap {
  /** Absolute path on this host. */
  readonly folder: string;
  readonly file: string;
}

/** Tells the bootstrap the folder of its socket; `/run/hearth` when absent. */
export const RUN_DIR_VARIABLE = "HEARTH_RUN_DIR";

const RUNTIMES_FOLDER = resolve(import.meta.dirname, "../../runtimes");
const BOOTSTRAPS: Readonly<Record<Family, Bootstrap>> = {
  nodejs: { folder: join(RUNTIMES_FOLDER, "node"), file: "bootstrap.mjs" },
  python: { folder: join(RUNTIMES_FOLDER, "python"), file: "bootstrap.py" },
  provided: { folder: join(RUNTIMES_FOLDER, "provided"), file: "bootstrap.py" },
};

export function bootstrapOf(family: Family): Bootstrap {
  return BOOTSTRAPS[family];
}
