import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { BATCH_ERRORS, checkBatch, eachOf } from "../batch.ts";
import type { SqsDeps } from "../deps.ts";
import { InvalidAddress, missingParameter, MissingRequiredParameterException, QueueDoesNotExist } from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

const ENTRY = "ChangeMessageVisibilityBatchRequestEntry";

export const changeMessageVisibilityBatch = operation({
  name: "ChangeMessageVisibilityBatch",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    QueueUrl: words.QueueUrl,
    Entries: words
      .entries(ENTRY, structure({ Id: words.Text, ReceiptHandle: words.Text, VisibilityTimeout: words.Whole }))
      .optional(),
  }),
  output: structure({
    Successful: words.entries("ChangeMessageVisibilityBatchResultEntry", structure({ Id: z.string() })),
    Failed: words.Failed.optional(),
  }),
  errors: [...BATCH_ERRORS, InvalidAddress, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl, Entries }, context, deps: Pick<SqsDeps, "queues">) {
    const queue = await findQueue(deps, context, QueueUrl);
    return await eachOf(checkBatch(Entries, ENTRY), async ({ ReceiptHandle, VisibilityTimeout }) => {
      if (!ReceiptHandle) throw missingParameter("ReceiptHandle");
      if (VisibilityTimeout === undefined) throw missingParameter("VisibilityTimeout");
      await deps.queues.changeVisibility(queue, ReceiptHandle, VisibilityTimeout);
      return {};
    });
  },
});
