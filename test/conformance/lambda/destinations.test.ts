import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  type DestinationConfig,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { run } from "@hearth/cli";
import { SystemClock, systemRandom } from "@hearth/kit";
import { skipReason, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";

function urlOf({
  protocol,
  hostname,
  port,
}: {
  protocol: string;
  hostname: string;
  port?: number | undefined;
}): string {
  return `${protocol}//${hostname}:${String(port)}`;
}

const POLL = { timeout: 90_000, interval: 250 };
const THROWS = `export const handler = async (event) => {
  if (event.fails) throw new TypeError("no");
  return { said: event.says };
};
`;
const LOGS = `export const handler = async (event) => console.log("RECORD " + JSON.stringify(event));\n`;

const clock = new SystemClock();
const onlyHearth = skipReason(process.env["TARGET"] === "aws" ? "AWS has no such command" : undefined);

let target: LambdaTarget;
let logs: CloudWatchLogsClient;
let sqs: SQSClient;
let s3: S3Client;
let Role: string;
let receiver: string;
beforeAll(async () => {
  target = await lambdaTarget();
  const { config } = target.client;
  const endpoint = await config.endpoint?.();
  const same = {
    region: target.region,
    credentials: config.credentials,
    ...(endpoint && !target.isAws && { endpoint: urlOf(endpoint) }),
  };
  logs = new CloudWatchLogsClient(same);
  sqs = new SQSClient(same);
  s3 = new S3Client({ ...same, forcePathStyle: !target.isAws });
  Role = await target.newRole(["lambda:InvokeFunction", "logs:*", "s3:ListBucket", "s3:PutObject", "sqs:SendMessage"]);
  const ZipFile = await zipOf({ "index.mjs": LOGS });
  receiver = (await target.newFunction({ Role, Code: { ZipFile } })).FunctionName;
});
afterAll(async () => {
  for (const QueueUrl of queueUrls) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  logs.destroy();
  sqs.destroy();
  s3.destroy();
  await target[Symbol.asyncDispose]();
});

const queueUrls: string[] = [];

interface Queue {
  readonly QueueUrl: string;
  readonly arn: string;
}

async function newQueue(): Promise<Queue> {
  const QueueName = `conformance-${systemRandom.hex(6)}`;
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
  queueUrls.push(QueueUrl);
  return { QueueUrl, arn: `arn:aws:sqs:${target.region}:${target.accountId}:${QueueName}` };
}

async function received({ QueueUrl }: Queue): Promise<Message> {
  const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ["All"] });
  for (;;) {
    const [message] = (await sqs.send(receive)).Messages ?? [];
    if (message) return message;
  }
}

interface InvocationRecord {
  readonly requestContext: { readonly requestId: string };
}

