import { ValidationException } from "@hearth/model";
import type { KinesisStreamKey } from "@hearth/store";
import { parseConsumerArn } from "@hearth/streams";
import type { KinesisDeps } from "./deps.ts";
import { InvalidArgumentException, LimitExceededException } from "./errors.ts";
import { findConsumer } from "./findConsumer.ts";
import { findStream, streamKey, streamNotFound } from "./findStream.ts";

const MAX_TAGS = 50;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

type Tags = Readonly<Record<string, string>>;
type Where = Parameters<typeof findStream>[1];
export type TagDeps = Pick<KinesisDeps, "streams">;

/** Throws AWS's error for tags that a stream cannot have. */
export function checkTags(tags: Tags): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) {
    throw new LimitExceededException(`Failed to add tags: a resource can have at most ${MAX_TAGS} tags.`);
  }
  for (const [key, value] of entries) {
    if (!ALLOWED.test(key) || key.startsWith("aws:")) {
      throw new InvalidArgumentException(`Some tags contain invalid characters or the reserved prefix aws: ${key}`);
    }
    if (!ALLOWED.test(value)) throw new InvalidArgumentException(`Some tags contain invalid characters: ${value}`);
  }
}

export async function changeStreamTags({ streams }: TagDeps, key: KinesisStreamKey, change: (tags: Tags) => Tags) {
  const changed = await streams.store.change(key, ({ tags }) => {
    const after = change(tags);
    checkTags(after);
    return { tags: after };
  });
  streams.directory.forget(key);
  if (!changed) throw streamNotFound(key);
}

/** Tags of the stream or consumer of an ARN. */
export async function tagsOfArn({ streams }: TagDeps, where: Where, ResourceARN: string): Promise<Tags> {
  const named = parseConsumerArn(ResourceARN);
  if (!named) return (await findStream({ streams }, where, { StreamARN: ResourceARN })).tags;
  return (await findConsumer({ streams }, where, { ConsumerARN: ResourceARN })).consumer.tags;
}

export async function changeTagsOfArn(
  { streams }: TagDeps,
  where: Where,
  ResourceARN: string,
  change: (tags: Tags) => Tags,
) {
  const named = parseConsumerArn(ResourceARN);
  if (!named) {
    await changeStreamTags({ streams }, streamKey(where, { StreamARN: ResourceARN }), change);
    return;
  }
  if (named.stream.accountId !== where.accountId || named.stream.region !== where.region) {
    throw new ValidationException(`${ResourceARN} belongs to another account or region`);
  }
  const { stream, consumer } = await findConsumer({ streams }, where, { ConsumerARN: ResourceARN });
  const tags = change(consumer.tags);
  checkTags(tags);
  await streams.consumers.change(stream.id, named.ConsumerName, { tags });
}

export function without(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}
