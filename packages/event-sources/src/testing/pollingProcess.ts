import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { InvocationRequest, InvocationResult, Sending } from "@hearth/invoke";
import type { OutgoingMessage } from "@hearth/model";
import {
  type Database,
  EventSourceMappingStore,
  EventSourceUnitStore,
  type FunctionIndex,
  type IndexedFunction,
  SourceRemainsStore,
} from "@hearth/store";
import { EventSources, type EventSourcesOptions } from "../eventSources.ts";
import type { EventSource } from "../eventSource.ts";

/** What the function does with an event. Throws an error of AWS to refuse it; answers `fail(…)` to fail. */
export type TestFunction = (event: unknown, request: InvocationRequest) => unknown;

class FunctionFailure {
  readonly errorType: string;

  constructor(errorType: string) {
    this.errorType = errorType;
  }
}

/** The answer of a function that fails. */
export function fail(errorType = "Error"): unknown {
  return new FunctionFailure(errorType);
}

const VERSION = {
  configuration: { Role: "arn:aws:iam::000000000000:role/r", LoggingConfig: { LogGroup: "/aws/lambda/f" } },
};

export interface PollingProcessOptions extends EventSourcesOptions {
  readonly refusalOf?: () => Promise<string | undefined>;
}

/** The pollers of one process, for tests: with a function that is a callback, and as dead as after SIGKILL once `kill` was called. */
export class PollingProcess implements AsyncDisposable {
  readonly sent: OutgoingMessage[] = [];
  readonly registry = new Registry();
  /** The events of calls that have answered. */
  readonly answered: unknown[] = [];
  readonly #eventSources: EventSources;
  readonly #fn: TestFunction;
  #isKilled = false;

  constructor(
    database: Database,
    sources: readonly EventSource[],
    fn: TestFunction,
    options: PollingProcessOptions = {},
  ) {
    this.#fn = fn;
    const clock = new SystemClock();
    const own = this.#cut(database);
    const sending: Sending = {
      prepare: async (messages) => ({
        write: async () => undefined,
        committed: () => void this.sent.push(...messages),
      }),
    };
    const found = {
      aliases: new Map(),
      versions: new Map([["$LATEST", VERSION]]),
    } as unknown as IndexedFunction;
    const functions: Pick<FunctionIndex, "load"> = { load: async () => found };
    const { refusalOf = async () => undefined, ...rest } = options;
    this.#eventSources = new EventSources(
      { leaseMs: 1_500, everyMs: 200, ...rest },
      {
        sources: sources.map((source) => this.#cut(source)),
        database: own,
        mappings: new EventSourceMappingStore({ database: own, clock }),
        units: new EventSourceUnitStore(own),
        remains: new SourceRemainsStore(own),
        invoking: { invoke: (request, signal) => this.#invoke(request, signal) },
        functions,
        sending,
        refusalOf,
        clock,
        random: systemRandom,
        logger: silentLogger,
        registry: this.registry,
      },
    );
  }

  async start(): Promise<this> {
    await this.#eventSources.start();
    return this;
  }

  /** From now on it reaches PostgreSQL no more, and calls of its function never end. */
  kill(): void {
    this.#isKilled = true;
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#eventSources.drain(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#eventSources[Symbol.asyncDispose]();
  }

  async #invoke(request: InvocationRequest, signal: AbortSignal): Promise<InvocationResult> {
    const event: unknown = JSON.parse(Buffer.from(request.payload).toString("utf8"));
    const answer = this.#isKilled ? undefined : await this.#fn(event, request);
    if (this.#isKilled) {
      await new Promise((_resolve, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
        else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    }
    this.answered.push(event);
    const ExecutedVersion = "$LATEST";
    if (answer instanceof FunctionFailure) {
      const { errorType } = answer;
      const payload = Buffer.from(JSON.stringify({ errorType }));
      return { ExecutedVersion, outcome: { kind: "functionError", payload, errorType } };
    }
    return { ExecutedVersion, outcome: { kind: "success", payload: Buffer.from(JSON.stringify(answer ?? null)) } };
  }

  /** `object`, whose methods reject once this process was killed, and so do those of what they resolve with. */
  #cut<Cut extends object>(object: Cut): Cut {
    return new Proxy(object, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (this.#isKilled && !KEPT.has(name)) return Promise.reject(new Error("this process was killed"));
          const result: unknown = Reflect.apply(value, target, args);
          return name === "open" && result instanceof Promise
            ? result.then((opened: object) => this.#cut(opened))
            : result;
        };
      },
    });
  }
}

/** What is not a call of a server, or must go on so that a test can end. */
const KEPT: ReadonlySet<string | symbol> = new Set(["listen", "serves", "event", "permissions", Symbol.asyncDispose]);
