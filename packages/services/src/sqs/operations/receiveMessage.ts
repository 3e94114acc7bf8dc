import { structure } from "@hearth/model";
import { MAX_VISIBILITY_SECONDS } from "@hearth/queues";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { blob, wire } from "@hearth/wire";
import type { SqsDeps } from "../deps.ts";
import {
  InvalidAddress,
  InvalidAttributeName,
  InvalidParameterValueException,
  invalidValue,
  MissingRequiredParameterException,
  OverLimit,
  QueueDoesNotExist,
} from "../errors.ts";
import { findQueue } from "../queueUrl.ts";
import { checkSystemAttributeNames, toReceivedAnswer } from "../receivedMessage.ts";
import * as words from "../words.ts";

const MAX_MESSAGES = 10;
const MAX_WAIT_SECONDS = 20;
const named = { flattened: true, entryNames: { key: "Name", value: "Value" } } as const;

const Message = structure({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  MD5OfBody: z.string(),
  Body: z.string(),
  Attributes: wire(z.record(z.string(), z.string()), { xmlName: "Attribute", ...named }).optional(),
  MD5OfMessageAttributes: z.string().optional(),
  MessageAttributes: wire(
    z.record(
      z.string(),
      structure({ StringValue: z.string().optional(), BinaryValue: blob().optional(), DataType: z.string() }),
    ),
    { xmlName: "MessageAttribute", ...named },
  ).optional(),
});

export const receiveMessage = operation({
  name: "ReceiveMessage",
  isDataEvent: true,
  isInvocation: true,
  input: structure({
    QueueUrl: words.QueueUrl,
    AttributeNames: words.texts("AttributeName"),
    MessageSystemAttributeNames: words.texts("MessageSystemAttributeName"),
    MessageAttributeNames: words.texts("MessageAttributeName"),
    MaxNumberOfMessages: words.Whole,
    VisibilityTimeout: words.Whole,
    WaitTimeSeconds: words.Whole,
    ReceiveRequestAttemptId: words.Text,
  }),
  output: structure({ Messages: words.entries("Message", Message).optional() }),
  errors: [
    InvalidAddress,
    InvalidAttributeName,
    InvalidParameterValueException,
    MissingRequiredParameterException,
    OverLimit,
    QueueDoesNotExist,
  ],
  async handle(input, context, deps: Pick<SqsDeps, "queues">) {
    const { MaxNumberOfMessages = 1, VisibilityTimeout, WaitTimeSeconds } = input;
    checkRange(MaxNumberOfMessages, "MaxNumberOfMessages", 1, MAX_MESSAGES, "Must be between 1 and 10, if provided.");
    const visibility = `Must be between 0 and ${MAX_VISIBILITY_SECONDS}, if provided.`;
    checkRange(VisibilityTimeout, "VisibilityTimeout", 0, MAX_VISIBILITY_SECONDS, visibility);
    checkRange(WaitTimeSeconds, "WaitTimeSeconds", 0, MAX_WAIT_SECONDS, "Must be >= 0 and <= 20, if provided.");
    const systemNames = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
    checkSystemAttributeNames(systemNames);
    const queue = await findQueue(deps, context, input.QueueUrl);
    checkAttemptId(input.ReceiveRequestAttemptId, queue.isFifo);
    const request = {
      attemptId: input.ReceiveRequestAttemptId,
      limit: MaxNumberOfMessages,
      visibilitySeconds: VisibilityTimeout,
      waitSeconds: WaitTimeSeconds,
    };
    const received = await deps.queues.receive(queue, request, context.signal);
    if (received.length === 0) return {};
    return {
      Messages: received.map((message) => toReceivedAnswer(message, systemNames, input.MessageAttributeNames ?? [])),
    };
  },
});

const TOKEN = /^[!-~]{1,128}$/;

function checkAttemptId(value: string | undefined, isFifo: boolean): void {
  if (value === undefined) return;
  const name = "ReceiveRequestAttemptId";
  if (!isFifo) {
    throw invalidValue(value, name, "The request include parameter that is not valid for this queue type.");
  }
  if (!TOKEN.test(value)) {
    throw invalidValue(
      value,
      name,
      `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  }
}

function checkRange(value: number | undefined, name: string, min: number, max: number, reason: string): void {
  if (value !== undefined && (value < min || value > max)) throw invalidValue(value, name, reason);
}
