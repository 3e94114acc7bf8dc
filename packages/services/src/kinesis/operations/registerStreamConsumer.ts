import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { shownConsumer } from "../answers.ts";
import type { KinesisDeps } from "../deps.ts";
import {
  InvalidArgumentException,
  LimitExceededException,
  ResourceInUseException,
  ResourceNotFoundException,
} from "../errors.ts";
import { findStream, streamNotFound } from "../findStream.ts";
import { checkTags } from "../tagging.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html */
const MAX_CONSUMERS = 20;

export const registerStreamConsumer = operation({
  name: "RegisterStreamConsumer",
  input: structure({ StreamARN: words.StreamARN, ConsumerName: words.ConsumerName, Tags: words.Tags.optional() }),
  output: structure({ Consumer: structure(words.Consumer) }),
  errors: [InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException],
  async handle({ StreamARN, ConsumerName, Tags = {} }, context, { streams }: Pick<KinesisDeps, "streams">) {
    const stream = await findStream({ streams }, context, { StreamARN });
    checkTags(Tags);
    const made = await streams.consumers.register(stream.id, ConsumerName, Tags, MAX_CONSUMERS);
    streams.directory.forget(stream);
    if (made === "missing") throw streamNotFound(stream);
    if (made === "taken") {
      throw new ResourceInUseException(
        `Consumer ${ConsumerName} under stream ${stream.StreamName} already exists for account ${stream.accountId}.`,
      );
    }
    if (made === "tooMany") {
      throw new LimitExceededException(
        `Stream ${stream.StreamName} under account ${stream.accountId} can have at most ${MAX_CONSUMERS} registered consumers.`,
      );
    }
    return { Consumer: { ...shownConsumer(stream, made), ConsumerStatus: "CREATING" } };
  },
});
