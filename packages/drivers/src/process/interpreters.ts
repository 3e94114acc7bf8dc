import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type RuntimeSupport, RuntimeUnavailable } from "../driver.ts";
import {
  everyRuntime,
  identifierOf,
  knownRuntimes,
  meaningOf,
  notBuilt,
  type RuntimeMeaning,
} from "../runtimeTable.ts";

export interface Interpreter {
  readonly path: string;
  /** The identifier of what it really is. */
  readonly servedBy: string;
}

const PROBE_TIMEOUT_MS = 10_000;
const PROBE = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
const run = promisify(execFile);

/** The interpreters on this machine's PATH, looked for once. Node is always the one that runs Hearth. */
export class Interpreters {
  #pythons: Promise<ReadonlyMap<string, Interpreter>> | undefined;

  /** Rejects with `RuntimeUnavailable` saying what to install. */
  async find(runtime: string): Promise<Interpreter> {
    const meaning = meaningOf(runtime);
    const found = meaning && interpreterFor(meaning, await this.#probe());
    if (found) return found;
    throw new RuntimeUnavailable(meaning ? missing(runtime, meaning) : notBuilt(runtime).reason);
  }

  async support(): Promise<readonly RuntimeSupport[]> {
    const pythons = await this.#probe();
    return everyRuntime((runtime, meaning) => {
      const found = interpreterFor(meaning, pythons);
      if (found) return { runtime, servedBy: found.servedBy, state: "ready" };
      return { runtime, servedBy: runtime, state: "unavailable", reason: missing(runtime, meaning) };
    });
  }

  #probe(): Promise<ReadonlyMap<string, Interpreter>> {
    this.#pythons ??= probePythons();
    return this.#pythons;
  }
}

function interpreterFor(meaning: RuntimeMeaning, pythons: ReadonlyMap<string, Interpreter>): Interpreter | undefined {
  if (meaning.family === "python") return pythons.get(`python${meaning.version}`) ?? pythons.get("python3");
  if (meaning.family === "provided") {
    const python = pythons.get("python3");
    return python && { path: python.path, servedBy: identifierOf(meaning) };
  }
  const version = process.versions.node.split(".")[0] ?? "";
  return { path: process.execPath, servedBy: identifierOf({ family: "nodejs", version }) };
}

function missing(runtime: string, { family, version }: RuntimeMeaning): string {
  if (family === "provided") {
    return `${runtime} needs a python3 on the PATH, which starts its bootstrap, or a Docker Engine: install one and start Hearth again`;
  }
  return `${runtime} needs python${version} or another python3 on the PATH, or a Docker Engine: install one and start Hearth again`;
}

async function probePythons(): Promise<ReadonlyMap<string, Interpreter>> {
  const commands = ["python3", ...knownRuntimes().filter((runtime) => runtime.startsWith("python"))];
  const found = new Map<string, Interpreter>();
  const probes = await Promise.allSettled(
    commands.map((command) => run(command, ["-I", "-c", PROBE], { timeout: PROBE_TIMEOUT_MS })),
  );
  for (const [index, probe] of probes.entries()) {
    if (probe.status === "rejected") continue; // not installed, or a shim for a version that is not
    const [version = "", path = ""] = probe.value.stdout.trim().split("\n");
    const command = commands[index] ?? "";
    const isNamed = command === "python3" ? version.startsWith("3.") : command === `python${version}`;
    if (isNamed && path.startsWith("/")) found.set(command, { path, servedBy: `python${version}` });
  }
  return found;
}
