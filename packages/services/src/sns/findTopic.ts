import { parseTopicArn, type Topic } from "@hearth/topics";
import type { RequestContext } from "@hearth/wire";
import type { SnsDeps } from "./deps.ts";
import { invalidParameter, noSuchTopic } from "./errors.ts";
import type { SnsTopicKey } from "@hearth/store";

/** The topic that a request names. Throws AWS's error for what is no ARN of a topic in the region of the request. */
export function topicKeyOf(
  { region }: Pick<RequestContext, "region">,
  TopicArn: string | undefined,
  parameter = "TopicArn",
): SnsTopicKey {
  if (!TopicArn) throw invalidParameter(parameter, "no value for required parameter");
  const key = parseTopicArn(TopicArn);
  if (!key)
    throw invalidParameter(parameter, `An ARN must have at least 6 elements, not ${TopicArn.split(":").length}`);
  if (key.region !== region) throw invalidParameter(parameter);
  return key;
}

/** Throws AWS's error when there is no such topic. */
export async function findTopic(
  { topics }: Pick<SnsDeps, "topics">,
  context: Pick<RequestContext, "region">,
  TopicArn: string | undefined,
  parameter = "TopicArn",
): Promise<Topic> {
  const topic = await topics.find(topicKeyOf(context, TopicArn, parameter));
  if (!topic) throw noSuchTopic();
  return topic;
}
