import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AwsCli,
  awsCli,
  awsEnvironment,
  findProgram,
  noProgram,
  type RunningHearth,
  runProgram,
  skipReason,
  startHearth,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ACCOUNT = "us-east-1:000000000000";
const STORY = `
import json, boto3
from botocore.exceptions import ClientError

sns, sqs = boto3.client("sns"), boto3.client("sqs")
topic = sns.create_topic(Name="python.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})["TopicArn"]
url = sqs.create_queue(QueueName="python.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
policy = json.dumps({"kind": [{"prefix": "or"}]})
subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True,
                             Attributes={"FilterPolicy": policy, "RawMessageDelivery": "true"})["SubscriptionArn"]
kind = lambda value: {"kind": {"DataType": "String", "StringValue": value}, "bytes": {"DataType": "Binary", "BinaryValue": b"\\x01"}}
batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
    {"Id": str(n), "Message": f"m{n}", "MessageGroupId": "g", "MessageAttributes": kind(value)}
    for n, value in enumerate(["order", "other", "return"])])
got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10, MessageAttributeNames=["All"])["Messages"]
def refused(call, **asked):
    try:
        call(**asked)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Message"]]
said = {
    "published": [len(batch["Successful"]), len(batch["Failed"])],
    "ordered": [one["SequenceNumber"] for one in batch["Successful"]] == sorted(one["SequenceNumber"] for one in batch["Successful"]),
    "got": [[one["Body"], one["MessageAttributes"]["bytes"]["BinaryValue"].hex()] for one in got],
    "filter": sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["FilterPolicy"] == policy,
    "topics": [one["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for one in page["Topics"]],
    "missing": refused(sns.publish, TopicArn=topic.replace("python", "none"), Message="x", MessageGroupId="g"),
    "ungrouped": refused(sns.publish, TopicArn=topic, Message="x"),
}
sns.unsubscribe(SubscriptionArn=subscription)
sns.delete_topic(TopicArn=topic)
said["gone"] = refused(sns.get_topic_attributes, TopicArn=topic)
print(json.dumps(said))
`;

const python = findProgram("python3");
const noBoto3 =
  python && (await runProgram(python, ["-c", "import boto3"], { cwd: tmpdir(), env: process.env })).code === 0
    ? undefined
    : "python3 has no boto3";

describe("clients of SNS", () => {
  let hearth: RunningHearth;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hearth-sns-"));
    hearth = await startHearth();
  });
  afterAll(async () => {
    await hearth?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    "boto3 publishes in batches to a FIFO topic, filters, pages and understands every refusal",
    skipReason(noBoto3),
    async () => {
      await writeFile(join(folder, "story.py"), STORY);
      const env = { ...process.env, ...awsEnvironment(hearth.clientConfig) };
      const { code, stdout, stderr } = await runProgram(python ?? "", ["story.py"], { cwd: folder, env });
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        published: [3, 0],
        ordered: true,
        got: [["m0", "01"]],
        filter: true,
        topics: [`arn:aws:sns:${ACCOUNT}:python.fifo`],
        missing: ["NotFound", 404, "Topic does not exist"],
        ungrouped: [
          "InvalidParameter",
          400,
          "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
        ],
        gone: ["NotFound", 404, "Topic does not exist"],
      });
    },
  );

  test(
    "the aws command makes a topic, subscribes a queue, publishes and cleans up",
    skipReason(noProgram("aws")),
    async () => {
      const plain = await awsCli(hearth.clientConfig, folder);
      // Version 1 does not read AWS_ENDPOINT_URL for SQS.
      const aws = async (...args: Parameters<AwsCli>) =>
        JSON.parse((await plain("--endpoint-url", hearth.endpoint, ...args)) || "{}") as Record<string, unknown>;
      const topic = `arn:aws:sns:${ACCOUNT}:cli`;
      const queue = `arn:aws:sqs:${ACCOUNT}:cli`;
      expect(await aws("sns", "create-topic", "--name", "cli", "--tags", "Key=a,Value=1")).toEqual({ TopicArn: topic });
      const Statement = [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: queue }];
      const attributes = JSON.stringify({ Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
      const { QueueUrl } = await aws("sqs", "create-queue", "--queue-name", "cli", "--attributes", attributes);
      const raw = ["--attributes", "RawMessageDelivery=true"];
      const { SubscriptionArn } = await aws(
        ...["sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", queue],
        ...raw,
      );
      const kind = '{"kind":{"DataType":"String","StringValue":"a"}}';
      await aws("sns", "publish", "--topic-arn", topic, "--message", "hello", "--message-attributes", kind);
      const received = await aws(
        ...["sqs", "receive-message", "--queue-url", String(QueueUrl), "--wait-time-seconds", "20"],
        ...["--message-attribute-names", "All"],
      );
      expect(received).toMatchObject({ Messages: [{ Body: "hello", MessageAttributes: JSON.parse(kind) as object }] });
      const { Subscriptions } = await aws("sns", "list-subscriptions-by-topic", "--topic-arn", topic);
      expect(Subscriptions).toEqual([
        { SubscriptionArn, Owner: "000000000000", Protocol: "sqs", Endpoint: queue, TopicArn: topic },
      ]);
      expect(await aws("sns", "list-tags-for-resource", "--resource-arn", topic)).toEqual({
        Tags: [{ Key: "a", Value: "1" }],
      });
      const sms = aws("sns", "publish", "--phone-number", "+123", "--message", "x");
      await expect(sms).rejects.toThrow("Hearth does not send SMS");
      await aws("sns", "unsubscribe", "--subscription-arn", String(SubscriptionArn));
      await aws("sns", "delete-topic", "--topic-arn", topic);
      await aws("sqs", "delete-queue", "--queue-url", String(QueueUrl));
      expect(await aws("sns", "list-topics")).toEqual({ Topics: [] });
    },
  );
});
