import { Worker } from "node:worker_threads";
import { type Clock, sourceFlags } from "@hearth/kit";
import { BadBody } from "./inputTool.ts";
import type { TemplateCalls } from "./templateCalls.ts";

export interface TemplateThreadsOptions {
  readonly size?: number;
  /** Heap of one thread. The budgets of templates keep them far below it: a thread that reaches it may end the process. */
  readonly memoryMb?: number;
  /** The longest that a call may run, once a thread has it. */
  readonly timeoutMs?: number;
  /** A thread that had nothing to do for this long ends. */
  readonly idleMs?: number;
  /** Calls of one account that may wait. */
  readonly maxWaiting?: number;
}

/** A template or schema is wrong, asked for too much, or too many wait: the owner of the API has to mend it. */
export class TemplateFailed extends Error {}

type Name = keyof TemplateCalls;

interface Job {
  readonly accountId: string;
  readonly name: Name;
  readonly input: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const ENTRY = new URL("./templateThread.ts", import.meta.url);
const DEFAULTS: Required<TemplateThreadsOptions> = {
  size: 2,
  memoryMb: 768,
  timeoutMs: 5_000,
  idleMs: 60_000,
  maxWaiting: 1_000,
};
/** Of a thread that starts, on a machine that is busy. */
const START_TIMEOUT_MS = 60_000;

/**
 * Threads that run what tenants have written: mapping templates and models. They have no environment and get only what a call passes. A call that takes too
 * long ends its thread, and a new one takes its place; what a call may make in memory is bounded by budgets. No account has all threads while others wait, unless there is only one, and accounts take turns.
 */
export class TemplateThreads implements AsyncDisposable {
  readonly #options: Required<TemplateThreadsOptions>;
  readonly #clock: Clock;
  readonly #idle: TemplateThread[] = [];
  readonly #all = new Set<TemplateThread>();
  /** By account. The account that was served last is the last one. */
  readonly #waiting = new Map<string, Job[]>();
  readonly #runningOf = new Map<string, number>();
  #isClosed = false;

  constructor(clock: Clock, options: TemplateThreadsOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#clock = clock;
  }

  /** Rejects with `TemplateFailed`, or with `BadBody` when a template reads a body as JSON that is none. */
  async call<N extends Name>(
    accountId: string,
    name: N,
    input: Parameters<TemplateCalls[N]>[0],
  ): Promise<ReturnType<TemplateCalls[N]>> {
    const waiting = this.#waiting.get(accountId) ?? [];
    if (this.#isClosed || waiting.length >= this.#options.maxWaiting)
      throw new TemplateFailed("too many mapping templates wait");
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.push({ accountId, name, input, resolve, reject });
    this.#waiting.set(accountId, waiting);
    this.#next();
    return (await promise) as ReturnType<TemplateCalls[N]>;
  }

  #next(): void {
    const { size, idleMs } = this.#options;
    while (this.#idle.length > 0 || this.#all.size < size) {
      const job = this.#takeWaiting();
      if (!job) return;
      add(this.#runningOf, job.accountId, 1);
      const thread = this.#idle.pop() ?? this.#open();
      void thread.run(job, this.#options.timeoutMs).then(() => {
        add(this.#runningOf, job.accountId, -1);
        if (thread.isEnded) this.#all.delete(thread);
        else {
          this.#idle.push(thread);
          thread.endAfter(idleMs, () => this.#forget(thread));
        }
        this.#next();
      });
    }
  }

  /** The next call. Accounts take turns, so that no call waits for all the calls of another account. */
  #takeWaiting(): Job | undefined {
    const share = Math.max(1, this.#options.size - 1);
    for (const [accountId, jobs] of this.#waiting) {
      if ((this.#runningOf.get(accountId) ?? 0) >= share) continue;
      const job = jobs.shift();
      this.#waiting.delete(accountId);
      if (jobs.length > 0) this.#waiting.set(accountId, jobs);
      return job;
    }
    return undefined;
  }

  #open(): TemplateThread {
    const thread = new TemplateThread(this.#options.memoryMb, this.#clock);
    this.#all.add(thread);
    return thread;
  }

  #forget(thread: TemplateThread): void {
    this.#all.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of [...this.#waiting.values()].flat()) reject(new TemplateFailed("the process stops"));
    this.#waiting.clear();
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

interface Message {
  readonly isReady?: true;
  readonly result?: unknown;
  readonly error?: string;
  readonly isBadBody?: boolean;
}

/** One thread. It runs one call at a time. */
class TemplateThread {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #ready = Promise.withResolvers<void>();
  #answer: ((message: Message) => void) | undefined;
  #idleTimer: Disposable | undefined;
  #isEnded = false;

  constructor(memoryMb: number, clock: Clock) {
    this.#clock = clock;
    this.#worker = new Worker(ENTRY, {
      name: "mapping templates",
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, stackSizeMb: 4 },
      execArgv: sourceFlags(),
      argv: [],
      env: {},
      stdin: false,
    });
    this.#worker.unref();
    this.#worker.on("message", (message: Message) => {
      if (message.isReady) this.#ready.resolve();
      else this.#answer?.(message);
    });
    this.#worker.on("error", (error) => this.#ended(error instanceof Error ? error.message : String(error)));
    this.#worker.on("exit", () => this.#ended("the thread has ended"));
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Settles the job. Resolves when the thread is free again, or has ended. */
  async run(job: Job, timeoutMs: number): Promise<void> {
    this.#idleTimer?.[Symbol.dispose]();
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#answer = resolve;
    // A thread that is ended by its call answers through `#ended`.
    let timer = this.#clock.after(START_TIMEOUT_MS, () => this.#stop("the thread does not start"));
    await Promise.race([this.#ready.promise, promise]);
    timer[Symbol.dispose]();
    timer = this.#clock.after(timeoutMs, () => this.#stop(`it took longer than ${timeoutMs} ms`));
    this.#worker.postMessage({ name: job.name, input: job.input });
    const { result, error, isBadBody } = await promise;
    timer[Symbol.dispose]();
    this.#answer = undefined;
    if (error === undefined) job.resolve(result);
    else job.reject(isBadBody ? new BadBody(error) : new TemplateFailed(error));
  }

  endAfter(ms: number, onEnd: () => void): void {
    this.#idleTimer = this.#clock.after(ms, () => {
      onEnd();
      void this.end();
    });
  }

  async end(): Promise<void> {
    this.#idleTimer?.[Symbol.dispose]();
    this.#ended("the thread was ended");
    await this.#worker.terminate();
  }

  #stop(why: string): void {
    this.#ended(why);
    void this.#worker.terminate();
  }

  #ended(error: string): void {
    this.#isEnded = true;
    this.#answer?.({ error });
  }
}
