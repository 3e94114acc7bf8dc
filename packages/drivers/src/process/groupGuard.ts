import { type ChildProcess, spawn } from "node:child_process";
import type { Logger } from "@hearth/kit";

/**
 * Reads `started <group>` and `ended <group>` from its standard input. At its end, which comes in any way that the launcher ends, it kills the groups
 * that have started and not ended.
 */
const GUARD = `
trap '' INT HUP TERM
groups=' '
while read -r word group; do
  case $word in
    started) groups="$groups$group " ;;
    ended) case $groups in *" $group "*) groups="\${groups%% "$group" *} \${groups#* "$group" }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
exit 0`;

/**
 * Kills the process groups of functions when this process ends in any way, SIGKILL included. They cannot do it themselves: an idle function is stopped
 * by SIGSTOP, so that it neither sees its connection end nor ends by SIGTERM. The guard is a small shell in a process group of its own.
 */
export class GroupGuard implements Disposable {
  readonly #logger: Logger;
  readonly #groups = new Set<number>();
  #shell: ChildProcess | undefined;

  constructor({ logger }: { readonly logger: Logger }) {
    this.#logger = logger;
  }

  started(group: number): void {
    this.#groups.add(group);
    if (this.#shell) this.#tell("started", group);
    else this.#open();
  }

  ended(group: number): void {
    this.#groups.delete(group);
    this.#tell("ended", group);
  }

  #open(): void {
    const shell = spawn("/bin/sh", ["-c", GUARD, "hearth-process-guard"], {
      detached: true,
      cwd: "/",
      env: {},
      stdio: ["pipe", "ignore", "ignore"],
    });
    const onGone = (reason: unknown): void => {
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      this.#logger.warn(
        { reason },
        "the guard of functions' processes has ended; the next start of a function opens one",
      );
    };
    shell.on("error", onGone);
    shell.on("exit", (code, signal) => onGone(signal ?? code));
    shell.stdin.on("error", () => undefined); // EPIPE: its end is reported by "exit"
    // It is not waited for: it ends when this process does.
    shell.unref();
    this.#shell = shell;
    for (const group of this.#groups) this.#tell("started", group);
  }

  #tell(word: "started" | "ended", group: number): void {
    this.#shell?.stdin?.write(`${word} ${group}\n`);
  }

  /** Ends the guard, which kills the groups that still run. */
  [Symbol.dispose](): void {
    const shell = this.#shell;
    this.#shell = undefined;
    shell?.stdin?.end();
  }
}
