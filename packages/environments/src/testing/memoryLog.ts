import type { LogEvent, LogSink, LogStreamName } from "@hearth/model";

/** Keeps every line without the newline at its end, by stream. */
export class MemoryLog implements LogSink {
  readonly streams = new Map<string, string[]>();

  append({ logStreamName }: LogStreamName, events: readonly LogEvent[]): void {
    const lines = this.streams.get(logStreamName) ?? [];
    this.streams.set(logStreamName, lines);
    for (const { message } of events) lines.push(message.replace(/\n$/, ""));
  }

  /** Every line of every stream, streams in the order of their first lines. */
  get lines(): string[] {
    return [...this.streams.values()].flat();
  }

  get text(): string {
    return this.lines.join("\n");
  }
}
