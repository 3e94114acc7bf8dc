import { structure } from "@hearth/model";
import { sequenceNumber, shardIdOf } from "@hearth/streams";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import {
  InvalidArgumentException,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from "../errors.ts";
import { findStream, streamNotFound } from "../findStream.ts";
import { bytesOf, toRecord } from "../newRecord.ts";
import * as words from "../words.ts";

export const putRecord = operation({
  name: "PutRecord",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    ...words.NamedStream,
    Data: words.Data,
    PartitionKey: words.PartitionKey,
    ExplicitHashKey: words.HashKey.optional(),
    SequenceNumberForOrdering: words.SequenceNumber.optional(),
  }),
  output: structure({ ShardId: z.string(), SequenceNumber: z.string(), EncryptionType: z.string() }),
  errors: [InvalidArgumentException, ProvisionedThroughputExceededException, ResourceNotFoundException],
  async handle(input, context, { streams, storage }: Pick<KinesisDeps, "streams" | "storage">) {
    const stream = await findStream({ streams }, context, input);
    const record = toRecord(stream, input);
    await storage.admit(stream.accountId, bytesOf(record));
    const [place] = await streams.put(stream, [record]);
    if (!place) throw streamNotFound(stream);
    return {
      ShardId: shardIdOf(place.shardNo),
      SequenceNumber: sequenceNumber(place.seq, place.shardNo),
      EncryptionType: stream.keyId === null ? "NONE" : "KMS",
    };
  },
});
