import { structure, ThrottlingException } from "@hearth/model";
import { MAX_MESSAGE_BYTES, messageBytes, type NewMessage } from "@hearth/queues";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { BATCH_ERRORS, checkBatch, eachOf } from "../batch.ts";
import type { SqsDeps } from "../deps.ts";
import {
  BatchRequestTooLong,
  InvalidAddress,
  InvalidParameterValueException,
  missingParameter,
  MissingRequiredParameterException,
  QueueDoesNotExist,
} from "../errors.ts";
import { toNewMessage, toSentAnswer } from "../newMessage.ts";
import { findQueue } from "../queueUrl.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";

const ENTRY = "SendMessageBatchRequestEntry";

export const sendMessageBatch = operation({
  name: "SendMessageBatch",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    QueueUrl: words.QueueUrl,
    Entries: words.entries(ENTRY, structure({ Id: words.Text, ...words.NewMessageMembers })).optional(),
  }),
  output: structure({
    Successful: words.entries("SendMessageBatchResultEntry", structure({ Id: z.string(), ...words.SentMembers })),
    Failed: words.Failed.optional(),
  }),
  errors: [
    ...BATCH_ERRORS,
    BatchRequestTooLong,
    InvalidAddress,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    QueueDoesNotExist,
    ThrottlingException,
  ],
  async handle(input, context, deps: Pick<SqsDeps, "queues" | "disk">) {
    const queue = await findQueue(deps, context, input.QueueUrl);
    refuseWhenDiskIsShort(deps);
    const entries = checkBatch(input.Entries, ENTRY).map((entry, at) => {
      if (entry.MessageBody === undefined) throw missingParameter(`${ENTRY}.${at + 1}.MessageBody`);
      return { Id: entry.Id, entry, message: toNewMessage(entry, context) };
    });
    checkSize(entries.map(({ message }) => message));
    // Entries arrive in their order at a FIFO queue: they are sent in one turn, and share a commit.
    return await eachOf(entries, async ({ entry, message }) =>
      toSentAnswer(entry, message, await deps.queues.send(queue, message)),
    );
  },
});

function checkSize(messages: readonly NewMessage[]): void {
  const bytes = messages.reduce((sum, message) => sum + messageBytes(message), 0);
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new BatchRequestTooLong(
    `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`,
  );
}
