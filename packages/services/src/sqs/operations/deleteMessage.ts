import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidParameterValueException,
  missingParameter,
  MissingRequiredParameterException,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
} from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

export const deleteMessage = operation({
  name: "DeleteMessage",
  isDataEvent: true,
  isInvocation: true,
  input: structure({ QueueUrl: words.QueueUrl, ReceiptHandle: words.Text }),
  errors: [
    InvalidAddress,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    QueueDoesNotExist,
    ReceiptHandleIsInvalid,
  ],
  async handle({ QueueUrl, ReceiptHandle }, context, deps: Pick<SqsDeps, "queues">) {
    const queue = await findQueue(deps, context, QueueUrl);
    if (!ReceiptHandle) throw missingParameter("ReceiptHandle");
    await deps.queues.delete(queue, ReceiptHandle);
    return undefined;
  },
});
