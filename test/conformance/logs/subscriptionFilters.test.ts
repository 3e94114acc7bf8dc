import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  DeleteSubscriptionFilterCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { refusal } from "../refusal.ts";
import { type LogsTarget, logsTarget } from "./logsTarget.ts";

let target: LogsTarget;
let sqs: SQSClient;
beforeAll(async () => {
  target = await logsTarget();
  sqs = new SQSClient(await target.config());
});
afterAll(async () => {
  sqs.destroy();
  await target[Symbol.asyncDispose]();
});
/** The name of a function in the lineages of trace headers. */
const lineageName = (arn: string): string => createHash("sha256").update(arn).digest("hex").slice(0, 8);
const onAws = process.env["TARGET"] === "aws" ? "functions are not deleted there" : undefined;

/** Writes the event that it gets to its log. */
const ECHO = "export const handler = async (event) => { console.log('GOT ' + JSON.stringify(event)); };";

interface Delivered {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly { readonly id: string; readonly timestamp: number; readonly message: string }[];
}

/** What the function got so far, decoded. */
async function received(functionArn: string): Promise<readonly Delivered[]> {
  const logGroupName = `/aws/lambda/${functionArn.split(":")[6]}`;
  const { events = [] } = await target.logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: "GOT" }));
  return events.map(({ message = "" }) => {
    const { awslogs } = JSON.parse(message.slice(message.indexOf("GOT ") + 4)) as { awslogs: { data: string } };
    return JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")).toString()) as Delivered;
  });
}

const patiently = { timeout: 30_000, interval: 250 };

