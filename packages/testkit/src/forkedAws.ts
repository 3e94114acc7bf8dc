import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findProgram } from "./availability.ts";
import { runProgram } from "./programs.ts";

const SOURCES = resolve(import.meta.dirname, "../aws");
const FOLDER = join(tmpdir(), "hearth-aws-");

/** The `aws` command of this machine, also while a `ForkedAws` is first on the path. */
export function installedAws(): string | undefined {
  return findProgram("aws", (path) => !path.startsWith(FOLDER));
}

/**
 * A server that runs the `aws` command in forks of one process, and a folder with an `aws` that has it do so. A command costs a fifth of the
 * processor's time that a start of the installed one does, and is the same in all else (test/integration/forkedAws.test.ts).
 */
export class ForkedAws implements AsyncDisposable {
  /** For the front of PATH. */
  readonly folder: string;
  readonly #server: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(folder: string, server: ChildProcess, ended: Promise<unknown>) {
    this.folder = folder;
    this.#server = server;
    this.#ended = ended;
  }

  /** `undefined` where `aws` is not installed or not a script of Python, and so costs nothing to start or cannot be forked. */
  static async start(): Promise<ForkedAws | undefined> {
    const installed = installedAws();
    const script = installed === undefined ? undefined : await pythonScript(installed);
    if (installed === undefined || script === undefined || process.platform !== "linux") return undefined;
    const folder = await mkdtemp(FOLDER);
    const socket = join(folder, "socket");
    const [interpreter, ...flags] = script.interpreter;
    const text = [
      `#!${interpreter} -ISE`,
      `SOCKET = ${JSON.stringify(socket)}`,
      `INSTALLED = ${JSON.stringify(installed)}`,
      await readFile(join(SOURCES, "client.py"), "utf8"),
    ];
    const client = join(folder, "aws");
    await writeFile(client, text.join("\n"));
    await chmod(client, 0o755);
    const args = [...flags, "-B", join(SOURCES, "server.py"), script.path, socket];
    const server = spawn(interpreter, args, { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(server, "exit");
    await Promise.race([once(server.stdout, "data"), ended]);
    return new ForkedAws(folder, server, ended);
  }

  /** The server removes the folder too, but not when it has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.stdin?.end();
    await this.#ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface PythonScript {
  readonly path: string;
  /** With its flags. */
  readonly interpreter: readonly [string, ...string[]];
}

/** `path` where it is a script of Python that starts the AWS CLI. */
async function pythonScript(path: string): Promise<PythonScript | undefined> {
  const text = await readFile(path, "latin1");
  if (/^#!.*sh\n[^]*\bpyenv\b/.test(text)) {
    const { code, stdout } = await runProgram("pyenv", ["which", "aws"]);
    return code === 0 ? await pythonScript(stdout.trim()) : undefined;
  }
  const [interpreter, ...flags] = /^#!\s*(\/\S*python\S*.*)\n[^]*\bawscli\b/.exec(text)?.[1]?.split(/\s+/) ?? [];
  return interpreter === undefined ? undefined : { path, interpreter: [interpreter, ...flags] };
}
