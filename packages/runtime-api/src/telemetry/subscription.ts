import type { Clock } from "@hearth/kit";
import type { SandboxDestination } from "./sandboxDestination.ts";
import type { SubscriptionSettings } from "./subscriptionRequest.ts";
import type { TelemetryBudget } from "./telemetryBudget.ts";
import { eventText, type TelemetryApi, type TelemetryEvent } from "./telemetryEvent.ts";

const SEND_MS = 5_000;
const ATTEMPTS = 3;
const RETRY_MS = 100;
/** Why events were dropped, in the words of each API's documentation. */
const FALLEN_BEHIND: Readonly<Record<TelemetryApi, string>> = {
  telemetry: "Some logs were dropped because the downstream consumer is slower than the logs production rate",
  logs: "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.",
};
/** The first schema in which lines of the log format JSON are objects. */
const LINES_ARE_OBJECTS = "2022-12-13";

export interface SubscriptionDeps {
  readonly destination: SandboxDestination;
  readonly budget: Pick<TelemetryBudget, "take" | "giveBack">;
  readonly clock: Clock;
}

/**
 * One extension's subscription: collects events and sends them in batches, one at a time. A batch leaves when it is full by number or by bytes, or when its first
 * event has waited for `timeoutMs`. A listener that is slow or hangs costs at most two batches of memory: what comes then is dropped, and counted in
 * `platform.logsDropped`.
 */
export class Subscription implements Disposable {
  readonly api: TelemetryApi;
  readonly settings: SubscriptionSettings;
  readonly #destination: SandboxDestination;
  readonly #budget: Pick<TelemetryBudget, "take" | "giveBack">;
  readonly #clock: Clock;
  readonly #disposed = new AbortController();
  #events: string[] = [];
  #bytes = 0;
  #droppedRecords = 0;
  #droppedBytes = 0;
  #timer: Disposable | undefined;
  #sending: Promise<void> | undefined;
  #isPaused = false;

  constructor(api: TelemetryApi, settings: SubscriptionSettings, { destination, budget, clock }: SubscriptionDeps) {
    this.api = api;
    this.settings = settings;
    this.#destination = destination;
    this.#budget = budget;
    this.#clock = clock;
  }

  wants({ type, api, name }: TelemetryEvent): boolean {
    const { types, schemaVersion } = this.settings;
    if (api !== undefined && api !== this.api) return false;
    if (schemaVersion === "2020-08-15" && name === "platform.runtimeDone") return false;
    return types.includes(type);
  }

  /** Whether it gets the `olderRecord` of events that have one. */
  wantsOlder({ type }: Pick<TelemetryEvent, "type">): boolean {
    return type === "platform" ? this.api === "logs" : this.settings.schemaVersion < LINES_ARE_OBJECTS;
  }

  add(text: string): void {
    const { maxBytes, maxItems, timeoutMs } = this.settings;
    const bytes = Buffer.byteLength(text);
    if (this.#events.length >= maxItems || (this.#bytes + bytes > maxBytes && this.#events.length > 0)) {
      this.#sendNow();
      if (this.#events.length > 0) return this.#drop(bytes);
    }
    if (!this.#budget.take(bytes)) return this.#drop(bytes);
    this.#events.push(text);
    this.#bytes += bytes;
    if (this.#events.length >= maxItems || this.#bytes >= maxBytes) this.#sendNow();
    else this.#timer ??= this.#clock.after(timeoutMs, () => this.#sendNow());
  }

  /** Sends what has been collected without waiting for more. Resolves when that has arrived or has been given up. */
  async flush(): Promise<void> {
    await this.#sending;
    this.#sendNow();
    await this.#sending;
  }

  /** While the sandbox is frozen nothing is sent. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#events.length > 0 && !this.#timer) this.#sendNow();
  }

  [Symbol.dispose](): void {
    this.#disposed.abort(new Error("the sandbox has ended"));
    this.#budget.giveBack(this.#bytes);
    this.#events = [];
    this.#bytes = 0;
    this.#timer?.[Symbol.dispose]();
    this.#destination[Symbol.dispose]();
  }

  #drop(bytes: number): void {
    this.#droppedRecords++;
    this.#droppedBytes += bytes;
  }

  #sendNow(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#sending || this.#isPaused || this.#events.length === 0 || this.#disposed.signal.aborted) return;
    const batch = this.#events;
    const bytes = this.#bytes;
    if (this.#droppedRecords > 0) batch.unshift(this.#takeDropped());
    this.#events = [];
    this.#bytes = 0;
    this.#sending = this.#send(batch, bytes).finally(() => {
      this.#sending = undefined;
      this.#budget.giveBack(bytes);
      // What has come meanwhile is late already.
      if (this.#events.length > 0) this.#timer ??= this.#clock.after(1, () => this.#sendNow());
    });
  }

  /** Never rejects. */
  async #send(batch: readonly string[], bytes: number): Promise<void> {
    const { signal } = this.#disposed;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#attempt(batch);
        return;
      } catch {
        // Nothing listens yet, the listener hangs or answers with an error: it is the extension's own.
        if (attempt >= ATTEMPTS && !this.#isPaused) break;
        await this.#clock.sleep(RETRY_MS * attempt, signal).catch(() => undefined);
      }
    }
    this.#droppedRecords += batch.length;
    this.#droppedBytes += bytes;
  }

  async #attempt(batch: readonly string[]): Promise<void> {
    const late = new AbortController();
    using _timer = this.#clock.after(SEND_MS, () => late.abort(new Error("the listener did not answer in time")));
    await this.#destination.send(batch, AbortSignal.any([late.signal, this.#disposed.signal]));
  }

  #takeDropped(): string {
    const reason = FALLEN_BEHIND[this.api];
    const record = { droppedBytes: this.#droppedBytes, droppedRecords: this.#droppedRecords, reason };
    this.#droppedBytes = 0;
    this.#droppedRecords = 0;
    return eventText({ name: "platform.logsDropped", timeMs: this.#clock.now(), record: JSON.stringify(record) });
  }
}
