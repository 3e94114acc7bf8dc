import { AwsError, structure, bool, ThrottlingException } from "@hearth/model";
import { MAX_PUBLICATION_BYTES, publicationBytes } from "@hearth/topics";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkBatch } from "../batch.ts";
import type { SnsDeps } from "../deps.ts";
import {
  BatchEntryIdsNotDistinctException,
  BatchRequestTooLongException,
  EmptyBatchRequestException,
  InvalidBatchEntryIdException,
  InvalidParameterException,
  NotFoundException,
  QUERY_ERRORS,
  TooManyEntriesInBatchRequestException,
} from "../errors.ts";
import { findTopic } from "../findTopic.ts";
import { publicationFrom } from "../publicationFrom.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";

export const publishBatch = operation({
  name: "PublishBatch",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    TopicArn: words.Text,
    PublishBatchRequestEntries: z.array(structure({ Id: words.Text, ...words.PublicationMembers })).optional(),
  }),
  output: structure({
    Successful: z.array(structure({ Id: z.string(), ...words.PublishedMembers })),
    Failed: z.array(
      structure({ Id: z.string(), Code: z.string(), Message: z.string().optional(), SenderFault: bool() }),
    ),
  }),
  errors: [
    BatchEntryIdsNotDistinctException,
    BatchRequestTooLongException,
    EmptyBatchRequestException,
    InvalidBatchEntryIdException,
    InvalidParameterException,
    NotFoundException,
    ThrottlingException,
    TooManyEntriesInBatchRequestException,
  ],
  async handle(input, context, deps: Pick<SnsDeps, "topics" | "disk">) {
    const topic = await findTopic(deps, context, input.TopicArn);
    const entries = checkBatch(input.PublishBatchRequestEntries);
    refuseWhenDiskIsShort(deps);
    const publications = entries.map((entry) => publicationFrom(entry, context));
    const bytes = publications.reduce((sum, one) => sum + publicationBytes(one), 0);
    if (bytes > MAX_PUBLICATION_BYTES) throw new BatchRequestTooLongException();
    // In one turn: they share a transaction, and are in their order at a FIFO topic.
    const outcomes = await Promise.allSettled(publications.map((one) => deps.topics.publish(topic, one)));
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const [at, outcome] of outcomes.entries()) {
      const Id = entries[at]?.Id ?? "";
      if (outcome.status === "fulfilled") Successful.push({ Id, ...outcome.value });
      else if (outcome.reason instanceof AwsError) Failed.push(failure(Id, outcome.reason));
      else throw outcome.reason;
    }
    return { Successful, Failed };
  },
});

function failure(Id: string, { code, message, fault }: AwsError) {
  return { Id, Code: QUERY_ERRORS[code] ?? code, Message: message, SenderFault: fault === "client" };
}
