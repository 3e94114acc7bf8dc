import { RUNTIMES } from "@hearth/model";
import type { RuntimeSupport } from "./driver.ts";

export type Family = "nodejs" | "python" | "provided";

/** A language and the version of it that a runtime identifier means. */
export interface RuntimeMeaning {
  readonly family: Family;
  /** `22`, `3.13` or `al2023`. */
  readonly version: string;
}

/** `undefined` for identifiers of languages that have no runtime of ours yet. */
export function meaningOf(runtime: string): RuntimeMeaning | undefined {
  if (!Object.hasOwn(RUNTIMES, runtime)) return undefined;
  const node = /^nodejs(\d+)\.x$/.exec(runtime)?.[1];
  if (node !== undefined) return { family: "nodejs", version: node };
  const python = /^python(3\.\d+)$/.exec(runtime)?.[1];
  if (python !== undefined) return { family: "python", version: python };
  const provided = /^provided\.(al\d+)$/.exec(runtime)?.[1];
  return provided === undefined ? undefined : { family: "provided", version: provided };
}

export function identifierOf({ family, version }: RuntimeMeaning): string {
  if (family === "provided") return `provided.${version}`;
  return family === "nodejs" ? `nodejs${version}.x` : `python${version}`;
}

/** Every identifier that means something to us. */
export function knownRuntimes(): readonly string[] {
  return Object.keys(RUNTIMES).filter((runtime) => meaningOf(runtime) !== undefined);
}

/** The answer for identifiers that mean nothing to us. */
export function notBuilt(runtime: string): RuntimeSupport {
  const known = Object.hasOwn(RUNTIMES, runtime);
  const reason = known ? `Hearth has no runtime for ${runtime} yet` : `${runtime} is no runtime that Hearth knows`;
  return { runtime, servedBy: runtime, state: "unavailable", reason };
}

/** All of AWS's identifiers, those that mean nothing to us as unavailable. */
export function everyRuntime(describe: (runtime: string, meaning: RuntimeMeaning) => RuntimeSupport): RuntimeSupport[] {
  return Object.keys(RUNTIMES).map((runtime) => {
    const meaning = meaningOf(runtime);
    return meaning ? describe(runtime, meaning) : notBuilt(runtime);
  });
}

/** How a runtime is served as far as the identifier tells: for a process that has no driver to ask. */
export function assumedSupport(runtime: string): RuntimeSupport {
  return meaningOf(runtime) ? { runtime, servedBy: runtime, state: "obtainable" } : notBuilt(runtime);
}
