import { parsedJson } from "@hearth/kit";
import type { MappedSource, StreamRecord } from "../eventSource.ts";

/** The state that is kept while a window is open. As it is stored. */
export interface WindowState {
  readonly startMs: number;
  /** What the function returned last. */
  readonly state: unknown;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
const MAX_STATE_BYTES = 1024 * 1024;

export type WindowEnd = "inTime" | "early";

/** Groups the records of a shard by the time when they arrived. A window has state, which the function returns and gets back with the next batch. */
export class TumblingWindow {
  readonly #sizeMs: number;
  #open: WindowState | undefined;

  constructor(seconds: number, stored: unknown) {
    this.#sizeMs = seconds * 1000;
    if (isWindowState(stored)) this.#open = stored;
  }

  /** What is to be stored beside the position. */
  get open(): WindowState | undefined {
    return this.#open;
  }

  /** When the open window ends, milliseconds since the epoch. */
  get endMs(): number | undefined {
    return this.#open && this.#open.startMs + this.#sizeMs;
  }

  /** How many of the first records belong to the open window. 0: it must be ended first. Records that come late belong to it too. Opens one when none is open. */
  length(records: readonly StreamRecord[]): number {
    const [first] = records;
    if (!first) return 0;
    this.#open ??= { startMs: Math.floor(first.arrivedAtMs / this.#sizeMs) * this.#sizeMs, state: {} };
    const endMs = this.#open.startMs + this.#sizeMs;
    const beyond = records.findIndex(({ arrivedAtMs }) => arrivedAtMs >= endMs);
    return beyond < 0 ? records.length : beyond;
  }

  /** The event for records of the open window, or for its end. `event` is that of the same records without a window. */
  event(event: string, mapping: MappedSource, shard: string, end?: WindowEnd): string {
    const { startMs, state } = this.#open ?? { startMs: 0, state: {} };
    const window = {
      window: { start: isoSeconds(startMs), end: isoSeconds(startMs + this.#sizeMs) },
      state,
      shardId: shard,
      eventSourceARN: mapping.EventSourceArn,
      isFinalInvokeForWindow: end !== undefined,
      isWindowTerminatedEarly: end === "early",
    };
    return `${event.slice(0, -1)},${JSON.stringify(window).slice(1)}`;
  }

  /** Takes the state that the function has returned. `missing`: it has returned none, so that its call has failed; `tooLarge`: the window is to be ended early. */
  answered(answer: Uint8Array): "taken" | "missing" | "tooLarge" {
    if (!this.#open) return "taken";
    const found = stateIn(answer);
    if (!found) return "missing";
    this.#open = { ...this.#open, state: found.state };
    return Buffer.byteLength(JSON.stringify(found.state)) <= MAX_STATE_BYTES ? "taken" : "tooLarge";
  }

  /** The window is over, and the function knows. */
  close(): void {
    this.#open = undefined;
  }
}

/** An answer that is no JSON has no state. */
function stateIn(answer: Uint8Array): { readonly state: unknown } | undefined {
  const parsed = parsedJson(answer);
  if (typeof parsed !== "object" || parsed === null || !("state" in parsed)) return undefined;
  return { state: parsed.state ?? {} };
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function isWindowState(value: unknown): value is WindowState {
  return typeof value === "object" && value !== null && "startMs" in value && typeof value.startMs === "number";
}
