import { integer, structure, text } from "@hearth/model";
import { isForeignKeyViolation } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import {
  InvalidParameterException,
  ResourceNotFoundException,
  streamNotFound,
  ThrottlingException,
} from "../errors.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

const DAY_MS = 86_400_000;

const HOUR_MS = 3_600_000;

const MAX_BATCH_BYTES = 1_048_576;

const EVENT_OVERHEAD_BYTES = 26;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
export const putLogEvents = operation({
  name: "PutLogEvents",
  isDataEvent: true,
  input: structure({
    logGroupName: words.LogGroupName,
    logStreamName: words.LogStreamName,
    logEvents: z
      .array(structure({ timestamp: integer({ min: 0 }), message: text({ min: 1, anyCharacter: true }) }))
      .min(1, "Member must have length greater than or equal to 1")
      .max(10_000, "Member must have length less than or equal to 10000"),
    sequenceToken: text({ min: 1 }).optional(),
  }),
  output: structure({
    nextSequenceToken: z.string(),
    rejectedLogEventsInfo: structure({
      tooOldLogEventEndIndex: z.int().optional(),
      tooNewLogEventStartIndex: z.int().optional(),
    }).optional(),
  }),
  errors: [ResourceNotFoundException, InvalidParameterException, ThrottlingException],
  async handle(input, context, deps: Pick<LogsDeps, "groups" | "streams" | "chunks" | "usage" | "clock" | "disk">) {
    const { logGroupName, logStreamName, logEvents } = input;
    checkBatch(logEvents);
    const group = await findGroup(deps, context, logGroupName);
    const stream = await deps.streams.find(group.id, logStreamName);
    if (!stream) throw streamNotFound();
    if (deps.disk.isShort) throw new ThrottlingException("The host has too little free disk space for log events.");
    const now = deps.clock.now();
    const oldest = now - Math.min(14, group.retentionInDays ?? 14) * DAY_MS;
    const tooOld = logEvents.filter(({ timestamp }) => timestamp < oldest).length;
    const tooNew = logEvents.filter(({ timestamp }) => timestamp > now + 2 * HOUR_MS).length;
    const events = logEvents.slice(tooOld, logEvents.length - tooNew);
    const lineage = lineageIn(context.headers["x-amzn-trace-id"]);
    try {
      if (events.length > 0)
        await deps.chunks.insert([{ groupId: group.id, streamId: stream.id, events, lineage }], now);
    } catch (error) {
      if (isForeignKeyViolation(error)) throw streamNotFound();
      throw error;
    }
    const quantity = bytesOf(events);
    if (quantity > 0) {
      const usage = { service: "logs", unit: "IngestedBytes", quantity, resource: logGroupName };
      deps.usage.record({ at: now, accountId: context.accountId, region: context.region, ...usage });
    }
    const rejected = {
      ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
      ...(tooNew > 0 ? { tooNewLogEventStartIndex: logEvents.length - tooNew } : {}),
    };
    return { nextSequenceToken: String(now), ...(tooOld + tooNew > 0 ? { rejectedLogEventsInfo: rejected } : {}) };
  },
});

/** The functions that ran before: SDKs in functions pass on the trace header, so that a function that writes what it is subscribed to ends. */
function lineageIn(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? /(?:^|;)\s*Lineage=([0-9a-f:|]{1,2000})/i.exec(header)?.[1] : undefined;
}

interface LogEventInput {
  readonly timestamp: number;
  readonly message: string;
}

/** As AWS counts a batch. */
function bytesOf(events: readonly LogEventInput[]): number {
  return events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES, 0);
}

function checkBatch(events: readonly LogEventInput[]): void {
  let latest = 0;
  for (const { timestamp } of events) {
    if (timestamp < latest) {
      throw new InvalidParameterException(
        "Log events in a single PutLogEvents request must be in chronological order.",
      );
    }
    latest = timestamp;
  }
  if (latest - (events[0]?.timestamp ?? 0) > DAY_MS) {
    throw new InvalidParameterException(
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
  }
  const bytes = bytesOf(events);
  if (bytes > MAX_BATCH_BYTES) {
    throw new InvalidParameterException(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  }
}