/** The record that the receiving function got about the event `requestId`. */
async function recordOf(requestId: string | undefined): Promise<InvocationRecord> {
  let found: InvocationRecord | undefined;
  await expect
    .poll(async () => {
      const read = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${receiver}`, filterPattern: "RECORD" });
      const { events = [] } = await logs
        .send(read)
        .catch((error: unknown): Pick<FilterLogEventsCommandOutput, "events"> => {
          if (error instanceof Error && error.name === "ResourceNotFoundException") return {};
          throw error;
        });
      found = events
        .map(({ message = "" }) => JSON.parse(message.slice(message.indexOf("RECORD ") + 7)) as InvocationRecord)
        .find(({ requestContext }) => requestContext.requestId === requestId);
      return found;
    }, POLL)
    .toBeDefined();
  return found!;
}

async function sender(concurrency?: number, Destination = target.arn(receiver)): Promise<string> {
  const ZipFile = await zipOf({ "index.mjs": THROWS });
  const { FunctionName } = await target.newFunction({ Role, Code: { ZipFile } });
  await target.client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: { Destination }, OnFailure: { Destination } },
    }),
  );
  if (concurrency !== undefined) {
    const ReservedConcurrentExecutions = concurrency;
    await target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  }
  return FunctionName;
}

async function send(FunctionName: string, event: object): Promise<string | undefined> {
  const Payload = JSON.stringify(event);
  const sent = await target.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  return sent.$metadata.requestId;
}

describe("a destination function gets AWS's record", () => {
  test("of an event that succeeds, and of one that fails for good", async () => {
    const FunctionName = await sender();
    const succeeded = await send(FunctionName, { says: "hello" });
    const failed = await send(FunctionName, { fails: true });
    const common = { version: "1.0", timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) };
    const functionArn = target.arn(FunctionName, "$LATEST");
    expect(await recordOf(succeeded)).toEqual({
      ...common,
      requestContext: { requestId: succeeded, functionArn, condition: "Success", approximateInvokeCount: 1 },
      requestPayload: { says: "hello" },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: { said: "hello" },
    });
    expect(await recordOf(failed)).toEqual({
      ...common,
      requestContext: { requestId: failed, functionArn, condition: "RetriesExhausted", approximateInvokeCount: 1 },
      requestPayload: { fails: true },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorMessage: "no", errorType: "TypeError", trace: expect.any(Array) },
    });
  });

  test("of an event of a function whose reserved concurrency is 0", async () => {
    const requestId = await send(await sender(0), { says: "hello" });
    expect(await recordOf(requestId)).toMatchObject({
      requestContext: { requestId, condition: "ZeroReservedConcurrency" },
      requestPayload: { says: "hello" },
    });
  });
});

test("a destination queue gets the record, and a dead-letter queue the event with AWS's attributes", async () => {
  const [records, dead] = await Promise.all([newQueue(), newQueue()]);
  const FunctionName = await sender(undefined, records.arn);
  const DeadLetterConfig = { TargetArn: dead.arn };
  await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig }));
  await target.updated(FunctionName);
  const requestId = await send(FunctionName, { fails: true });
  const [record, letter] = await Promise.all([received(records), received(dead)]);
  expect(JSON.parse(record.Body ?? "")).toMatchObject({
    version: "1.0",
    requestContext: { requestId, condition: "RetriesExhausted", approximateInvokeCount: 1 },
    requestPayload: { fails: true },
    responsePayload: { errorMessage: "no" },
  });
  expect(record.MessageAttributes).toBeUndefined();
  expect(letter.Body).toBe('{"fails":true}');
  expect(letter.MessageAttributes).toEqual({
    RequestID: { DataType: "String", StringValue: requestId },
    ErrorCode: { DataType: "Number", StringValue: "200" },
    ErrorMessage: { DataType: "String", StringValue: "no" },
  });
});

test("a bucket gets the record of an event that failed, under AWS's key; it is no destination of successes, and the role must allow it", async () => {
  const Bucket = `conformance-${systemRandom.hex(6)}`;
  const Destination = `arn:aws:s3:::${Bucket}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  try {
    const ZipFile = await zipOf({ "index.mjs": THROWS });
    const { FunctionName } = await target.newFunction({ Role, Code: { ZipFile } });
    const configure = async (DestinationConfig: DestinationConfig) =>
      await target.client.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0, DestinationConfig }),
      );
    await expect(configure({ OnSuccess: { Destination } })).rejects.toThrow(
      `The destination ARN ${Destination} is invalid.`,
    );
    const only = await target.newRole(["logs:*", "s3:PutObject"]);
    await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role: only }));
    await target.updated(FunctionName);
    await expect(configure({ OnFailure: { Destination } })).rejects.toThrow("execution role does not have permissions");
    await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role }));
    await target.updated(FunctionName);
    await configure({ OnFailure: { Destination } });
    const requestId = await send(FunctionName, { fails: true });
    let keys: readonly string[] = [];
    await expect
      .poll(async () => {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
        keys = Contents.map(({ Key = "" }) => Key);
        return keys.length;
      }, POLL)
      .toBe(1);
    const [Key = ""] = keys;
    const date = String.raw`\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d`;
    expect(Key).toMatch(new RegExp(`^aws/lambda/async/${FunctionName}/${date}-[0-9a-f-]{36}$`));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(JSON.parse((await Body?.transformToString()) ?? "")).toMatchObject({
      version: "1.0",
      requestContext: { requestId, condition: "RetriesExhausted" },
      requestPayload: { fails: true },
      responsePayload: { errorMessage: "no" },
    });
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  } finally {
    await s3.send(new DeleteBucketCommand({ Bucket }));
  }
});

