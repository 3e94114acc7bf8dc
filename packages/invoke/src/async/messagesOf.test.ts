import { systemRandom } from "@hearth/kit";
import type { FunctionVersion, OutgoingMessage } from "@hearth/model";
import type { ClaimedEvent, IndexedFunction, Settlement } from "@hearth/store";
import { expect, test } from "vitest";
import type { InvocationResult } from "../invocationRequest.ts";
import { messagesOf } from "./messagesOf.ts";

const QUEUE = "arn:aws:sqs:us-east-1:000000000000:dead";
const TARGET = "arn:aws:lambda:us-east-1:000000000000:function:g";
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const event = (more: Partial<ClaimedEvent> = {}): ClaimedEvent => ({
  id: "8ff8d1c6-0000-4000-8000-000000000000",
  accountId: "000000000000",
  region: "us-east-1",
  FunctionName: "f",
  payload: Buffer.from('{"n":1.0}'),
  ageMs: 0,
  run: 1,
  functionErrors: 0,
  systemRetries: 0,
  hops: 0,
  ...more,
});

const version = {
  accountId: "000000000000",
  region: "us-east-1",
  FunctionName: "f",
  Version: "3",
  configuration: {
    Role: "arn:aws:iam::000000000000:role/r",
    LoggingConfig: { LogGroup: "/aws/lambda/f", LogFormat: "Text" },
    DeadLetterConfig: { TargetArn: QUEUE },
  },
} as unknown as FunctionVersion;

const fn: IndexedFunction = {
  accountId: "000000000000",
  region: "us-east-1",
  FunctionName: "f",
  versions: new Map([["3", version]]),
  notActive: new Map(),
  aliases: new Map([["live", { FunctionVersion: "3", AdditionalVersionWeights: {} }]]),
  eventInvokeConfigs: new Map([["live", { onSuccess: TARGET, onFailure: TARGET }]]),
};

const failed: InvocationResult = {
  outcome: { kind: "functionError", payload: Buffer.from('{"errorMessage":"no","errorType":"E"}'), errorType: "E" },
  ExecutedVersion: "3",
};
const exhausted: Settlement & { kind: "finish" } = {
  kind: "finish",
  condition: "RetriesExhausted",
  error: '{"errorMessage":"no","errorType":"E"}',
  status: 200,
};

function record({ body }: OutgoingMessage): unknown {
  return JSON.parse(Buffer.from(body).toString());
}

test("a success is sent to its destination as AWS's record, with the payloads as they were", () => {
  const outcome = { kind: "success", payload: Buffer.from('{"big":12345678901234567890}') } as const;
  const [message, ...others] = messagesOf(
    {
      event: event({ Qualifier: "live" }),
      settlement: { kind: "finish", condition: "Success" },
      result: { outcome, ExecutedVersion: "3" },
    },
    fn,
    NOW_MS,
    systemRandom,
  );
  expect(others).toEqual([]);
  expect(message).toMatchObject({ purpose: "OnSuccess", TargetArn: TARGET, attributes: {}, hops: 1 });
  expect(message!.sender).toMatchObject({ FunctionName: "f", Role: "arn:aws:iam::000000000000:role/r" });
  expect(Buffer.from(message!.body).toString()).toContain('"requestPayload":{"n":1.0}');
  expect(Buffer.from(message!.body).toString()).toContain('"responsePayload":{"big":12345678901234567890}}');
  expect(record(message!)).toMatchObject({
    version: "1.0",
    timestamp: "2026-01-02T03:04:05.678Z",
    requestContext: {
      requestId: "8ff8d1c6-0000-4000-8000-000000000000",
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f:live",
      condition: "Success",
      approximateInvokeCount: 1,
    },
    responseContext: { statusCode: 200, executedVersion: "3" },
  });
});

