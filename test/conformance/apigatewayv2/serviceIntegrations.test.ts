import { CreateIntegrationCommand, ExportApiCommand } from "@aws-sdk/client-apigatewayv2";
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { ReceiveMessageCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIntegrationRole } from "../apigateway/integrationRoles.ts";
import { type SqsTarget, sqsTarget } from "../sqs/sqsTarget.ts";
import { type HttpApiTarget, httpApiTarget } from "./httpApiTarget.ts";

let target: HttpApiTarget & AsyncDisposable;
let queues: SqsTarget;
let role = "";
beforeAll(async () => {
  [target, queues] = await Promise.all([httpApiTarget(), sqsTarget()]);
  role = await newIntegrationRole(queues.config, ["sqs:*", "events:PutEvents", "kinesis:PutRecord"]);
});
afterAll(async () => {
  await Promise.all([target[Symbol.asyncDispose](), queues[Symbol.asyncDispose]()]);
});

type Parameters = Readonly<Record<string, string>>;

function integration(ApiId: string, IntegrationSubtype: string, RequestParameters: Parameters, more: object = {}) {
  return new CreateIntegrationCommand({
    ...{ ApiId, IntegrationType: "AWS_PROXY", IntegrationSubtype, RequestParameters },
    ...{ CredentialsArn: role, PayloadFormatVersion: "1.0", ...more },
  });
}

/** An API whose routes call one subtype each. */
async function apiWith(routes: Readonly<Record<string, readonly [string, Parameters, object?]>>): Promise<string> {
  const ApiId = await target.newApi();
  for (const [key, [subtype, parameters, more]] of Object.entries(routes)) {
    const { IntegrationId } = await target.apis.send(integration(ApiId, subtype, parameters, more));
    await target.newRoute(ApiId, key, { Target: `integrations/${IntegrationId}` });
  }
  await target.newStage(ApiId, { StageVariables: { kind: "order" } });
  return ApiId;
}

