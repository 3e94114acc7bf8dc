import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type RuntimeSupport, RuntimeUnavailable } from "../driver.ts";
import type { RuntimeFamily } from "../families/family.ts";
import type { FolderOwner } from "../sandboxFolders.ts";
import { notServed, RuntimeTable } from "../runtimeTable.ts";

export interface FoundInterpreter {
  readonly path: string;
  readonly family: RuntimeFamily;
}

const PROBE_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/**
 * The interpreters on this machine's PATH that functions can run. Each command is run once, as the user that functions run as:
 * one in root's home folder (pyenv, nvm) is passed over when root starts Hearth, because that user may not execute it.
 */
export class Interpreters {
  readonly #table: RuntimeTable;
  readonly #user: FolderOwner | undefined;
  readonly #outputs = new Map<string, Promise<string | undefined>>();

  constructor(table = new RuntimeTable(), user?: FolderOwner) {
    this.#table = table;
    this.#user = user;
  }

  /** Rejects with `RuntimeUnavailable` saying what to install. */
  async find(runtime: string): Promise<FoundInterpreter> {
    const meaning = this.#table.meaningOf(runtime);
    if (!meaning) throw new RuntimeUnavailable(notServed(runtime).reason);
    const { family, version } = meaning;
    const found = await family.host.find(version, this.#probe);
    if (!found) throw new RuntimeUnavailable(family.host.missing(runtime, version));
    return { path: found.path, family };
  }

  support(): Promise<readonly RuntimeSupport[]> {
    return this.#table.support(async (runtime, { family, version }) => {
      const found = await family.host.find(version, this.#probe);
      if (found) return { runtime, servedBy: family.identifierOf(found.version), state: "ready" };
      return { runtime, servedBy: runtime, state: "unavailable", reason: family.host.missing(runtime, version) };
    });
  }

  readonly #probe = (command: string, args: readonly string[]): Promise<string | undefined> => {
    const key = JSON.stringify([command, ...args]);
    let output = this.#outputs.get(key);
    if (!output) {
      output = run(command, [...args], { timeout: PROBE_TIMEOUT_MS, cwd: "/", ...this.#user }).then(
        ({ stdout }) => stdout,
        () => undefined, // not installed, or a shim for a version that is not
      );
      this.#outputs.set(key, output);
    }
    return output;
  };
}
