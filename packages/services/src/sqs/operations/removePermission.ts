import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidParameterValueException,
  invalidValue,
  missingParameter,
  MissingRequiredParameterException,
  QueueDoesNotExist,
} from "../errors.ts";
import { readPolicy } from "../queuePolicy.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

export const removePermission = operation({
  name: "RemovePermission",
  input: structure({ QueueUrl: words.QueueUrl, Label: words.Text }),
  errors: [InvalidAddress, InvalidParameterValueException, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl, Label }, context, deps: Pick<SqsDeps, "queues">) {
    const { store, directory } = deps.queues;
    const queue = await findQueue(deps, context, QueueUrl);
    if (!Label) throw missingParameter("Label");
    const changed = await store.changeAttributes(queue, ({ attributes: { Policy, ...attributes } }) => {
      const policy = readPolicy(Policy, queue.arn);
      const Statement = policy.Statement.filter(({ Sid }) => Sid !== Label);
      if (Statement.length === policy.Statement.length) {
        throw invalidValue(Label, "Label", "can't find label on existing policy.");
      }
      return Statement.length === 0 ? attributes : { ...attributes, Policy: JSON.stringify({ ...policy, Statement }) };
    });
    directory.forget(queue);
    if (!changed) throw new QueueDoesNotExist();
    return undefined;
  },
});
