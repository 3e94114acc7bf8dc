import { structure } from "@hearth/model";
import { type Queue, queueArn, toQueue } from "@hearth/queues";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownAttributes, withAttributes } from "../attributes.ts";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAttributeName,
  InvalidAttributeValue,
  InvalidParameterValueException,
  missingParameter,
  MissingRequiredParameterException,
  OverLimit,
  QueueNameExists,
} from "../errors.ts";
import { queueUrl } from "../queueUrl.ts";
import { checkRedrivePolicy } from "../redrive.ts";
import { checkTags } from "../tagging.ts";
import * as words from "../words.ts";

const STANDARD_NAME = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO_NAME = /^(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo$/;

export const createQueue = operation({
  name: "CreateQueue",
  input: structure({
    QueueName: words.Text,
    Attributes: words.Attributes,
    tags: words.Tags,
  }),
  output: structure({ QueueUrl: z.string() }),
  errors: [
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    OverLimit,
    QueueNameExists,
  ],
  async handle(input, context, { queues }: Pick<SqsDeps, "queues">) {
    const { QueueName, tags = {} } = input;
    if (!QueueName) throw missingParameter("QueueName");
    const { FifoQueue, ...given } = input.Attributes ?? {};
    const isFifo = checkName(QueueName, FifoQueue);
    const { accountId, region } = context;
    const key = { accountId, region, QueueName };
    const attributes = withAttributes({}, given, isFifo);
    checkTags(tags);
    const found = (await queues.store.find(key)) ?? (await create());
    if (found) checkSame(toQueue(found), given);
    return { QueueUrl: queueUrl(context, key) };

    /** Resolves with the queue that another request has created meanwhile. */
    async function create() {
      if (attributes["RedrivePolicy"]) {
        await checkRedrivePolicy(queues, { ...key, arn: queueArn(key), isFifo }, attributes["RedrivePolicy"]);
      }
      await queues.checkCount(accountId);
      const created = await queues.store.create(key, { isFifo, attributes, tags });
      queues.directory.forget(key);
      return created ? undefined : await queues.store.find(key);
    }
  },
});

/** Whether the queue is to be a FIFO queue. */
function checkName(QueueName: string, FifoQueue: string | undefined): boolean {
  if (FifoQueue !== undefined && FifoQueue !== "true") throw new InvalidAttributeName("FifoQueue");
  const isFifo = FifoQueue === "true";
  if (isFifo && !FIFO_NAME.test(QueueName)) {
    throw new InvalidParameterValueException(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length",
    );
  }
  if (!isFifo && !STANDARD_NAME.test(QueueName)) {
    throw new InvalidParameterValueException(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  return isFifo;
}

/** Creating a queue again is no error when it would be the same. */
function checkSame(queue: Queue, given: Readonly<Record<string, string>>): void {
  const present = shownAttributes(queue);
  const different = Object.entries(given).find(([name, value]) => (present[name] ?? "") !== value);
  if (different) throw new QueueNameExists(different[0]);
}
