import { sendSigned } from "./signedRequest.ts";

export interface LogEvent {
  readonly logStreamName: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
  readonly eventId: string;
}

export interface LogQuery {
  readonly group: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** A filter pattern of CloudWatch Logs. */
  readonly filter?: string | undefined;
}

export interface LogsClient {
  /** All events from `from` on, oldest first. Rejects with RequestError. */
  events(query: LogQuery): AsyncIterable<LogEvent>;
}

export function logsClient(env: Readonly<Record<string, string | undefined>>): LogsClient {
  return {
    async *events({ group, from, filter }) {
      let nextToken: string | undefined;
      do {
        const input = { logGroupName: group, startTime: from, filterPattern: filter, nextToken };
        const page = (await sendSigned(env, {
          service: "logs",
          method: "POST",
          path: "/",
          headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "Logs_20140328.FilterLogEvents" },
          body: JSON.stringify(input),
        })) as { readonly events: readonly LogEvent[]; readonly nextToken?: string };
        yield* page.events;
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    },
  };
}
