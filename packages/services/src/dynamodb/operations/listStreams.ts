import { integer, structure, text } from "@hearth/model";
import { streamArnOf } from "@hearth/tables";
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
  async handle(input, context, { tables }: Pick<DynamoDeps, "tables">) {
    const limit = Math.min(input.Limit ?? 100, 100);
    const all =
      input.TableName === undefined
        ? await tables.store.list(context, { after: "", limit: MAX_TABLES })
        : [await tables.store.find(tableKey(context, input.TableName))].flatMap((table) => table ?? []);
    const found = all
      .flatMap((table) => {
        const label = table.definition.stream?.label;
        return label === undefined
          ? []
          : [{ StreamArn: streamArnOf(table, label), TableName: table.TableName, StreamLabel: label }];
      })
      .filter(({ StreamArn }) => StreamArn > (input.ExclusiveStartStreamArn ?? ""))
      .toSorted((a, b) => (a.StreamArn < b.StreamArn ? -1 : 1));
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return { Streams: shown, ...(found.length > limit && last && { LastEvaluatedStreamArn: last.StreamArn }) };
  },
});

/** More than an account can have. */
const MAX_TABLES = 10_000;
