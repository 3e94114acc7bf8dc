import { decodeCursor, encodeCursor, structure } from "@hearth/model";
import { streamArn } from "@hearth/streams";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import { ExpiredNextTokenException, InvalidArgumentException } from "../errors.ts";
import * as words from "../words.ts";

export const listStreams = operation({
  name: "ListStreams",
  input: structure({
    Limit: words.PageSize.optional(),
    ExclusiveStartStreamName: words.StreamName.optional(),
    NextToken: words.NextToken.optional(),
  }),
  output: structure({
    StreamNames: z.array(z.string()),
    HasMoreStreams: z.boolean(),
    NextToken: z.string().optional(),
    StreamSummaries: z.array(
      structure({
        StreamName: z.string(),
        StreamARN: z.string(),
        StreamStatus: z.string(),
        StreamModeDetails: structure({ StreamMode: z.string() }),
        StreamCreationTimestamp: z.date(),
      }),
    ),
  }),
  errors: [ExpiredNextTokenException, InvalidArgumentException],
  async handle(
    { Limit = 100, ExclusiveStartStreamName, NextToken },
    context,
    { streams }: Pick<KinesisDeps, "streams">,
  ) {
    const limit = Math.min(Limit, 100);
    const cursor = NextToken === undefined ? undefined : decodeCursor(NextToken, ["string"]);
    if (NextToken !== undefined && !cursor) throw new InvalidArgumentException("NextToken is invalid.");
    const after = cursor?.[0] ?? ExclusiveStartStreamName ?? "";
    const found = await streams.store.list(context, { after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const hasMore = found.length > limit;
    return {
      StreamNames: shown.map(({ StreamName }) => StreamName),
      HasMoreStreams: hasMore,
      ...(hasMore && last && { NextToken: encodeCursor([last.StreamName]) }),
      StreamSummaries: shown.map((stream) => ({
        StreamName: stream.StreamName,
        StreamARN: streamArn(stream),
        StreamStatus: "ACTIVE",
        StreamModeDetails: { StreamMode: stream.mode },
        StreamCreationTimestamp: new Date(stream.createdAt),
      })),
    };
  },
});
