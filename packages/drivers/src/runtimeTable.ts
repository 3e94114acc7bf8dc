import { RUNTIMES } from "@hearth/model";
import type { RuntimeSupport } from "./driver.ts";
import { FAMILIES } from "./families/families.ts";
import type { RuntimeFamily } from "./families/family.ts";

/** What a runtime identifier means: a language and a version of it. */
export interface RuntimeMeaning {
  readonly family: RuntimeFamily;
  /** `22`, `3.13` or `al2023`. */
  readonly version: string;
}

/** Finds the family that serves a runtime identifier. */
export class RuntimeTable {
  readonly #families: readonly RuntimeFamily[];

  constructor(families: readonly RuntimeFamily[] = FAMILIES) {
    this.#families = families;
  }

  /** `undefined` for identifiers that AWS does not know and those that no family serves. */
  meaningOf(runtime: string): RuntimeMeaning | undefined {
    if (!Object.hasOwn(RUNTIMES, runtime)) return undefined;
    for (const family of this.#families) {
      const version = family.versionOf(runtime);
      if (version !== undefined) return { family, version };
    }
    return undefined;
  }

  /** How each of AWS's identifiers is served; `describe` is asked for those that a family serves. */
  async support(
    describe: (runtime: string, meaning: RuntimeMeaning) => Promise<RuntimeSupport>,
  ): Promise<readonly RuntimeSupport[]> {
    return Promise.all(
      Object.keys(RUNTIMES).map(async (runtime) => {
        const meaning = this.meaningOf(runtime);
        return meaning ? await describe(runtime, meaning) : notServed(runtime);
      }),
    );
  }
}

/** The answer for an identifier that no family serves. */
export function notServed(runtime: string): RuntimeSupport & { readonly reason: string } {
  const known = Object.hasOwn(RUNTIMES, runtime);
  const reason = known ? `Hearth has no runtime for ${runtime} yet` : `${runtime} is no runtime that Hearth knows`;
  return { runtime, servedBy: runtime, state: "unavailable", reason };
}

/** How runtimes are served as far as their identifiers tell: for a process that has no driver to ask. */
export function assumedRuntimes(): readonly RuntimeSupport[] {
  const table = new RuntimeTable();
  return Object.keys(RUNTIMES).map((runtime) =>
    table.meaningOf(runtime) ? { runtime, servedBy: runtime, state: "obtainable" } : notServed(runtime),
  );
}

/** What functions of an identifier's language find in their environment; also for old identifiers that are no longer served. */
export function familyEnvironment(runtime: string): RuntimeFamily["environment"] | undefined {
  const name = Object.hasOwn(RUNTIMES, runtime) ? RUNTIMES[runtime]?.family : undefined;
  return FAMILIES.find((family) => family.name === name)?.environment;
}
