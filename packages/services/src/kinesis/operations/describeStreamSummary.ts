import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { describedStream } from "../answers.ts";
import type { KinesisDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findStream } from "../findStream.ts";
import { openShards } from "../resharding.ts";
import * as words from "../words.ts";

export const describeStreamSummary = operation({
  name: "DescribeStreamSummary",
  input: structure(words.NamedStream),
  output: structure({
    StreamDescriptionSummary: structure({
      ...words.Described,
      OpenShardCount: z.number(),
      ConsumerCount: z.number(),
      MaxRecordSizeInKiB: z.number(),
    }),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { streams }: Pick<KinesisDeps, "streams">) {
    const stream = await findStream({ streams }, context, input);
    return {
      StreamDescriptionSummary: {
        ...describedStream(stream),
        OpenShardCount: openShards(stream.shards).length,
        ConsumerCount: stream.consumers,
        MaxRecordSizeInKiB: stream.maxRecordKib,
      },
    };
  },
});
