import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { BATCH_ERRORS, checkBatch, eachOf } from "../batch.ts";
import type { SqsDeps } from "../deps.ts";
import { InvalidAddress, missingParameter, MissingRequiredParameterException, QueueDoesNotExist } from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import * as words from "../words.ts";

const ENTRY = "DeleteMessageBatchRequestEntry";

export const deleteMessageBatch = operation({
  name: "DeleteMessageBatch",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    QueueUrl: words.QueueUrl,
    Entries: words.entries(ENTRY, structure({ Id: words.Text, ReceiptHandle: words.Text })).optional(),
  }),
  output: structure({
    Successful: words.entries("DeleteMessageBatchResultEntry", structure({ Id: z.string() })),
    Failed: words.Failed.optional(),
  }),
  errors: [...BATCH_ERRORS, InvalidAddress, MissingRequiredParameterException, QueueDoesNotExist],
  async handle({ QueueUrl, Entries }, context, deps: Pick<SqsDeps, "queues">) {
    const queue = await findQueue(deps, context, QueueUrl);
    return await eachOf(checkBatch(Entries, ENTRY), async ({ ReceiptHandle }) => {
      if (!ReceiptHandle) throw missingParameter("ReceiptHandle");
      await deps.queues.delete(queue, ReceiptHandle);
      return {};
    });
  },
});