test("a failure is sent to its destination and, with AWS's attributes, to the dead-letter queue", () => {
  const ended = { event: event({ Qualifier: "live", functionErrors: 2 }), settlement: exhausted, result: failed };
  const [destination, deadLetter] = messagesOf(ended, fn, NOW_MS, systemRandom);
  expect(record(destination!)).toMatchObject({
    requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: "3", functionError: "Unhandled" },
    responsePayload: { errorMessage: "no", errorType: "E" },
  });
  expect(deadLetter).toMatchObject({ purpose: "DeadLetter", TargetArn: QUEUE });
  expect(Buffer.from(deadLetter!.body).toString()).toBe('{"n":1.0}');
  expect(deadLetter!.attributes).toEqual({
    RequestID: { DataType: "String", StringValue: "8ff8d1c6-0000-4000-8000-000000000000" },
    ErrorCode: { DataType: "Number", StringValue: "200" },
    ErrorMessage: { DataType: "String", StringValue: "no" },
  });
});

test("an event that did not run tells neither a response nor a run, and the last error that there was", () => {
  const settlement = { kind: "finish", condition: "EventAgeExceeded" } as const;
  const old = event({
    Qualifier: "live",
    lastError: "TooManyRequestsException: Rate Exceeded.",
    lastStatus: 429,
    hops: 4,
  });
  const [destination, deadLetter] = messagesOf({ event: old, settlement }, fn, NOW_MS, systemRandom);
  expect(record(destination!)).toEqual({
    version: "1.0",
    timestamp: "2026-01-02T03:04:05.678Z",
    requestContext: {
      requestId: old.id,
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f:live",
      condition: "EventAgeExceeded",
      approximateInvokeCount: 0,
    },
    requestPayload: { n: 1 },
  });
  expect(destination!.hops).toBe(5);
  expect(deadLetter!.attributes).toMatchObject({
    ErrorCode: { StringValue: "429" },
    ErrorMessage: { StringValue: "TooManyRequestsException: Rate Exceeded." },
  });
});

test("an error message in a dead letter is cut to one kilobyte, between characters, and has no control characters", () => {
  const error = JSON.stringify({ errorMessage: `\u0000${"ü".repeat(2_000)}` });
  const ended = { event: event({ Qualifier: "live" }), settlement: { ...exhausted, error }, result: failed };
  const message = messagesOf(ended, fn, NOW_MS, systemRandom)[1]!.attributes["ErrorMessage"]!.StringValue;
  expect(message).toBe(` ${"ü".repeat(511)}`);
});

test("an answer that is not JSON becomes a JSON string in the record", () => {
  const outcome = { kind: "success", payload: Buffer.from("<xml>") } as const;
  const settlement = { kind: "finish", condition: "Success" } as const;
  const ended = { event: event({ Qualifier: "live" }), settlement, result: { outcome, ExecutedVersion: "3" } };
  expect(record(messagesOf(ended, fn, NOW_MS, systemRandom)[0]!)).toMatchObject({ responsePayload: "<xml>" });
});

test("the trace of a message has the function in its lineage, so that a loop over destinations is stopped", () => {
  const ended = { event: event({ Qualifier: "live", traceId: "Root=1-2-3" }), settlement: exhausted, result: failed };
  const [first] = messagesOf(ended, fn, NOW_MS, systemRandom);
  expect(first!.traceId).toMatch(/^Root=1-2-3;Lineage=[0-9a-f]{8}:0$/);
  const again = { ...ended, event: event({ Qualifier: "live", traceId: first!.traceId! }) };
  expect(messagesOf(again, fn, NOW_MS, systemRandom)[0]!.traceId).toMatch(/^Root=1-2-3;Lineage=[0-9a-f]{8}:1$/);
});

test("nothing is sent for a function that is gone, nor without settings", () => {
  const ended = { event: event(), settlement: { kind: "finish", condition: "Success" } as const };
  expect(messagesOf(ended, undefined, NOW_MS, systemRandom)).toEqual([]);
  expect(messagesOf(ended, fn, NOW_MS, systemRandom)).toEqual([]);
});
