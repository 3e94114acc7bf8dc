import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import { InvalidAddress, missingParameter, MissingRequiredParameterException, QueueDoesNotExist } from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

export const untagQueue = operation({
  name: "UntagQueue",
  input: structure({ QueueUrl: words.QueueUrl, TagKeys: words.texts("TagKey") }),
  errors: [InvalidAddress, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl, TagKeys }, context, deps: Pick<SqsDeps, "queues">) {
    const { store, directory } = deps.queues;
    const queue = await findQueue(deps, context, QueueUrl);
    if (!TagKeys) throw missingParameter("TagKeys");
    const changed = await store.changeTags(queue, ({ tags }) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))),
    );
    directory.forget(queue);
    if (!changed) throw new QueueDoesNotExist();
    return undefined;
  },
});