describe("hearth events", onlyHearth, () => {
  async function hearth(...args: string[]): Promise<{ code: number; out: string; complaint: string }> {
    const said = { out: "", complaint: "" };
    const endpoint = await target.client.config.endpoint?.();
    const code = await run(["events", ...args], {
      env: { AWS_ENDPOINT_URL: endpoint && urlOf(endpoint), AWS_REGION: target.region },
      out: (text) => void (said.out += text),
      complain: (text) => void (said.complaint += text),
      sleep: (ms) => clock.sleep(ms),
    });
    return { code, ...said };
  }
  const shown = async (id = ""): Promise<{ state: string; replays: string[]; attempts: object[] }> =>
    JSON.parse((await hearth("show", id, "--json")).out) as { state: string; replays: string[]; attempts: object[] };

  test("lists, shows and replays the events of a function, and cancels only those that wait", async () => {
    const FunctionName = await sender();
    const id = await send(FunctionName, { fails: true });
    await expect.poll(async () => (await shown(id)).state, POLL).toBe("failed");
    expect((await shown(id)).attempts).toEqual([
      expect.objectContaining({ run: 1, outcome: "RetriesExhausted", status: 200, durationMs: expect.any(Number) }),
    ]);
    expect((await hearth("list", FunctionName)).out).toMatch(new RegExp(`${id} .* RetriesExhausted +1 +.*\\bno\\b`));
    expect((await hearth("show", id!)).out).toMatch(/^state +failed \(RetriesExhausted\)$/m);
    expect((await hearth("replay", "--function", FunctionName)).out).toMatch(/^Replayed as [0-9a-f-]{36}\.$/);
    const [again] = (await shown(id)).replays;
    await expect.poll(async () => (await shown(again)).state, POLL).toBe("failed");
    expect(await recordOf(again)).toMatchObject({ requestPayload: { fails: true } });
    expect(await hearth("cancel", id!)).toMatchObject({ code: 1, complaint: expect.stringContaining("is finished") });
    expect(await hearth("show", "8ff8d1c6-1234-4abc-8def-0123456789ab")).toMatchObject({ code: 1 });
    expect(await hearth("replay")).toMatchObject({ code: 2 });
    expect((await hearth("list")).out).toMatch(new RegExp(`${id} .* ${FunctionName} .* RetriesExhausted `));
    const compared = await hearth("replay", id!, again!, "--compare");
    expect(compared).toMatchObject({ code: 0, out: expect.stringMatching(/^2 same$/m) });
    const unfinished = await hearth("replay", id!, "--compare", "--wait", "0", "--json");
    expect(JSON.parse(unfinished.out)).toMatchObject({
      comparisons: [{ replayOf: id, before: { error: expect.stringContaining("no") } }],
    });
  });

  test("shows what a queue's policy refused, and why", async () => {
    const queue = await newQueue();
    const FunctionName = await sender(undefined, queue.arn);
    const Statement = [{ Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: queue.arn }];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.QueueUrl, Attributes: { Policy } }));
    // A process sees a queue's new policy after two seconds at the latest.
    let id: string | undefined;
    await expect
      .poll(async () => {
        id = await send(FunctionName, { says: "hello" });
        await expect.poll(async () => (await shown(id)).state, POLL).toBe("succeeded");
        return (await hearth("show", id!)).out;
      }, POLL)
      .toMatch(
        new RegExp(`^OnSuccess +${queue.arn} +dead +1 +User: .* with an explicit deny in a resource-based policy`, "m"),
      );
    const listed = async (): Promise<{ id: string; state: string; eventId: string }[]> =>
      JSON.parse((await hearth("list", FunctionName, "--undelivered", "--json")).out) as never;
    const [message] = await listed();
    expect(message).toMatchObject({ state: "dead", eventId: id, target: queue.arn, source: FunctionName });
    expect((await hearth("list", "--undelivered")).out).toContain(message!.id);
    expect((await hearth("show", message!.id)).out).toMatch(/^purpose +OnSuccess$/m);
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.QueueUrl, Attributes: { Policy: "" } }));
    await expect
      .poll(async () => {
        await hearth("replay", "--undelivered", "--source", FunctionName);
        return await listed();
      }, POLL)
      .toEqual([]);
  });
});
