import { execFileSync } from "node:child_process";

/** Stops a process and all processes below it, as a machine does whose disk hangs. Disposal lets them go on. Only for processes that the test started. */
export function pause(pid: number): Disposable {
  const paused: number[] = [];
  const stop = (one: number): void => {
    process.kill(one, "SIGSTOP"); // before its children are listed: it starts no more
    paused.push(one);
    for (const child of childrenOf(one)) stop(child);
  };
  stop(pid);
  return {
    [Symbol.dispose]: () => {
      for (const one of paused.splice(0).toReversed()) goOn(one);
    },
  };
}

function childrenOf(pid: number): readonly number[] {
  const lines = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}

function goOn(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
