import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidParameterValueException,
  MessageNotInflight,
  missingParameter,
  MissingRequiredParameterException,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
} from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

export const changeMessageVisibility = operation({
  name: "ChangeMessageVisibility",
  isDataEvent: true,
  isInvocation: true,
  input: structure({ QueueUrl: words.QueueUrl, ReceiptHandle: words.Text, VisibilityTimeout: words.Whole }),
  errors: [
    InvalidAddress,
    InvalidParameterValueException,
    MessageNotInflight,
    MissingRequiredParameterException,
    QueueDoesNotExist,
    ReceiptHandleIsInvalid,
  ],
  async handle({ QueueUrl, ReceiptHandle, VisibilityTimeout }, context, deps: Pick<SqsDeps, "queues">) {
    const queue = await findQueue(deps, context, QueueUrl);
    if (!ReceiptHandle) throw missingParameter("ReceiptHandle");
    if (VisibilityTimeout === undefined) throw missingParameter("VisibilityTimeout");
    await deps.queues.changeVisibility(queue, ReceiptHandle, VisibilityTimeout);
    return undefined;
  },
});
