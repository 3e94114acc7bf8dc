import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { ApiRecord, LogChunkStore, LogGroupStore, LogStreamStore } from "@hearth/store";
import { WaitingLines } from "./waitingLines.ts";

const FLUSH_MS = 1_000;
const MAX_LINE_LENGTH = 64 * 1024;
const VARIABLE = /\$context\.[A-Za-z0-9_.-]*[A-Za-z0-9_-]/g;

export interface AccessLogDeps {
  readonly logs: {
    readonly groups: Pick<LogGroupStore, "find">;
    readonly streams: Pick<LogStreamStore, "create" | "find">;
    readonly chunks: Pick<LogChunkStore, "insert">;
  };
  readonly disk: { readonly isShort: boolean };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A call of any kind of API. */
export interface LoggedCall {
  readonly api: Pick<ApiRecord, "accountId" | "region" | "apiId">;
  readonly stage: {
    readonly stageName: string;
    readonly accessLogSettings?: { readonly destinationArn?: string; readonly format?: string };
  };
}

/**
 * Access logs of APIs: lines are written to the stage's log group once per second, in the background. They are as best effort as AWS's: what waits when the
 * process is killed is lost, and so are lines for a group that does not exist.
 */
export class AccessLog implements AsyncDisposable {
  readonly #deps: AccessLogDeps;
  readonly #waiting = new WaitingLines();
  readonly #loop: BackgroundLoop;

  constructor(deps: AccessLogDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("access logs", FLUSH_MS, () => this.flush(), deps);
  }

  /** Adds the line of a call, if its stage has an access log. `valueOf` knows the values of variables such as `$context.requestId`. */
  add(call: LoggedCall, valueOf: (variable: string) => string | undefined): void {
    const { destinationArn, format } = call.stage.accessLogSettings ?? {};
    if (destinationArn === undefined || format === undefined) return;
    const { accountId, region, apiId } = call.api;
    if (!this.#waiting.hasRoom(accountId)) return;
    const message = lineOf(format, valueOf);
    const logGroupName = destinationArn.split(":")[6] ?? "";
    const logStreamName = `${apiId}/${call.stage.stageName}`;
    const to = { accountId, region, logGroupName, logStreamName };
    this.#waiting.add(to, { timestamp: this.#deps.clock.now(), message });
  }

  async flush(): Promise<void> {
    const { logs, disk, clock, logger } = this.#deps;
    const { streams, dropped } = this.#waiting.take();
    if (dropped > 0) logger.warn({ lines: dropped }, "lines of access logs were dropped, because too many wait");
    if (disk.isShort) return;
    for (const { events, logStreamName, ...group } of streams) {
      try {
        const found = await logs.groups.find(group);
        if (!found) continue;
        const now = clock.now();
        await logs.streams.create(found.id, logStreamName, now);
        const stream = await logs.streams.find(found.id, logStreamName);
        if (stream) await logs.chunks.insert([{ groupId: found.id, streamId: stream.id, events }], now);
      } catch (error) {
        logger.warn({ err: error, logGroupName: group.logGroupName }, "lines of an access log were lost");
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await this.flush();
  }
}

/** The line in the stage's format. Values come from clients: they are escaped as in a JSON string, so that they can break neither a line nor a JSON document. */
function lineOf(format: string, valueOf: (variable: string) => string | undefined): string {
  let left = MAX_LINE_LENGTH;
  const line = format.replaceAll(VARIABLE, (variable) => {
    if (left <= 0) return "";
    const value = valueOf(variable)?.slice(0, left);
    const text = value === undefined ? "-" : JSON.stringify(value).slice(1, -1);
    left -= text.length;
    return text;
  });
  return line.slice(0, MAX_LINE_LENGTH);
}
