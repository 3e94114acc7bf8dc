import { integer, structure, text } from "@hearth/model";
import { parseStreamName, parseTableArn, streamArnOf, streamNameOf } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { STREAMS_TARGET } from "../changeStream.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey } from "../findTable.ts";
import * as words from "../words.ts";

export const listStreams = operation({
  name: "ListStreams",
  targetPrefix: STREAMS_TARGET,
  input: structure({
    TableName: words.TableName.optional(),
    Limit: integer({ min: 1 }).optional(),
    ExclusiveStartStreamArn: text({ min: 37, max: 1024 }).optional(),
  }),
  output: structure({
    Streams: z.array(structure({ StreamArn: z.string(), TableName: z.string(), StreamLabel: z.string() })),
    LastEvaluatedStreamArn: z.string().optional(),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<DynamoDeps, "streams">) {
    const { accountId, region } = context;
    const limit = Math.min(input.Limit ?? 100, 100);
    const ofTable = input.TableName === undefined ? undefined : tableKey(context, input.TableName).TableName;
    const start = parseTableArn(input.ExclusiveStartStreamArn ?? "");
    const after = start?.stream === undefined ? "" : streamNameOf(start.table.TableName, start.stream);
    const prefix = ofTable === undefined ? "" : streamNameOf(ofTable, "");
    const found = await streams.store.listOfTables(context, { prefix, after, limit: limit + 1 });
    const shown = found.slice(0, limit).map((name) => {
      const { TableName, label } = parseStreamName(name);
      return { StreamArn: streamArnOf({ accountId, region, TableName }, label), TableName, StreamLabel: label };
    });
    const last = shown.at(-1);
    return { Streams: shown, ...(found.length > limit && last && { LastEvaluatedStreamArn: last.StreamArn }) };
  },
});
