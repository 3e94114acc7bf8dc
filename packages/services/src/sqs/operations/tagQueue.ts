import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidParameterValueException,
  missingParameter,
  MissingRequiredParameterException,
  QueueDoesNotExist,
} from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import { checkTags } from "../tagging.ts";
import * as words from "../words.ts";

export const tagQueue = operation({
  name: "TagQueue",
  input: structure({ QueueUrl: words.QueueUrl, Tags: words.Tags }),
  errors: [InvalidAddress, InvalidParameterValueException, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl, Tags }, context, deps: Pick<SqsDeps, "queues">) {
    const { store, directory } = deps.queues;
    const queue = await findQueue(deps, context, QueueUrl);
    if (!Tags) throw missingParameter("Tags");
    const changed = await store.changeTags(queue, ({ tags }) => {
      const all = { ...tags, ...Tags };
      checkTags(all);
      return all;
    });
    directory.forget(queue);
    if (!changed) throw new QueueDoesNotExist();
    return undefined;
  },
});