test("routes send, receive and delete messages of a queue, and empty it", async () => {
  const QueueUrl = await queues.newQueue();
  const attributes =
    '{"kind": {"DataType": "String", "StringValue": "${stageVariables.kind}"}, "from": {"DataType": "String", "StringValue": "${request.header.x-from}"}}';
  const ApiId = await apiWith({
    "POST /all": ["SQS-SendMessage", { QueueUrl, MessageBody: "$request.body", MessageAttributes: attributes }],
    "POST /part": ["SQS-SendMessage", { QueueUrl, MessageBody: "$request.body.items[1]" }],
    "GET /next": [
      "SQS-ReceiveMessage",
      { QueueUrl, MaxNumberOfMessages: "1", WaitTimeSeconds: "5", AttributeNames: "All", MessageAttributeNames: "All" },
    ],
    "DELETE /one": ["SQS-DeleteMessage", { QueueUrl, ReceiptHandle: "$request.querystring.handle" }],
    "DELETE /every": ["SQS-PurgeQueue", { QueueUrl }],
  });
  const body = 'no JSON & <more> + "text"';
  const sent = await target.call(ApiId, "/all", { method: "POST", body, headers: { "x-from": "a=b&c" } });
  expect(sent).toMatchObject({ status: 200, headers: { "content-type": "text/xml" } });
  expect(sent.body).toMatch(/^<SendMessageResponse xmlns=".*<MessageId>[0-9a-f-]{36}<\/MessageId>/);
  const next = await target.call(ApiId, "/next");
  expect(next.body).toContain("no JSON &amp; &lt;more&gt; + &quot;text&quot;");
  expect(next.body).toContain("<StringValue>a=b&amp;c</StringValue>");
  expect(next.body).toContain("<StringValue>order</StringValue>");
  const handle = /<ReceiptHandle>([^<]+)/.exec(next.body)?.[1] ?? "";
  const deleted = await target.call(ApiId, `/one?handle=${encodeURIComponent(handle)}`, { method: "DELETE" });
  expect(deleted).toMatchObject({ status: 200, body: expect.stringContaining("<DeleteMessageResponse") });

  await target.call(ApiId, "/part", { method: "POST", body: '{"items": [1, {"deep": "yes"}]}' });
  const { Messages } = await queues.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
  expect(Messages).toMatchObject([{ Body: '{"deep":"yes"}' }]);
  expect(await target.call(ApiId, "/every", { method: "DELETE" })).toMatchObject({ status: 200 });

  const missing = { status: 400, body: '{"message":"Bad Request"}' };
  expect(await target.call(ApiId, "/part", { method: "POST", body: '{"items": []}' })).toMatchObject(missing);
  expect(await target.call(ApiId, "/part", { method: "POST", body: "text" })).toMatchObject(missing);
  expect(await target.call(ApiId, "/all", { method: "POST" })).toMatchObject(missing);
});

test("a route puts events on a bus and records into a stream", async () => {
  await using stack = new AsyncDisposableStack();
  const bridge = stack.adopt(new EventBridgeClient(queues.config), (it) => it.destroy());
  const kinesis = stack.adopt(new KinesisClient(queues.config), (it) => it.destroy());
  const StreamName = queues.newName();
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  stack.defer(async () => void (await kinesis.send(new DeleteStreamCommand({ StreamName }))));
  const EventBusName = queues.newName();
  const QueueUrl = await queues.newQueue();
  const Arn = `arn:aws:sqs:${queues.region}:${queues.accountId}:${QueueUrl.split("/").at(-1)}`;
  const Statement = [
    { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: Arn },
  ];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await queues.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await bridge.send(new CreateEventBusCommand({ Name: EventBusName }));
  stack.defer(async () => void (await bridge.send(new DeleteEventBusCommand({ Name: EventBusName }))));
  const rule = { Name: "all", EventBusName };
  await bridge.send(new PutRuleCommand({ ...rule, EventPattern: '{"source": ["shop"]}' }));
  stack.defer(async () => {
    await bridge.send(new RemoveTargetsCommand({ Rule: "all", EventBusName, Ids: ["1"] }));
    await bridge.send(new DeleteRuleCommand(rule));
  });
  await bridge.send(new PutTargetsCommand({ Rule: "all", EventBusName, Targets: [{ Id: "1", Arn }] }));
  const ApiId = await apiWith({
    "POST /events/{type}": [
      "EventBridge-PutEvents",
      {
        ...{ EventBusName, Source: "shop", DetailType: "$request.path.type", Detail: "$request.body" },
        ...{ Time: "2026-01-02T03:04:05Z", Resources: "arn:aws:x:::a, arn:aws:x:::b", Region: queues.region },
      },
    ],
    "POST /records": [
      "Kinesis-PutRecord",
      { StreamName, Data: "$request.body", PartitionKey: "$request.header.x-key" },
    ],
  });
  const put = await target.call(ApiId, "/events/paid", { method: "POST", body: '{"id": 7}' });
  expect(put.status).toBe(200);
  expect(JSON.parse(put.body)).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
  const received = await queues.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  expect(JSON.parse(received.Messages?.[0]?.Body ?? "{}")).toMatchObject({
    ...{ "detail-type": "paid", source: "shop", detail: { id: 7 } },
    ...{ time: "2026-01-02T03:04:05Z", resources: ["arn:aws:x:::a", "arn:aws:x:::b"] },
  });

  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 60, minDelay: 1 }, { StreamName });
  const record = await target.call(ApiId, "/records", { method: "POST", body: "text", headers: { "x-key": "k" } });
  const { ShardId, SequenceNumber: StartingSequenceNumber } = JSON.parse(record.body) as Record<string, string>;
  const at = { StreamName, ShardId, StartingSequenceNumber, ShardIteratorType: "AT_SEQUENCE_NUMBER" } as const;
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at));
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  expect(Records).toMatchObject([{ PartitionKey: "k", Data: new TextEncoder().encode("text") }]);
});

