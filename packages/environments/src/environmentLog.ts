import type { Clock } from "@hearth/kit";
import type { LogEvent, LogSink, LogStreamName } from "@hearth/model";
import type { TelemetrySubscriptions } from "@hearth/runtime-api";
import { applicationFilter } from "./applicationLevel.ts";
import { LogTelemetry } from "./logTelemetry.ts";
import type { PlatformEvent } from "./platformEvent.ts";
import { type LogSettings, platformLine } from "./reportLine.ts";

/** `LogType: Tail` returns this much. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
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
 * One environment's log stream. Its messages end with a newline, as on AWS. Output that a function wrote before its response is logged before END and REPORT, and the response does
 * not wait for that: the pipe is drained one turn of the event loop after the response, and a START that comes meanwhile waits for that turn.
 */
export class EnvironmentLog {
  readonly stream: LogStreamName;
  readonly #settings: LogSettings;
  readonly #sink: LogSink;
  readonly #clock: Clock;
  readonly #isKept: ((line: string) => boolean) | undefined;
  #pipe: Flushable | undefined;
  #closing: Closing | undefined;
  #nextStart: readonly [event: PlatformEvent, wantTail: boolean, lineage: string | undefined] | undefined;
  /** Of the invocation that began last. */
  #lineage: string | undefined;
  /** Lines of the current invocation, where its caller asked for them. Before the first one: lines of the init, which belong to it. */
  #tail: string[] | undefined = [];
  #tailBytes = 0;
  #hasBegun = false;
  /** Where extensions may subscribe to what is logged; `undefined` where there are none. */
  #telemetry: LogTelemetry | undefined;
  #initStart: readonly [event: PlatformEvent, nowMs: number] | undefined;
  readonly #drain = (): void => this.#close();

  constructor(stream: LogStreamName, settings: LogSettings, sink: LogSink, clock: Clock) {
    this.stream = stream;
    this.#settings = settings;
    this.#isKept = applicationFilter(settings, clock);
    this.#sink = sink;
    this.#clock = clock;
  }

  /** Sets the pipe that `lines` come from. It is flushed before an invocation's last lines are logged. */
  readFrom(pipe: Flushable): void {
    this.#pipe = pipe;
  }

  /** Logs the function's own output, except lines below the level that the function's configuration asks for. */
  lines(lines: readonly string[]): void {
    this.#telemetry?.lines("function", lines, this.#clock.now());
    this.#append(this.#isKept ? lines.filter(this.#isKept) : lines);
  }

  /** Logs the output of extensions: their lines have no level. */
  extensionLines(lines: readonly string[]): void {
    this.#telemetry?.lines("extension", lines, this.#clock.now());
    this.#append(lines);
  }

  /** From now on extensions hear what is logged. The beginning of the init is over by then, and is published now. */
  publishTo(telemetry: Pick<TelemetrySubscriptions, "publish">): void {
    this.#telemetry = new LogTelemetry(telemetry, this.#settings, this.#clock);
    if (this.#initStart) this.#telemetry.event(...this.#initStart);
  }

  /** Logs an event of the platform after everything that the function wrote so far. */
  saySoon(event: PlatformEvent): void {
    setImmediate(() => {
      this.#pipe?.flush();
      this.say(event);
    });
  }

  /** Logs an event of the platform. */
  say(event: PlatformEvent): void {
    const now = this.#clock.now();
    if (event.type === "initStart") this.#initStart = [event, now];
    this.#telemetry?.event(event, now);
    const line = platformLine(this.#settings, event, now);
    if (line !== undefined) this.#append([line], event.type === "initStart");
  }

  /** An invocation begins. With `wantTail` its lines are kept for the tail; the tail of the first invocation begins with the init. */
  begin(event: PlatformEvent, wantTail: boolean, lineage?: string): void {
    if (this.#closing) {
      this.#nextStart = [event, wantTail, lineage];
      return;
    }
    this.#lineage = lineage;
    if (!wantTail || this.#hasBegun) {
      this.#tail = wantTail ? [] : undefined;
      this.#tailBytes = 0;
    }
    this.#hasBegun = true;
    this.say(event);
  }

  /** An invocation has ended: logs `events` after everything that the function wrote so far, then calls `onTail` with the end of its log. */
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
      this.#telemetry?.event(event, now);
      const line = platformLine(this.#settings, event, now);
      if (line !== undefined) lines.push(line);
    }
    this.#append(lines);
    this.#closing = undefined;
    closing.onTail?.(this.#takeTail());
    const next = this.#nextStart;
    this.#nextStart = undefined;
    if (next) this.begin(...next);
  }

  #append(lines: readonly string[], skipTail = false): void {
    if (lines.length === 0) return;
    const timestamp = this.#clock.now();
    const events: LogEvent[] = lines.map((line) => ({ timestamp, message: `${line}\n` }));
    this.#sink.append(this.stream, events, this.#lineage);
    if (this.#tail && !skipTail) this.#keepTail(this.#tail, lines);
  }

  #keepTail(tail: string[], lines: readonly string[]): void {
    for (const line of lines) {
      tail.push(line);
      this.#tailBytes += line.length + 1;
    }
    // A line has at least as many bytes as characters, so the lines dropped here are outside the last 4 KB.
    let outside = 0;
    for (; outside < tail.length - 1; outside++) {
      const size = (tail[outside]?.length ?? 0) + 1;
      if (this.#tailBytes - size <= TAIL_BYTES) break;
      this.#tailBytes -= size;
    }
    if (outside > 0) tail.splice(0, outside);
  }

  #takeTail(): Uint8Array {
    const text = Buffer.from(`${(this.#tail ?? []).join("\n")}\n`);
    this.#tail = undefined;
    this.#tailBytes = 0;
    return text.length > TAIL_BYTES ? text.subarray(text.length - TAIL_BYTES) : text;
  }
}
