import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findStream } from "../findStream.ts";
import * as words from "../words.ts";

export const listTagsForStream = operation({
  name: "ListTagsForStream",
  input: structure({
    ...words.NamedStream,
    ExclusiveStartTagKey: z.string().optional(),
    Limit: integer({ min: 1, max: 50 }).optional(),
  }),
  output: structure({
    Tags: z.array(structure({ Key: z.string(), Value: z.string() })),
    HasMoreTags: z.boolean(),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const { ExclusiveStartTagKey = "", Limit = 50 } = input;
    const stream = await findStream({ streams }, context, input);
    const tags = Object.entries(stream.tags)
      .map(([Key, Value]) => ({ Key, Value }))
      .filter(({ Key }) => Key > ExclusiveStartTagKey)
      .toSorted((a, b) => (a.Key < b.Key ? -1 : 1));
    return { Tags: tags.slice(0, Limit), HasMoreTags: tags.length > Limit };
  },
});
