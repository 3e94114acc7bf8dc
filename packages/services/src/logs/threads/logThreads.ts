import { Worker } from "node:worker_threads";
import { type Clock, sourceFlags } from "@hearth/kit";
import type { ThreadCalls } from "./threadCalls.ts";

export interface LogThreadsOptions {
  /** Threads at the same time. */
  readonly size: number;
  /** Heap of one thread; one that needs more is ended. */
  readonly memoryMb: number;
  /** An idle thread ends after this time. */
  readonly idleMs?: number;
}

/** A call into a thread took too long; the thread was ended. */
export class LogThreadTimeout extends Error {
  override readonly name = "LogThreadTimeout";
}

const ENTRY = new URL("./logThread.ts", import.meta.url);

/**
 * Threads that work on log lines with what tenants have written: filter patterns and queries. Neither a slow one nor a large one can hold up the thread
 * that serves requests: each call has a time limit and each thread a memory limit, and a thread beyond either is ended and replaced.
 */
export class LogThreads implements AsyncDisposable {
  readonly #options: LogThreadsOptions;
  readonly #clock: Clock;
  readonly #idle: LogThread[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #all = new Set<LogThread>();
  #taken = 0;

  constructor(options: LogThreadsOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Waits for a free thread. It is given back when it is disposed of. */
  async take(): Promise<LogThread> {
    while (this.#taken >= this.#options.size) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#taken++;
    const idle = this.#idle.pop();
    if (idle) {
      idle.resume();
      return idle;
    }
    const thread = new LogThread(this.#options.memoryMb, this.#clock, (back) => this.#giveBack(back));
    this.#all.add(thread);
    return thread;
  }

  #giveBack(thread: LogThread): void {
    this.#taken--;
    if (thread.isEnded) this.#all.delete(thread);
    else {
      this.#idle.push(thread);
      thread.endAfter(this.#options.idleMs ?? 10_000, () => {
        this.#all.delete(thread);
        const at = this.#idle.indexOf(thread);
        if (at >= 0) this.#idle.splice(at, 1);
      });
    }
    this.#waiting.shift()?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }
}

interface Call {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One thread, used by one job at a time. Disposing gives it back. */
export class LogThread implements Disposable {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #giveBack: (thread: LogThread) => void;
  #call: Call | undefined;
  #idleTimer: Disposable | undefined;
  #endedBy: Error | undefined;

  constructor(memoryMb: number, clock: Clock, giveBack: (thread: LogThread) => void) {
    this.#clock = clock;
    this.#giveBack = giveBack;
    this.#worker = new Worker(ENTRY, {
      name: "log lines",
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      execArgv: sourceFlags(),
      env: {},
    });
    this.#worker.unref();
    this.#worker.on("message", ({ result, error }: { result?: unknown; error?: string }) => {
      const call = this.#call;
      this.#call = undefined;
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    this.#worker.on("error", (error) => this.#ended(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", () => this.#ended(new Error("the thread has ended")));
  }

  get isEnded(): boolean {
    return this.#endedBy !== undefined;
  }

  /** Calls a function of `threadCalls.ts` in the thread. One call at a time. Rejects with `LogThreadTimeout` when it takes too long. */
  async call<Name extends keyof ThreadCalls>(
    name: Name,
    input: Parameters<ThreadCalls[Name]>[0],
    timeoutMs: number,
  ): Promise<ReturnType<ThreadCalls[Name]>> {
    if (this.#endedBy) throw this.#endedBy;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#call = { resolve, reject };
    using _timer = this.#clock.after(timeoutMs, () => {
      this.#ended(new LogThreadTimeout(`it took longer than ${timeoutMs} ms`));
      void this.#worker.terminate();
    });
    this.#worker.postMessage({ name, input });
    return (await promise) as ReturnType<ThreadCalls[Name]>;
  }

  endAfter(ms: number, onEnd: () => void): void {
    this.#idleTimer = this.#clock.after(ms, () => {
      onEnd();
      void this.end();
    });
  }

  resume(): void {
    this.#idleTimer?.[Symbol.dispose]();
  }

  async end(): Promise<void> {
    this.#idleTimer?.[Symbol.dispose]();
    this.#ended(new Error("the thread was ended"));
    await this.#worker.terminate();
  }

  #ended(error: Error): void {
    this.#endedBy ??= error;
    this.#call?.reject(this.#endedBy);
    this.#call = undefined;
  }

  [Symbol.dispose](): void {
    this.#giveBack(this);
  }
}
