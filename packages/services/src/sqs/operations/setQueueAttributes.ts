import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { withAttributes } from "../attributes.ts";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidAttributeName,
  InvalidAttributeValue,
  InvalidParameterValueException,
  missingParameter,
  MissingRequiredParameterException,
  QueueDoesNotExist,
} from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import { checkRedrivePolicy } from "../redrive.ts";
import * as words from "../words.ts";

export const setQueueAttributes = operation({
  name: "SetQueueAttributes",
  input: structure({ QueueUrl: words.QueueUrl, Attributes: words.Attributes }),
  errors: [
    InvalidAddress,
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    QueueDoesNotExist,
  ],
  async handle({ QueueUrl, Attributes }, context, deps: Pick<SqsDeps, "queues">) {
    const { queues } = deps;
    const queue = await findQueue(deps, context, QueueUrl);
    if (!Attributes) throw missingParameter("Attribute.Name");
    // A FIFO queue stays one.
    const { FifoQueue, ...given } = Attributes;
    if (FifoQueue !== undefined && !(queue.isFifo && FifoQueue === "true")) throw new InvalidAttributeName("FifoQueue");
    const policy = given["RedrivePolicy"];
    if (policy) await checkRedrivePolicy(queues, queue, policy);
    const changed = await queues.store.changeAttributes(queue, ({ attributes, isFifo }) =>
      withAttributes(attributes, given, isFifo),
    );
    queues.directory.forget(queue);
    if (!changed) throw new QueueDoesNotExist();
    return undefined;
  },
});