describe("subscription filters", skipReason(onAws), () => {
  test("events that match reach the function, by stream, in AWS's shape", { timeout: 60_000 }, async () => {
    const logGroupName = await target.groupWith("a", "b");
    const destinationArn = await target.newFunction(ECHO, logGroupName);
    await target.put(logGroupName, "a", ["ERROR before the filter"]);
    await target.logs.send(
      new PutSubscriptionFilterCommand({ logGroupName, filterName: "errors", filterPattern: "ERROR", destinationArn }),
    );
    await target.put(logGroupName, "a", ["ERROR one", "INFO two", "ERROR three"]);
    await target.put(logGroupName, "b", ["ERROR four"]);
    await target.put(logGroupName, "b", ["nothing"]);
    const got = await vi.waitFor(async () => {
      const all = await received(destinationArn);
      expect(all).toHaveLength(2);
      return all.toSorted((a, b) => (a.logStream < b.logStream ? -1 : 1));
    }, patiently);
    expect(got[0]).toEqual({
      messageType: "DATA_MESSAGE",
      owner: destinationArn.split(":")[4],
      logGroup: logGroupName,
      logStream: "a",
      subscriptionFilters: ["errors"],
      logEvents: [
        { id: expect.stringMatching(/^\d{40}$/), timestamp: expect.any(Number), message: "ERROR one" },
        { id: expect.stringMatching(/^\d{40}$/), timestamp: expect.any(Number), message: "ERROR three" },
      ],
    });
    expect(got[1]?.logEvents.map(({ message }) => message)).toEqual(["ERROR four"]);
  });

  test("events reach a stream, compressed, after the test message", { timeout: 40_000 }, async () => {
    const logGroupName = await target.groupWith("s");
    const config = await target.config();
    const kinesis = new KinesisClient(config);
    const iam = new IAMClient(config);
    const StreamName = target.newName();
    await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    const { StreamARN: destinationArn } = await vi.waitFor(async () => {
      const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }));
      expect(StreamDescription?.StreamStatus).toBe("ACTIVE");
      return StreamDescription ?? { StreamARN: undefined };
    }, patiently);
    const document = (statement: object): string =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const RoleName = target.newName();
    const trust = { Principal: { Service: "logs.amazonaws.com" }, Action: "sts:AssumeRole" };
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
    const PolicyDocument = document({ Action: "kinesis:PutRecord", Resource: destinationArn });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "put", PolicyDocument }));
    const filter = { logGroupName, filterName: "all", filterPattern: "", roleArn: Role?.Arn };
    await target.logs.send(new PutSubscriptionFilterCommand({ ...filter, destinationArn }));
    await target.put(logGroupName, "s", ["one", "two"]);
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" }),
    );
    const records = await vi.waitFor(async () => {
      const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      expect(Records).toHaveLength(2);
      return Records.map(({ Data = Buffer.of() }) => JSON.parse(gunzipSync(Data).toString()) as Delivered);
    }, patiently);
    expect(records.map(({ messageType }) => messageType)).toEqual(["CONTROL_MESSAGE", "DATA_MESSAGE"]);
    expect(records[1]?.logEvents.map(({ message }) => message)).toEqual(["one", "two"]);
    await kinesis.send(new DeleteStreamCommand({ StreamName }));
    kinesis.destroy();
    iam.destroy();
  });

  test("filters are put, replaced, described and deleted", async () => {
    const logGroupName = await target.groupWith();
    const destinationArn = await target.newFunction(ECHO, logGroupName);
    const put = async (filterName: string, filterPattern: string) =>
      await target.logs.send(
        new PutSubscriptionFilterCommand({ logGroupName, filterName, filterPattern, destinationArn }),
      );
    await put("one", "");
    await put("two", "{ $.a = 1 }");
    await put("one", "[a, b]");
    expect(await refusal(put("three", ""))).toMatchObject({ name: "LimitExceededException", status: 400 });
    const describe = async (further = {}) =>
      await target.logs.send(new DescribeSubscriptionFiltersCommand({ logGroupName, ...further }));
    const { subscriptionFilters = [], nextToken } = await describe({ limit: 1 });
    expect(subscriptionFilters).toEqual([
      {
        filterName: "one",
        logGroupName,
        filterPattern: "[a, b]",
        destinationArn,
        distribution: "ByLogStream",
        applyOnTransformedLogs: false,
        creationTime: expect.any(Number),
      },
    ]);
    expect((await describe({ nextToken })).subscriptionFilters?.map(({ filterName }) => filterName)).toEqual(["two"]);
    expect((await describe({ filterNamePrefix: "tw" })).subscriptionFilters).toHaveLength(1);
    await target.logs.send(new DeleteSubscriptionFilterCommand({ logGroupName, filterName: "one" }));
    const again = await refusal(
      target.logs.send(new DeleteSubscriptionFilterCommand({ logGroupName, filterName: "one" })),
    );
    expect(again).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("refuses destinations that it may not or cannot send to", async () => {
    const logGroupName = await target.groupWith();
    const put = async (destinationArn: string, further = {}) =>
      await refusal(
        target.logs.send(
          new PutSubscriptionFilterCommand({
            logGroupName,
            filterName: "f",
            filterPattern: "",
            destinationArn,
            ...further,
          }),
        ),
      );
    const unallowed = await target.newFunction(ECHO, `${logGroupName}-other`);
    expect(await put(unallowed)).toMatchObject({
      name: "InvalidParameterException",
      message:
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
    });
    expect(await put(unallowed.replace(/[^:]+$/, "missing"))).toMatchObject({ name: "InvalidParameterException" });
    expect(await put("arn:aws:firehose:us-east-1:000000000000:deliverystream/s")).toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("does not send log events to"),
    });
    const noStream = "arn:aws:kinesis:us-east-1:000000000000:stream/missing";
    const roleArn = target.lambda.Role;
    expect(await put(noStream)).toMatchObject({
      message: "destinationArn for vendor kinesis cannot be used without roleArn",
    });
    expect(await put(noStream, { roleArn })).toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Could not deliver test message to specified Kinesis stream."),
    });
    expect(await put("not an ARN")).toMatchObject({ name: "InvalidParameterException" });
    expect(await put(unallowed, { filterPattern: "{ $.a }" })).toMatchObject({ name: "InvalidParameterException" });
    expect(await put(unallowed, { logGroupName: "/missing" })).toMatchObject({ name: "ResourceNotFoundException" });
    const own = await target.newFunction(ECHO, "*");
    const reserved = await put(own, { logGroupName: `/aws/lambda/${own.split(":")[6]}` });
    expect(reserved).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test(
    "a function's own log group is refused, and functions that feed each other end",
    { timeout: 90_000 },
    async () => {
      const logGroupName = await target.groupWith("s");
      const shared = await target.groupWith();
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: target.newName() }));
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
      const DeadLetterConfig = { TargetArn: Attributes?.["QueueArn"] };
      // Each is called for what the other has written.
      const Role = await target.lambda.newRole(["sqs:SendMessage"]);
      const one = await target.newFunction(ECHO, logGroupName, { DeadLetterConfig, Role });
      const LoggingConfig = { LogGroup: shared };
      const two = await target.newFunction(ECHO, `/aws/lambda/${one.split(":")[6]}`, { LoggingConfig });
      await target.allow(one.split(":")[6] as string, shared);
      const put = (group: string, destinationArn: string, filterName: string, filterPattern = "") =>
        target.logs.send(
          new PutSubscriptionFilterCommand({ logGroupName: group, destinationArn, filterName, filterPattern }),
        );
      expect(await refusal(put(shared, two, "own"))).toMatchObject({
        name: "InvalidParameterException",
        message: "The log group provided is reserved for the function logs of the destination function.",
      });
      await put(logGroupName, one, "start");
      await target.put(logGroupName, "s", ["go"]);
      await vi.waitFor(async () => expect(await received(one)).toHaveLength(1), patiently);
      await put(`/aws/lambda/${one.split(":")[6]}`, two, "there", "GOT");
      await put(shared, one, "back", "GOT");
      // As if the first function had run 13 times in this chain: it runs twice more, and its third event is given up.
      await target.put(logGroupName, "s", ["go again"], `Lineage=${lineageName(one)}:13`);
      await vi.waitFor(async () => {
        const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
        expect(Messages).toHaveLength(1);
      }, patiently);
      expect(await received(one)).toHaveLength(3);
      const { events } = await target.logs.send(
        new FilterLogEventsCommand({ logGroupName: shared, filterPattern: "GOT" }),
      );
      expect(events).toHaveLength(2);
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  );
});
