import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** How to start the launcher: its program with arguments, and its environment. */
export interface LauncherCommand {
  readonly program: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the launcher, again and again, one at a time. */
export interface LauncherRunner {
  /** Starts it and resolves when it has ended, with the reason. Rejects when it can never be started again. */
  run(): Promise<string>;
  /** The launcher notices that its standard input ends, and stops by itself. */
  end(): void;
  /** Ends it at once. */
  kill(): void;
  /** Resolves when nothing is left that this process has started. */
  close(): Promise<void>;
}

/** The launcher as a child of this process. */
export class ChildRunner implements LauncherRunner {
  readonly #command: LauncherCommand;
  #child: ChildProcess | undefined;

  constructor(command: LauncherCommand) {
    this.#command = command;
  }

  run(): Promise<string> {
    const { program, env } = this.#command;
    const [file, ...args] = program;
    const child = spawn(file, args, { env, stdio: ["pipe", "inherit", "inherit"] });
    this.#child = child;
    child.stdin.on("error", () => undefined); // EPIPE: its end is reported by "exit"
    return new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
  }

  end(): void {
    this.#child?.stdin?.end();
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Reads words from its standard input and prints the exit status of each run to descriptor 4. The launcher's standard input is descriptor 3. It can start
 * and kill this one program and nothing else, so whoever controls the process that writes the words gains nothing by it.
 */
const KEEPER = `
trap '' INT HUP TERM
while read -r word; do
  case $word in
    start)
      (
        pid=
        trap '[ -z "$pid" ] || kill -KILL $pid' USR1
        "$@" <&3 3<&- 4>&- &
        pid=$!
        wait $pid 2>/dev/null
        status=$?
        while kill -0 $pid 2>/dev/null; do wait $pid 2>/dev/null; status=$?; done
        echo $status >&4
      ) &
      job=$! ;;
    kill) kill -USR1 $job 2>/dev/null ;;
  esac
done
wait`;

/**
 * The launcher under a small shell that stays root when this process gives root up, so that the launcher can be started again. Make it before that. When
 * this process dies, the launcher and then the shell end by themselves.
 */
export class KeeperRunner implements LauncherRunner {
  readonly #keeper: ChildProcess;
  readonly #words: Writable;
  readonly #lifeline: Writable;
  readonly #gone: Promise<string>;
  #ended: ((status: string) => void) | undefined;

  constructor({ program, env }: LauncherCommand) {
    this.#keeper = spawn("/bin/sh", ["-c", KEEPER, "hearth-launcher-keeper", ...program], {
      env,
      cwd: "/",
      stdio: ["pipe", "inherit", "inherit", "pipe", "pipe"],
    });
    const [words, , , lifeline, statuses] = this.#keeper.stdio;
    this.#words = words as Writable;
    this.#lifeline = lifeline as Writable;
    for (const stream of [this.#words, this.#lifeline]) stream.on("error", () => undefined); // its end is reported by "exit"
    (statuses as Readable).setEncoding("utf8").on("data", (text: string) => this.#ended?.(endingOf(text)));
    this.#gone = new Promise((resolve) => {
      this.#keeper.on("error", (error) => resolve(error.message));
      this.#keeper.on("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
  }

  async run(): Promise<string> {
    const ended = new Promise<string>((resolve) => (this.#ended = resolve));
    this.#words.write("start\n");
    const gone = this.#gone.then((reason) => {
      throw new Error(`the process that starts the launcher as root has ended (${reason})`);
    });
    return await Promise.race([ended, gone]);
  }

  end(): void {
    this.#lifeline.end();
  }

  kill(): void {
    this.#words.write("kill\n");
  }

  async close(): Promise<void> {
    this.#lifeline.end();
    this.#words.end();
    await this.#gone;
  }
}

/** From a shell's exit status. */
function endingOf(text: string): string {
  const status = Number(text.trim());
  return status > 128 ? `signal ${status - 128}` : `exit code ${status}`;
}
