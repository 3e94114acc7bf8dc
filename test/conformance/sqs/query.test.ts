import { md5Of } from "@hearth/queues";
import { type ClientConfig, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RawAnswer, signedCall } from "../../support/signedFetch.ts";
import { type SqsTarget, sqsTarget } from "./sqsTarget.ts";

let target: SqsTarget;
beforeAll(async () => void (target = await sqsTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());
const onAws = process.env["TARGET"] === "aws" ? "the requests are signed for one endpoint" : undefined;

/** A request as older clients send it: a form, to the URL of the queue. */
async function call(
  QueueUrl: string | undefined,
  Action: string,
  members: Record<string, string> = {},
  more: Record<string, string> = {},
): Promise<RawAnswer> {
  const path = QueueUrl === undefined ? [""] : QueueUrl.split("/").slice(-2);
  const body = Buffer.from(new URLSearchParams({ Action, Version: "2012-11-05", ...members }).toString());
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...more };
  return await signedCall(target.config as ClientConfig, {
    service: "sqs",
    method: "POST",
    path,
    query: [],
    headers,
    body,
  });
}

const textOf = ({ body }: RawAnswer): string => body.toString();
const element = (answer: RawAnswer, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(textOf(answer))?.[1] ?? "";

describe("the query protocol", skipReason(onAws), () => {
  test("creates, sends, receives and deletes", async () => {
    const QueueName = target.newName();
    const created = await call(undefined, "CreateQueue", {
      QueueName,
      "Attribute.1.Name": "VisibilityTimeout",
      "Attribute.1.Value": "40",
      "Tag.1.Key": "team",
      "Tag.1.Value": "a",
    });
    expect(created.headers["content-type"]).toContain("text/xml");
    expect(textOf(created)).toContain(
      '<CreateQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><CreateQueueResult>',
    );
    const QueueUrl = element(created, "QueueUrl");
    expect(QueueUrl.endsWith(`/${target.accountId}/${QueueName}`)).toBe(true);

    const sent = await call(QueueUrl, "SendMessage", {
      MessageBody: "<a & b>",
      "MessageAttribute.1.Name": "n",
      "MessageAttribute.1.Value.DataType": "Binary",
      "MessageAttribute.1.Value.BinaryValue": "AAEC",
    });
    expect(element(sent, "MD5OfMessageBody")).toBe(md5Of("<a & b>"));
    const received = await call(QueueUrl, "ReceiveMessage", {
      MaxNumberOfMessages: "10",
      "AttributeName.1": "ApproximateReceiveCount",
      "MessageAttributeName.1": "All",
    });
    expect(textOf(received)).toContain("<Body>&lt;a &amp; b&gt;</Body>");
    expect(textOf(received)).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
    expect(textOf(received)).toContain(
      "<MessageAttribute><Name>n</Name><Value><BinaryValue>AAEC</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute>",
    );
    expect(element(received, "MD5OfMessageAttributes")).toBe(element(sent, "MD5OfMessageAttributes"));
    const deleted = await call(QueueUrl, "DeleteMessage", { ReceiptHandle: element(received, "ReceiptHandle") });
    expect([deleted.status, textOf(deleted)]).toEqual([200, expect.stringContaining("<DeleteMessageResponse")]);

    const shown = await call(QueueUrl, "GetQueueAttributes", { "AttributeName.1": "VisibilityTimeout" });
    expect(textOf(shown)).toContain("<Attribute><Name>VisibilityTimeout</Name><Value>40</Value></Attribute>");
    expect(textOf(await call(QueueUrl, "ListQueueTags"))).toContain("<Tag><Key>team</Key><Value>a</Value></Tag>");
    expect(textOf(await call(undefined, "ListQueues", { QueueNamePrefix: QueueName }))).toContain(
      `<ListQueuesResult><QueueUrl>${QueueUrl}</QueueUrl></ListQueuesResult>`,
    );
    expect((await call(QueueUrl, "DeleteQueue")).status).toBe(200);
  });

  test("refuses to purge a queue twice within a minute with 403", async () => {
    const QueueUrl = await target.newQueue();
    expect((await call(QueueUrl, "PurgeQueue")).status).toBe(200);
    const refused = await call(QueueUrl, "PurgeQueue");
    expect([refused.status, element(refused, "Code")]).toEqual([403, "AWS.SimpleQueueService.PurgeQueueInProgress"]);
  });

  test("takes the trace header of the request, as SDKs in functions send it, for that of the message", async () => {
    const QueueUrl = await target.newQueue();
    const trace = { "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:0" };
    const sent = await call(QueueUrl, "SendMessage", { MessageBody: "x" }, trace);
    expect(element(sent, "MD5OfMessageSystemAttributes")).toBe("");
    const received = await call(QueueUrl, "ReceiveMessage", { "AttributeName.1": "AWSTraceHeader" });
    expect(textOf(received)).toContain(`<Name>AWSTraceHeader</Name><Value>${trace["x-amzn-trace-id"]}</Value>`);
  });

  test("answers batches entry by entry", async () => {
    const QueueUrl = await target.newQueue();
    const sent = await call(QueueUrl, "SendMessageBatch", {
      "SendMessageBatchRequestEntry.1.Id": "a",
      "SendMessageBatchRequestEntry.1.MessageBody": "one",
      "SendMessageBatchRequestEntry.2.Id": "b",
      "SendMessageBatchRequestEntry.2.MessageBody": "two",
      "SendMessageBatchRequestEntry.2.DelaySeconds": "1000",
    });
    expect(textOf(sent)).toContain("<SendMessageBatchResultEntry><Id>a</Id>");
    expect(textOf(sent)).toContain(
      "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Code>InvalidParameterValue</Code>",
    );
  });

  test("has codes of its own, which JSON errors have in a header", async () => {
    const gone = `http://localhost/${target.accountId}/${target.newName()}`;
    const refused = await call(gone, "SendMessage", { MessageBody: "x" });
    expect(refused.status).toBe(400);
    expect(textOf(refused)).toContain(
      "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not exist.</Message>",
    );
    const json = await signedCall(target.config as ClientConfig, {
      service: "sqs",
      method: "POST",
      path: [""],
      query: [],
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" },
      body: Buffer.from(JSON.stringify({ QueueUrl: gone, MessageBody: "x" })),
    });
    expect(json.headers["x-amzn-query-error"]).toBe("AWS.SimpleQueueService.NonExistentQueue;Sender");
    expect(JSON.parse(textOf(json))).toEqual({
      __type: "com.amazonaws.sqs#QueueDoesNotExist",
      message: "The specified queue does not exist.",
    });
  });
});
