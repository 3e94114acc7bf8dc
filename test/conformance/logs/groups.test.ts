import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  ListLogAnomalyDetectorsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";
import { refusal } from "../refusal.ts";

let target: ServiceTarget;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  target = await serviceTarget();
  logs = new CloudWatchLogsClient({ ...target.config, maxAttempts: 1 });
});
afterAll(async () => await target[Symbol.asyncDispose]());
const onAws = process.env["TARGET"] === "aws" ? "AWS has built it" : undefined;

async function newGroup(tags?: Record<string, string>): Promise<string> {
  const logGroupName = `/test/${target.newName()}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName, ...(tags ? { tags } : {}) }));
  return logGroupName;
}

describe("a log group", () => {
  test("is created, described and deleted", async () => {
    const logGroupName = await newGroup();
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
    const arn = `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}`;
    expect(logGroups).toEqual([
      expect.objectContaining({
        logGroupName,
        arn: `${arn}:*`,
        logGroupArn: arn,
        logGroupClass: "STANDARD",
        metricFilterCount: 0,
        storedBytes: 0,
        creationTime: expect.any(Number),
      }),
    ]);
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    expect((await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups).toEqual([]);
  });

  test("that already exists or is missing is refused with AWS's message", async () => {
    const logGroupName = await newGroup();
    expect(await refusal(logs.send(new CreateLogGroupCommand({ logGroupName })))).toEqual({
      name: "ResourceAlreadyExistsException",
      status: 400,
      message: "The specified log group already exists",
    });
    const missing = {
      name: "ResourceNotFoundException",
      status: 400,
      message: "The specified log group does not exist.",
    };
    const nobody = `/test/${target.newName()}`;
    expect(await refusal(logs.send(new DeleteLogGroupCommand({ logGroupName: nobody })))).toEqual(missing);
    expect(await refusal(logs.send(new DescribeLogStreamsCommand({ logGroupName: nobody })))).toEqual(missing);
    const retention = new PutRetentionPolicyCommand({ logGroupName: nobody, retentionInDays: 7 });
    expect(await refusal(logs.send(retention))).toEqual(missing);
  });

  test("with invalid characters in its name is refused as an invalid parameter", async () => {
    expect(await refusal(logs.send(new CreateLogGroupCommand({ logGroupName: "a b" })))).toEqual({
      name: "InvalidParameterException",
      status: 400,
      message:
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
    });
  });

  test("has one of AWS's retention periods, or none", async () => {
    const logGroupName = await newGroup();
    const days = async () => {
      const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
      return logGroups?.[0]?.retentionInDays;
    };
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));
    expect(await days()).toBe(7);
    const odd = logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 }));
    expect(await refusal(odd)).toMatchObject({ name: "InvalidParameterException", status: 400 });
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
    expect(await days()).toBeUndefined();
  });

  test("is listed page by page, by prefix or by a part of the name", async () => {
    const prefix = `/test/${target.newName()}`;
    for (const name of ["a", "b", "c"])
      await logs.send(new CreateLogGroupCommand({ logGroupName: `${prefix}/${name}` }));
    const first = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, limit: 2 }));
    const second = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, limit: 2, nextToken: first.nextToken }),
    );
    const names = [first, second].map(({ logGroups }) => logGroups?.map(({ logGroupName }) => logGroupName?.slice(-1)));
    expect([names, second.nextToken]).toEqual([[["a", "b"], ["c"]], undefined]);
    const pattern = prefix.slice(7).toUpperCase();
    const found = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: pattern }));
    expect(found.logGroups).toHaveLength(3);
    const both = new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, logGroupNamePattern: pattern });
    expect(await refusal(logs.send(both))).toMatchObject({ name: "InvalidParameterException" });
  });

  test("is tagged by ARN and, with the deprecated operations, by name", async () => {
    const logGroupName = await newGroup({ a: "1" });
    const resourceArn = `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}`;
    const tags = async () => (await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
    expect(await tags()).toEqual({ a: "1" });
    await logs.send(new TagResourceCommand({ resourceArn, tags: { a: "2", b: "ü" } }));
    expect(await tags()).toEqual({ a: "2", b: "ü" });
    await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    await logs.send(new TagLogGroupCommand({ logGroupName, tags: { c: "3" } }));
    expect((await logs.send(new ListTagsLogGroupCommand({ logGroupName }))).tags).toEqual({ b: "ü", c: "3" });
    await logs.send(new UntagLogGroupCommand({ logGroupName, tags: ["b", "c"] }));
    expect(await tags()).toEqual({});
    const nobody = logs.send(new ListTagsForResourceCommand({ resourceArn: `${resourceArn}x` }));
    expect(await refusal(nobody)).toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("a log stream", () => {
  test("is created, described and deleted", async () => {
    const logGroupName = await newGroup();
    for (const logStreamName of ["b/$1", "a"])
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    expect(logStreams?.map(({ logStreamName }) => logStreamName)).toEqual(["a", "b/$1"]);
    expect(logStreams?.[0]?.arn).toBe(
      `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}:log-stream:a`,
    );
    const latest = new DescribeLogStreamsCommand({
      logGroupName,
      orderBy: "LastEventTime",
      descending: true,
      limit: 1,
    });
    const page = await logs.send(latest);
    expect([page.logStreams?.length, typeof page.nextToken]).toEqual([1, "string"]);
    const again = logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "a" }));
    expect(await refusal(again)).toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log stream already exists",
    });
    await logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: "a" }));
    const gone = logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: "a" }));
    expect(await refusal(gone)).toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log stream does not exist.",
    });
  });
});

test("an operation that is not built answers NotImplementedException", skipReason(onAws), async () => {
  const detectors = new ListLogAnomalyDetectorsCommand({});
  expect(await refusal(logs.send(detectors))).toMatchObject({
    name: "NotImplementedException",
    status: 400,
    message: "The operation ListLogAnomalyDetectors is not implemented by Hearth.",
  });
});
