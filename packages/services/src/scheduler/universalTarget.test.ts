import { HERE } from "@hearth/testkit";
import { expect, test } from "vitest";
import { ValidationException } from "./errors.ts";
import { universalMessage } from "./universalTarget.ts";

const message = (called: string, input: object) =>
  universalMessage(`arn:aws:scheduler:::aws-sdk:${called}`, JSON.stringify(input), HERE);
const QUEUE = { QueueUrl: "https://sqs.us-east-1.amazonaws.com/000000000000/q", MessageBody: "hello" };

test.for([
  { ...QUEUE, MessageGroupId: "a\0" },
  { ...QUEUE, QueueUrl: `${QUEUE.QueueUrl}\0` },
  { ...QUEUE, MessageGroupId: "\ud800" },
  { ...QUEUE, MessageAttributes: { name: { DataType: "String", StringValue: "\0" } } },
])("an input with characters that PostgreSQL cannot store is refused: %j", (input) => {
  expect(() => message("sqs:sendMessage", input)).toThrow(ValidationException);
});

test("an event in the name of a service of AWS is refused", () => {
  const put = (Source: string) =>
    message("eventbridge:putEvents", { Entries: [{ Source, DetailType: "d", Detail: "{}" }] });
  expect(put("mine").parameters).toEqual({ Source: "mine", DetailType: "d" });
  expect(() => put("aws.s3")).toThrow(ValidationException);
});
