import type { Clock } from "@hearth/kit";
import type { LogEvent, LogSink, LogStreamName } from "@hearth/model";
import { applicationFilter } from "./applicationLevel.ts";
import { type LogSettings, type PlatformEvent, platformLine } from "./reportLine.ts";

/** `LogType: Tail` shows this much. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const TAIL_BYTES = 4096;

/** The part of an output pipe that a log needs. */
export interface Flushable {
  /** Passes on an unfinished line. */
  flush(): void;
}

interface Closing {
  readonly events: readonly PlatformEvent[];
  readonly onTail: ((tail: Uint8Array) => void) | undefined;
}

/**
 * One environment's log stream. What a function wrote before its answer stands before END and REPORT, although the answer is not held
 * up for it: the pipe is drained one turn of the event loop after the answer, and a START that comes meanwhile waits for that turn.
 */
export class EnvironmentLog {
  readonly stream: LogStreamName;
  readonly #settings: LogSettings;
  readonly #sink: LogSink;
  readonly #clock: Clock;
  readonly #isWanted: ((line: string) => boolean) | undefined;
  #pipe: Flushable | undefined;
  #closing: Closing | undefined;
  #nextStart: { readonly event: PlatformEvent; readonly wantTail: boolean } | undefined;
  /** Until the first invocation: what was written during init, which belongs to that one. */
  #tail: string[] | undefined = [];
  #tailBytes = 0;
  #hasBegun = false;
  readonly #drain = (): void => this.#close();

  constructor(stream: LogStreamName, settings: LogSettings, sink: LogSink, clock: Clock) {
    this.stream = stream;
    this.#settings = settings;
    this.#isWanted = applicationFilter(settings);
    this.#sink = sink;
    this.#clock = clock;
  }

  /** The pipe that `lines` come from: what it still holds is passed on before an invocation's last lines. */
  readFrom(pipe: Flushable): void {
    this.#pipe = pipe;
  }

  /** What the function wrote; kept as far as its owner wants lines of their level. */
  lines(lines: readonly string[]): void {
    this.#append(this.#isWanted ? lines.filter(this.#isWanted) : lines);
  }

  /** What the platform says outside an invocation. */
  say(event: PlatformEvent): void {
    const line = platformLine(this.#settings, event, this.#clock.now());
    if (line !== undefined) this.#append([line], event.type === "initStart");
  }

  /** An invocation begins. With `wantTail`, the end of its log is kept; the log of the first one begins with its init. */
  begin(event: PlatformEvent, wantTail: boolean): void {
    if (this.#closing) {
      this.#nextStart = { event, wantTail };
      return;
    }
    if (!wantTail || this.#hasBegun) {
      this.#tail = wantTail ? [] : undefined;
      this.#tailBytes = 0;
    }
    this.#hasBegun = true;
    this.say(event);
  }

  /** An invocation has ended: `events` are said after everything that the function wrote so far. `onTail` gets the end of its log. */
  end(events: readonly PlatformEvent[], onTail: ((tail: Uint8Array) => void) | undefined): void {
    this.#closing = { events, onTail };
    setImmediate(this.#drain);
  }

  #close(): void {
    const closing = this.#closing;
    if (!closing) return;
    this.#pipe?.flush();
    const now = this.#clock.now();
    const lines: string[] = [];
    for (const event of closing.events) {
      const line = platformLine(this.#settings, event, now);
      if (line !== undefined) lines.push(line);
    }
    this.#append(lines);
    this.#closing = undefined;
    closing.onTail?.(this.#takeTail());
    const next = this.#nextStart;
    this.#nextStart = undefined;
    if (next) this.begin(next.event, next.wantTail);
  }

  #append(lines: readonly string[], besidesTail = false): void {
    if (lines.length === 0) return;
    const timestamp = this.#clock.now();
    const events: LogEvent[] = lines.map((message) => ({ timestamp, message }));
    this.#sink.append(this.stream, events);
    if (this.#tail && !besidesTail) this.#keepTail(this.#tail, lines);
  }

  #keepTail(tail: string[], lines: readonly string[]): void {
    for (const line of lines) {
      tail.push(line);
      this.#tailBytes += line.length + 1;
    }
    // Characters are at most as many as bytes, so what is dropped here is outside the last 4 KB.
    while (tail.length > 1 && this.#tailBytes - (tail[0]?.length ?? 0) - 1 > TAIL_BYTES) {
      this.#tailBytes -= (tail.shift()?.length ?? 0) + 1;
    }
  }

  #takeTail(): Uint8Array {
    const text = Buffer.from(`${(this.#tail ?? []).join("\n")}\n`);
    this.#tail = undefined;
    this.#tailBytes = 0;
    return text.length > TAIL_BYTES ? text.subarray(text.length - TAIL_BYTES) : text;
  }
}
