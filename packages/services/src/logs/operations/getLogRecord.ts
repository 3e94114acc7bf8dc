import { bool, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { EventRow } from "../insights/row.ts";
import { toText } from "../insights/values.ts";
import { positionOf } from "../positionOf.ts";

const POINTER = /^(\d{1,19})\/(\d{40})$/;

export const getLogRecord = operation({
  name: "GetLogRecord",
  input: structure({ logRecordPointer: text({ min: 1, max: 1024 }), unmask: bool().optional() }),
  output: structure({ logRecord: z.record(z.string(), z.string()) }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle({ logRecordPointer }, context, deps: Pick<LogsDeps, "groups" | "streams" | "chunks">) {
    const [, groupId, id] = POINTER.exec(Buffer.from(logRecordPointer, "base64url").toString()) ?? [];
    if (groupId === undefined || id === undefined) throw new InvalidParameterException("Invalid log record pointer.");
    const { seq, index } = positionOf(id);
    const group = await deps.groups.findById(context, BigInt(groupId));
    const chunk = group && (await deps.chunks.find(group.id, seq));
    const event = chunk?.events[index - 1];
    if (!group || !chunk || !event) throw new ResourceNotFoundException("The specified log record does not exist.");
    const names = await deps.streams.names([chunk.streamId]);
    const log = `${context.accountId}:${group.logGroupName}`;
    const logStream = names.get(chunk.streamId) ?? "";
    const origin = { log, logStream, ingestionTime: chunk.ingestionTime, pointerOf: () => logRecordPointer };
    const row = new EventRow(event.timestamp, event.message, origin, index);
    const fields = [...FIELDS, ...row.documentFields()];
    return {
      logRecord: {
        ...Object.fromEntries(
          fields.flatMap((field) => {
            const value = row.get(field);
            return value === undefined ? [] : [[field, toText(value)] as const];
          }),
        ),
        "@timestamp": String(event.timestamp),
        "@ingestionTime": String(chunk.ingestionTime),
      },
    };
  },
});

const FIELDS = ["@ptr", "@message", "@logStream", "@log", "@requestId", "@type", "@duration", "@billedDuration"];
