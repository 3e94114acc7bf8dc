import { structure, ThrottlingException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SnsDeps } from "../deps.ts";
import {
  InvalidParameterException,
  InvalidParameterValueException,
  invalidParameter,
  NotFoundException,
} from "../errors.ts";
import { findTopic } from "../findTopic.ts";
import { publicationFrom } from "../publicationFrom.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";

export const publish = operation({
  name: "Publish",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    TopicArn: words.Text,
    TargetArn: words.Text,
    PhoneNumber: words.Text,
    ...words.PublicationMembers,
  }),
  output: structure(words.PublishedMembers),
  errors: [InvalidParameterException, InvalidParameterValueException, NotFoundException, ThrottlingException],
  async handle(input, context, deps: Pick<SnsDeps, "topics" | "disk">) {
    const { TopicArn, TargetArn, PhoneNumber } = input;
    if (PhoneNumber) throw invalidParameter("PhoneNumber", "Hearth does not send SMS");
    if (TargetArn && /^arn:[\w-]+:sns:[^:]*:[^:]*:endpoint\//.test(TargetArn)) {
      throw invalidParameter("TargetArn", "Hearth does not send mobile push notifications");
    }
    const topic = await findTopic(deps, context, TopicArn ?? TargetArn, "TopicArn or TargetArn");
    refuseWhenDiskIsShort(deps);
    return await deps.topics.publish(topic, publicationFrom(input, context));
  },
});
