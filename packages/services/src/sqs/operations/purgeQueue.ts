import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  MissingRequiredParameterException,
  PurgeQueueInProgress,
  QueueDoesNotExist,
} from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

const EVERY_SECONDS = 60;

export const purgeQueue = operation({
  name: "PurgeQueue",
  input: structure({ QueueUrl: words.QueueUrl }),
  errors: [InvalidAddress, MissingRequiredParameterException, PurgeQueueInProgress, QueueDoesNotExist],
  async handle({ QueueUrl }, context, deps: Pick<SqsDeps, "queues">) {
    const { store, messages } = deps.queues;
    const queue = await findQueue(deps, context, QueueUrl);
    if (!(await store.beginPurge(queue.id, EVERY_SECONDS))) {
      if (!(await store.find(queue))) throw new QueueDoesNotExist();
      throw new PurgeQueueInProgress(queue.QueueName);
    }
    await messages.clear(queue.id);
    return undefined;
  },
});
