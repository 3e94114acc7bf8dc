import { decodeCursor, encodeCursor, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownConsumer } from "../answers.ts";
import type { KinesisDeps } from "../deps.ts";
import { ExpiredNextTokenException, InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { findStream } from "../findStream.ts";
import * as words from "../words.ts";

export const listStreamConsumers = operation({
  name: "ListStreamConsumers",
  input: structure({
    StreamARN: words.StreamARN,
    NextToken: words.NextToken.optional(),
    MaxResults: words.PageSize.optional(),
    StreamCreationTimestamp: words.Timestamp.optional(),
  }),
  output: structure({ Consumers: z.array(structure(words.Consumer)), NextToken: z.string().optional() }),
  errors: [ExpiredNextTokenException, InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const { StreamARN, NextToken, MaxResults: limit = 100 } = input;
    const stream = await findStream({ streams }, context, { StreamARN });
    const cursor = NextToken === undefined ? undefined : decodeCursor(NextToken, ["string"]);
    if (NextToken !== undefined && !cursor) throw new InvalidArgumentException("NextToken is invalid.");
    const found = await streams.consumers.list(stream.id, { after: cursor?.[0] ?? "", limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      Consumers: shown.map((consumer) => shownConsumer(stream, consumer)),
      ...(found.length > limit && last && { NextToken: encodeCursor([last.ConsumerName]) }),
    };
  },
});
