import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Clock, sourceFlags } from "@hearth/kit";
import type { ChecksumAlgorithm } from "../checksums/checksum.ts";
import type { Digests } from "./bodyDigest.ts";
import type { Block } from "./bodyMemory.ts";

/** What a thread is asked. It answers each request but those to forget, in their order. */
export interface DigestRequest {
  readonly body: number;
  /** Of all requests about a body the same. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
  readonly bytes?: Block | undefined;
  readonly act: "continue" | "end" | "forget";
}

const ENTRY = new URL("./digestThread.ts", import.meta.url);
const MAX_THREADS = 4;
/** They need no more than the code that they run. */
const HEAP_MB = 32;
/** Threads that digest nothing for so long end. */
const IDLE_MS = 30_000;

/**
 * Threads that compute digests of bodies. MD5 takes longer than all else that is done for a large object, and would keep the thread that serves requests from
 * the others. Threads start when a body comes, and end when none has come for a while.
 */
export class DigestThreads implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #onIdle: () => void;
  readonly #size: number;
  readonly #threads = new Set<DigestThread>();
  #bodies = 0;
  #inUse = 0;
  #timer: Disposable | undefined;

  /** `onIdle` is called when the threads end. */
  constructor(clock: Clock, onIdle: () => void) {
    this.#clock = clock;
    this.#onIdle = onIdle;
    this.#size = Math.min(Math.max(availableParallelism() - 1, 1), MAX_THREADS);
  }

  /** Dispose of it when the body is digested, or given up. */
  begin(algorithm: ChecksumAlgorithm | undefined): ThreadDigest {
    this.#timer?.[Symbol.dispose]();
    this.#inUse++;
    const thread = this.#quietest();
    return new ThreadDigest(thread, this.#bodies++, algorithm, () => {
      if (--this.#inUse > 0) return;
      this.#timer = this.#clock.after(IDLE_MS, () => void this.#end());
    });
  }

  #quietest(): DigestThread {
    let quietest: DigestThread | undefined;
    for (const thread of this.#threads) if (!quietest || thread.bodies < quietest.bodies) quietest = thread;
    if (quietest && (quietest.bodies === 0 || this.#threads.size >= this.#size)) return quietest;
    const started = new DigestThread((ended) => this.#threads.delete(ended));
    this.#threads.add(started);
    return started;
  }

  async #end(): Promise<void> {
    this.#onIdle();
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.end()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.#end();
  }
}

interface Waiting {
  readonly resolve: (digests: Digests | undefined) => void;
  readonly reject: (error: Error) => void;
}

class DigestThread {
  /** That are being digested. */
  bodies = 0;
  readonly #worker: Worker;
  /** For answers, in their order. */
  readonly #waiting: Waiting[] = [];
  #endedBy: Error | undefined;

  constructor(onEnd: (thread: DigestThread) => void) {
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 2 };
    this.#worker = new Worker(ENTRY, { name: "digests", resourceLimits, execArgv: sourceFlags(), env: {} });
    this.#worker.unref();
    const ended = (error: Error): void => {
      this.#endedBy ??= error;
      onEnd(this);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#endedBy);
    };
    this.#worker.on("message", (digests: Digests | undefined) => this.#waiting.shift()?.resolve(digests));
    this.#worker.on("error", (error) => ended(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", () => ended(new Error("the thread has ended")));
  }

  /** Resolves with digests when the request ends a body. */
  ask(request: DigestRequest): Promise<Digests | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#endedBy) return reject(this.#endedBy);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
      return undefined;
    });
  }

  forget(body: number): void {
    if (!this.#endedBy) this.#worker.postMessage({ body, act: "forget" } satisfies DigestRequest);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The digests of one body, computed in a thread. */
export class ThreadDigest implements Disposable {
  readonly #thread: DigestThread;
  readonly #body: number;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #onEnd: () => void;
  #isKnown = false;

  constructor(thread: DigestThread, body: number, algorithm: ChecksumAlgorithm | undefined, onEnd: () => void) {
    this.#thread = thread;
    this.#body = body;
    this.#algorithm = algorithm;
    this.#onEnd = onEnd;
    thread.bodies++;
  }

  /** Resolves when the bytes are no longer needed. */
  async update(bytes: Block): Promise<void> {
    this.#isKnown = true;
    await this.#thread.ask({ body: this.#body, algorithm: this.#algorithm, bytes, act: "continue" });
  }

  /** With the last bytes. */
  async end(bytes: Block): Promise<Digests> {
    this.#isKnown = false;
    const digests = await this.#thread.ask({ body: this.#body, algorithm: this.#algorithm, bytes, act: "end" });
    if (!digests) throw new Error("the thread has answered without digests");
    return digests;
  }

  [Symbol.dispose](): void {
    if (this.#isKnown) this.#thread.forget(this.#body);
    this.#thread.bodies--;
    this.#onEnd();
  }
}
