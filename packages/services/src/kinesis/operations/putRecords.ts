import { structure, structures } from "@hearth/model";
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

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const MAX_RECORDS = 500;
const MAX_BYTES = 10 * 1024 * 1024;

export const putRecords = operation({
  name: "PutRecords",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    ...words.NamedStream,
    Records: structures(
      structure({ Data: words.Data, PartitionKey: words.PartitionKey, ExplicitHashKey: words.HashKey.optional() }),
      { min: 1, max: MAX_RECORDS },
    ),
  }),
  output: structure({
    FailedRecordCount: z.number(),
    Records: z.array(
      structure({
        SequenceNumber: z.string().optional(),
        ShardId: z.string().optional(),
        ErrorCode: z.string().optional(),
        ErrorMessage: z.string().optional(),
      }),
    ),
    EncryptionType: z.string(),
  }),
  errors: [InvalidArgumentException, ProvisionedThroughputExceededException, ResourceNotFoundException],
  async handle(input, context, { streams, storage }: Pick<KinesisDeps, "streams" | "storage">) {
    const stream = await findStream({ streams }, context, input);
    const records = input.Records.map((record) => toRecord(stream, record));
    const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
    if (bytes > MAX_BYTES) {
      throw new InvalidArgumentException(`Records size exceeds ${MAX_BYTES / 1024 / 1024} MB limit`);
    }
    await storage.admit(stream.accountId, bytes);
    const places = await streams.put(stream, records);
    if (places.every((place) => !place)) throw streamNotFound(stream);
    return {
      FailedRecordCount: places.filter((place) => !place).length,
      Records: places.map((place) =>
        place
          ? { SequenceNumber: sequenceNumber(place.seq, place.shardNo), ShardId: shardIdOf(place.shardNo) }
          : {
              ErrorCode: "InternalFailure",
              ErrorMessage: "The shard of this record was being replaced. Put it again.",
            },
      ),
      EncryptionType: stream.keyId === null ? "NONE" : "KMS",
    };
  },
});
