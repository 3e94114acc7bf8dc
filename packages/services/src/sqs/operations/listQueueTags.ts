import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import { InvalidAddress, MissingRequiredParameterException, QueueDoesNotExist } from "../errors.ts";
import { nameOf } from "../queueUrl.ts";
import * as words from "../words.ts";

export const listQueueTags = operation({
  name: "ListQueueTags",
  input: structure({ QueueUrl: words.QueueUrl }),
  output: structure({ Tags: words.Tags }),
  errors: [InvalidAddress, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl }, { region }, { queues }: Pick<SqsDeps, "queues">) {
    const queue = await queues.store.find({ ...nameOf(QueueUrl), region });
    if (!queue) throw new QueueDoesNotExist();
    return Object.keys(queue.tags).length > 0 ? { Tags: queue.tags } : {};
  },
});
