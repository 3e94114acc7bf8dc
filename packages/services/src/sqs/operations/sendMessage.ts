import { structure, ThrottlingException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidMessageContents,
  InvalidParameterValueException,
  MissingRequiredParameterException,
  QueueDoesNotExist,
} from "../errors.ts";
import { toNewMessage, toSentAnswer } from "../newMessage.ts";
import { findQueue } from "../queueUrl.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";

export const sendMessage = operation({
  name: "SendMessage",
  isDataEvent: true,
  isInvocation: true,
  input: structure({ QueueUrl: words.QueueUrl, ...words.NewMessageMembers }),
  output: structure(words.SentMembers),
  errors: [
    InvalidAddress,
    InvalidMessageContents,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    QueueDoesNotExist,
    ThrottlingException,
  ],
  async handle(input, context, deps: Pick<SqsDeps, "queues" | "disk">) {
    const queue = await findQueue(deps, context, input.QueueUrl);
    refuseWhenDiskIsShort(deps);
    const message = toNewMessage(input, context);
    return toSentAnswer(input, message, await deps.queues.send(queue, message));
  },
});
