import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import { InvalidAddress, MissingRequiredParameterException, QueueDoesNotExist } from "../errors.ts";
import { nameOf } from "../queueUrl.ts";
import * as words from "../words.ts";

/** The name may be used again at once: AWS's wait of 60 seconds (QueueDeletedRecently) has no reason here. */
export const deleteQueue = operation({
  name: "DeleteQueue",
  input: structure({ QueueUrl: words.QueueUrl }),
  errors: [InvalidAddress, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl }, { region }, { queues }: Pick<SqsDeps, "queues">) {
    const key = { ...nameOf(QueueUrl), region };
    const id = await queues.store.delete(key);
    queues.directory.forget(key);
    if (id === undefined) throw new QueueDoesNotExist();
    await queues.messages.clear(id);
    return undefined;
  },
});
