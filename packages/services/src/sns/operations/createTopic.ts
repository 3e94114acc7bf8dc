import { structure, ThrottlingException } from "@hearth/model";
import { MAX_FIFO_TOPICS, MAX_STANDARD_TOPICS, toTopic, topicArn } from "@hearth/topics";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SnsDeps } from "../deps.ts";
import {
  InvalidParameterException,
  invalidParameter,
  TagLimitExceededException,
  TopicLimitExceededException,
} from "../errors.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { checkTags, tagsOf } from "../tagging.ts";
import { shownTopicAttributes, withTopicAttributes } from "../topicAttributes.ts";
import * as words from "../words.ts";

const STANDARD_NAME = /^[A-Za-z0-9_-]{1,256}$/;
const FIFO_NAME = /^(?=.{1,256}$)[A-Za-z0-9_-]+\.fifo$/;

export const createTopic = operation({
  name: "CreateTopic",
  input: structure({
    Name: words.Text,
    Attributes: words.Attributes,
    Tags: words.Tags,
    DataProtectionPolicy: words.Text,
  }),
  output: structure({ TopicArn: z.string() }),
  errors: [InvalidParameterException, TagLimitExceededException, ThrottlingException, TopicLimitExceededException],
  async handle(input, { accountId, region }, { topics, disk }: Pick<SnsDeps, "topics" | "disk">) {
    refuseWhenDiskIsShort({ disk });
    const { Name: TopicName = "" } = input;
    if (input.DataProtectionPolicy) throw invalidParameter("DataProtectionPolicy", "Hearth has no data protection");
    const { FifoTopic, ...given } = input.Attributes ?? {};
    const isFifo = checkName(TopicName, FifoTopic);
    const attributes = withTopicAttributes({}, given, isFifo, "Attributes");
    const tags = tagsOf(input.Tags);
    checkTags(tags);
    const key = { accountId, region, TopicName };
    const found = (await topics.store.find(key)) ?? (await create());
    if (found) {
      const shown = shownTopicAttributes(toTopic(found), { confirmed: 0, pending: 0, deleted: 0 });
      if (Object.entries(given).some(([name, value]) => (shown[name] ?? "") !== value)) {
        throw invalidParameter("Attributes", "Topic already exists with different attributes");
      }
      if (input.Tags && !isSame(tags, found.tags)) {
        throw invalidParameter("Tags", "Topic already exists with different tags");
      }
    }
    return { TopicArn: topicArn(key) };

    /** Resolves with the topic that another request has created meanwhile. */
    async function create() {
      const limit = isFifo ? MAX_FIFO_TOPICS : MAX_STANDARD_TOPICS;
      const created = await topics.store.create(key, { isFifo, attributes, tags }, limit);
      if (created === "full") throw new TopicLimitExceededException();
      topics.directory.forget(key);
      return created ? undefined : await topics.store.find(key);
    }
  },
});

/** Whether the topic is to be a FIFO topic. */
function checkName(name: string, FifoTopic: string | undefined): boolean {
  if (FifoTopic !== undefined && FifoTopic !== "true" && FifoTopic !== "false") {
    throw invalidParameter("Attributes", "FifoTopic must be true or false");
  }
  if (FifoTopic === "true") {
    if (FIFO_NAME.test(name)) return true;
    throw new InvalidParameterException(
      "Invalid parameter: Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.",
    );
  }
  if (!STANDARD_NAME.test(name)) throw invalidParameter("Topic Name");
  return false;
}

function isSame(tags: Readonly<Record<string, string>>, others: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(tags);
  return keys.length === Object.keys(others).length && keys.every((key) => tags[key] === others[key]);
}