test("the role decides: what it does not allow is refused by the service, and one that API Gateway may not assume answers 500", async () => {
  const QueueUrl = await queues.newQueue();
  const [silent, foreign] = await Promise.all([
    newIntegrationRole(queues.config, ["sqs:ReceiveMessage"]),
    newIntegrationRole(queues.config, ["sqs:*"], "lambda.amazonaws.com"),
  ]);
  const send = ["SQS-SendMessage", { QueueUrl, MessageBody: "hello" }] as const;
  const denied = {
    "403": { "overwrite:statuscode": "418", "overwrite:header.x-why": "$response.header.content-type" },
  };
  const ApiId = await apiWith({
    "POST /silent": [...send, { CredentialsArn: silent }],
    "POST /mapped": [...send, { CredentialsArn: silent, ResponseParameters: denied }],
    "POST /foreign": [...send, { CredentialsArn: foreign }],
    "POST /missing": [...send, { CredentialsArn: `${foreign}-not` }],
  });
  const post = async (path: string) => await target.call(ApiId, path, { method: "POST" });
  const refused = await post("/silent");
  expect(refused.status).toBe(403);
  expect(refused.body).toMatch(
    /<Code>AccessDenied<\/Code><Message>User: arn:aws:sts::\d{12}:assumed-role\/[^ ]+ is not authorized to perform: sqs:SendMessage/,
  );
  expect(await post("/mapped")).toMatchObject({ status: 418, headers: { "x-why": "text/xml" } });
  const failed = { status: 500, body: '{"message":"Internal Server Error"}' };
  expect(await post("/foreign")).toMatchObject(failed);
  expect(await post("/missing")).toMatchObject(failed);
  const { Messages } = await queues.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages).toBeUndefined();
});

test("an integration with a subtype is checked when it is made, and exported with it", async () => {
  const ApiId = await target.newApi();
  const parameters = { QueueUrl: "https://sqs.us-east-1.amazonaws.com/000000000000/q", MessageBody: "$request.body" };
  const wrong: readonly [string, Parameters, object?][] = [
    ["SQS-SendMessage", { QueueUrl: parameters.QueueUrl }],
    ["SQS-SendMessage", { ...parameters, Colour: "red" }],
    ["SQS-SendMessage", { ...parameters, MessageGroupId: "$request.cookie.a" }],
    ["SQS-SendMessage", parameters, { CredentialsArn: undefined }],
    ["SQS-SendMessage", parameters, { PayloadFormatVersion: "2.0" }],
    ["SQS-SendMessage", parameters, { IntegrationUri: "https://example.org" }],
    ["SQS-SendMessage", parameters, { IntegrationType: "HTTP_PROXY" }],
    ["SQS-Dance", parameters],
  ];
  for (const [subtype, given, more] of wrong) {
    const made = target.apis.send(integration(ApiId, subtype, given, more));
    await expect(made, JSON.stringify([subtype, given, more])).rejects.toMatchObject({ name: "BadRequestException" });
  }
  const machine = target.apis.send(integration(ApiId, "StepFunctions-StartExecution", { StateMachineArn: "x" }));
  await expect(machine).rejects.toMatchObject({ name: "NotImplementedException" });
  const made = await target.apis.send(integration(ApiId, "SQS-SendMessage", parameters));
  expect(made).toMatchObject({ IntegrationSubtype: "SQS-SendMessage", PayloadFormatVersion: "1.0" });
  await target.newRoute(ApiId, "POST /", { Target: `integrations/${made.IntegrationId}` });
  const exported = { ApiId, OutputType: "JSON", Specification: "OAS30", IncludeExtensions: true } as const;
  const { body } = await target.apis.send(new ExportApiCommand(exported));
  const document = JSON.parse(Buffer.from(body ?? []).toString()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  };
  expect(document.paths["/"]?.["post"]).toMatchObject({
    "x-amazon-apigateway-integration": { integrationSubtype: "SQS-SendMessage", requestParameters: parameters },
  });
});
