import { structure } from "@hearth/model";
import { toQueue } from "@hearth/queues";
import { operation } from "@hearth/wire";
import { checkAttributeNames, COUNTS, shownAttributes } from "../attributes.ts";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidAttributeName,
  MissingRequiredParameterException,
  QueueDoesNotExist,
} from "../errors.ts";
import { nameOf } from "../queueUrl.ts";
import * as words from "../words.ts";

export const getQueueAttributes = operation({
  name: "GetQueueAttributes",
  input: structure({ QueueUrl: words.QueueUrl, AttributeNames: words.texts("AttributeName") }),
  output: structure({ Attributes: words.Attributes }),
  errors: [InvalidAddress, InvalidAttributeName, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl, AttributeNames = [] }, { region }, { queues }: Pick<SqsDeps, "queues">) {
    checkAttributeNames(AttributeNames);
    // Read anew: clients look here whether a change has taken effect.
    const record = await queues.store.find({ ...nameOf(QueueUrl), region });
    if (!record) throw new QueueDoesNotExist();
    const queue = toQueue(record);
    const all = AttributeNames.includes("All");
    const isAsked = (name: string): boolean => all || AttributeNames.includes(name);
    const shown: [string, string][] = Object.entries(shownAttributes(queue));
    if (COUNTS.some(isAsked)) {
      const { visible, inFlight, delayed } = await queues.messages.counts(queue.id, queue.retentionSeconds);
      [visible, inFlight, delayed].forEach((count, at) => shown.push([COUNTS[at] ?? "", String(count)]));
    }
    const Attributes = Object.fromEntries(shown.filter(([name]) => isAsked(name)));
    return Object.keys(Attributes).length > 0 ? { Attributes } : {};
  },
});
