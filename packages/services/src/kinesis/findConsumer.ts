import type { KinesisConsumerRecord } from "@hearth/store";
import { consumerArn, parseConsumerArn, type Stream } from "@hearth/streams";
import type { KinesisDeps } from "./deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "./errors.ts";
import { findStream } from "./findStream.ts";
import * as words from "./words.ts";

/** A consumer by its ARN, or by its name and its stream's ARN. */
export const NamedConsumer = {
  StreamARN: words.StreamARN.optional(),
  ConsumerName: words.ConsumerName.optional(),
  ConsumerARN: words.ConsumerARN.optional(),
};

interface ConsumerInput {
  readonly StreamARN?: string | undefined;
  readonly ConsumerName?: string | undefined;
  readonly ConsumerARN?: string | undefined;
}

/** Throws AWS's error when there is no such consumer. */
export async function findConsumer(
  { streams }: Pick<KinesisDeps, "streams">,
  where: Parameters<typeof findStream>[1],
  { StreamARN, ConsumerName, ConsumerARN }: ConsumerInput,
): Promise<{ readonly stream: Stream; readonly consumer: KinesisConsumerRecord }> {
  const named = ConsumerARN === undefined ? undefined : parseConsumerArn(ConsumerARN);
  const name = named?.ConsumerName ?? ConsumerName;
  if ((ConsumerARN !== undefined && !named) || name === undefined || (!named && StreamARN === undefined)) {
    throw new InvalidArgumentException("Either ConsumerARN, or StreamARN and ConsumerName must be specified.");
  }
  const isHere = !named || (named.stream.accountId === where.accountId && named.stream.region === where.region);
  const stream = await findStream({ streams }, where, named ? { StreamName: named.stream.StreamName } : { StreamARN });
  const consumer = isHere ? await streams.consumers.find(stream.id, name) : undefined;
  if (!consumer || (ConsumerARN !== undefined && consumerArn(stream, consumer) !== ConsumerARN)) {
    throw new ResourceNotFoundException(
      `Consumer ${ConsumerARN ?? name} of stream ${stream.StreamName} under account ${stream.accountId} not found.`,
    );
  }
  return { stream, consumer };
}
