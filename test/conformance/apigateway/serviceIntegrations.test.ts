import * as sdk from "@aws-sdk/client-api-gateway";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UrlCall } from "../../support/urlCall.ts";
import { type SqsTarget, sqsTarget } from "../sqs/sqsTarget.ts";
import { newIntegrationRole } from "./integrationRoles.ts";
import { type RestApiTarget, restApiTarget } from "./restApiTarget.ts";

const FORM = { "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'" };

let target: RestApiTarget & AsyncDisposable;
let queues: SqsTarget;
let role = "";
beforeAll(async () => {
  [target, queues] = await Promise.all([restApiTarget(), sqsTarget()]);
  const actions = ["sqs:SendMessage", "sns:Publish", "events:PutEvents", "dynamodb:*", "s3:*"];
  role = await newIntegrationRole(queues.config, actions);
});
afterAll(async () => {
  await Promise.all([target[Symbol.asyncDispose](), queues[Symbol.asyncDispose]()]);
});

interface Method {
  /** Of the root's child; with braces a variable of the path. */
  readonly path: string;
  readonly httpMethod: string;
  /** After `arn:aws:apigateway:<region>:`. */
  readonly to: string;
  readonly integration?: Partial<sdk.PutIntegrationCommandInput>;
  readonly responses?: Readonly<Record<string, Partial<sdk.PutIntegrationResponseCommandInput>>>;
}

/** Deploys an API of these methods, each with the role, to the stage `dev`. Resolves with a function that calls it. */
async function apiWith(methods: readonly Method[], api: Partial<sdk.CreateRestApiCommandInput> = {}) {
  const { restApiId, rootId } = await target.newRestApi(api);
  const resources = new Map<string, string>();
  for (const { path, httpMethod, to, integration, responses = { "200": {} } } of methods) {
    const resourceId = resources.get(path) ?? (await target.newResource(restApiId, rootId, path));
    resources.set(path, resourceId);
    const of = { restApiId, resourceId, httpMethod };
    const variable = /^\{(\w+)\+?\}$/.exec(path)?.[1];
    const requestParameters = variable === undefined ? {} : { [`method.request.path.${variable}`]: true };
    const uri = `arn:aws:apigateway:${target.region}:${to}`;
    const settings = { type: "AWS", integrationHttpMethod: "POST", credentials: role, uri, ...integration } as const;
    await target.newMethod(of, { requestParameters }, settings);
    for (const [statusCode, response] of Object.entries(responses)) {
      const names = Object.keys(response.responseParameters ?? {});
      const responseParameters = Object.fromEntries(names.map((name) => [name, false]));
      await target.rest.send(new sdk.PutMethodResponseCommand({ ...of, statusCode, responseParameters }));
      await target.rest.send(new sdk.PutIntegrationResponseCommand({ ...of, statusCode, ...response }));
    }
  }
  await target.rest.send(
    new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev", variables: { account: target.accountId } }),
  );
  return async (method: string, path: string, more: UrlCall = {}) => {
    const headers = { "content-type": "application/json", ...more.headers };
    return await target.call(restApiId, `/dev/${path}`, { method, ...more, headers });
  };
}

async function newQueue(): Promise<{ readonly QueueUrl: string; readonly name: string; readonly Arn: string }> {
  const QueueUrl = await queues.newQueue();
  const name = QueueUrl.split("/").at(-1) ?? "";
  const Arn = `arn:aws:sqs:${queues.region}:${queues.accountId}:${name}`;
  const Statement = [{ Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:*", Resource: Arn }];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await queues.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  return { QueueUrl, name, Arn };
}

const bodyIn = async (QueueUrl: string): Promise<string> => {
  const { Messages } = await queues.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  return Messages?.[0]?.Body ?? "";
};

test("SQS and SNS: forms of a template to the path of a queue, parameters to an action, answers in JSON", async () => {
  await using stack = new AsyncDisposableStack();
  const sns = stack.adopt(new SNSClient(queues.config), (it) => it.destroy());
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: queues.newName() }));
  stack.defer(async () => void (await sns.send(new DeleteTopicCommand({ TopicArn }))));
  const { QueueUrl, name, Arn } = await newQueue();
  const subscribed = { TopicArn, Protocol: "sqs", Endpoint: Arn, Attributes: { RawMessageDelivery: "true" } };
  await sns.send(new SubscribeCommand(subscribed));
  const id = { "application/json": '{"id": "$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}' };
  const call = await apiWith([
    {
      path: "path",
      httpMethod: "POST",
      to: `sqs:path/\${stageVariables.account}/${name}`,
      integration: {
        requestParameters: FORM,
        requestTemplates: { "application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)" },
        passthroughBehavior: "NEVER",
      },
      responses: { "200": { responseTemplates: id } },
    },
    {
      path: "action",
      httpMethod: "POST",
      to: "sqs:action/SendMessage",
      integration: {
        requestParameters: {
          "integration.request.querystring.QueueUrl": `'${QueueUrl}'`,
          "integration.request.querystring.MessageBody": "method.request.body.text",
        },
      },
    },
    {
      path: "topic",
      httpMethod: "POST",
      to: "sns:path//",
      integration: {
        requestParameters: FORM,
        requestTemplates: {
          "application/json": `Action=Publish&TopicArn=$util.urlEncode('${TopicArn}')&Message=$util.urlEncode($input.body)`,
        },
      },
    },
  ]);
  const sent = await call("POST", "path", { body: '{"a": "1&2 +"}' });
  expect(sent).toMatchObject({ status: 200, body: expect.stringMatching(/^\{"id": "[0-9a-f-]{36}"\}$/) });
  expect(await bodyIn(QueueUrl)).toBe('{"a": "1&2 +"}');
  const acted = await call("POST", "action", { body: '{"text": "ä.b.c"}' });
  expect(JSON.parse(acted.body)).toMatchObject({
    SendMessageResponse: { SendMessageResult: {}, ResponseMetadata: {} },
  });
  expect(await bodyIn(QueueUrl)).toBe("ä.b.c");
  const published = await call("POST", "topic", { body: "{}" });
  expect(JSON.parse(published.body)).toMatchObject({
    PublishResponse: { PublishResult: { MessageId: expect.any(String) } },
  });
  expect(await bodyIn(QueueUrl)).toBe("{}");
});

test("DynamoDB's actions and EventBridge's target take JSON templates", async () => {
  await using stack = new AsyncDisposableStack();
  const dynamo = stack.adopt(new DynamoDBClient(queues.config), (it) => it.destroy());
  const TableName = queues.newName();
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  stack.defer(async () => void (await dynamo.send(new DeleteTableCommand({ TableName }))));
  await waitUntilTableExists({ client: dynamo, maxWaitTime: 60, minDelay: 1 }, { TableName });
  const template = (text: string) => ({ requestTemplates: { "application/json": text } });
  const call = await apiWith([
    {
      path: "pets",
      httpMethod: "POST",
      to: "dynamodb:action/PutItem",
      integration: template(
        `{"TableName": "${TableName}", "Item": {"id": {"S": "$input.path('$.id')"}, "name": {"S": "$input.path('$.name')"}}}`,
      ),
      responses: { "200": {}, "400": { selectionPattern: "4\\d{2}" } },
    },
    {
      path: "{id}",
      httpMethod: "GET",
      to: "dynamodb:action/Query",
      integration: template(
        `{"TableName": "${TableName}", "KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "$input.params('id')"}}}`,
      ),
      responses: {
        "200": {
          responseTemplates: {
            "application/json":
              "#set($items = $input.path('$.Items'))[#foreach($item in $items)\"$item.name.S\"#if($foreach.hasNext),#end#end]",
          },
        },
      },
    },
    {
      path: "events",
      httpMethod: "POST",
      to: "events:path//",
      integration: {
        requestParameters: {
          "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
          "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
        },
        ...template(
          '{"Entries": [{"Source": "shop", "DetailType": "order", "Detail": "$util.escapeJavaScript($input.json(\'$\'))"}]}',
        ),
      },
    },
  ]);
  expect(await call("POST", "pets", { body: '{"id": "1", "name": "Rex"}' })).toMatchObject({ status: 200, body: "{}" });
  expect((await call("GET", "1")).body).toBe('["Rex"]');
  const wrong = await call("POST", "pets", { body: '{"id": "", "name": "Rex"}' });
  expect(wrong.status).toBe(400);
  expect(JSON.parse(wrong.body)).toMatchObject({ __type: expect.stringContaining("#ValidationException") });
  const events = await call("POST", "events", { body: '{"id": 7}' });
  expect(JSON.parse(events.body)).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
});

test("S3: objects go in and out by path, bytes included, and leave no bucket by dots", async () => {
  await using stack = new AsyncDisposableStack();
  const s3 = stack.adopt(new S3Client({ ...queues.config, forcePathStyle: true }), (it) => it.destroy());
  const Bucket = queues.newName();
  await s3.send(new CreateBucketCommand({ Bucket }));
  stack.defer(async () => {
    for (const Key of ["a b/ü.png", "//etc"]) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });
  const key = { "integration.request.path.key": "method.request.path.key" };
  const type = "integration.response.header.Content-Type";
  const found = { "200": { responseParameters: { "method.response.header.Content-Type": type } } };
  const call = await apiWith(
    [
      {
        path: "{key+}",
        httpMethod: "PUT",
        to: `s3:path/${Bucket}/{key}`,
        integration: { integrationHttpMethod: "PUT", requestParameters: key },
      },
      {
        path: "{key+}",
        httpMethod: "GET",
        to: `s3:path/${Bucket}/{key}`,
        integration: { integrationHttpMethod: "GET", requestParameters: key },
        responses: { ...found, "404": { selectionPattern: "404" } },
      },
    ],
    { binaryMediaTypes: ["image/png"] },
  );
  const png = Buffer.from([1, 2, 3]);
  const put = { headers: { "content-type": "image/png" }, body: png };
  expect(await call("PUT", "a%20b/%C3%BC.png", put)).toMatchObject({ status: 200 });
  const got = await call("GET", "a%20b/%C3%BC.png", { headers: { accept: "image/png" } });
  expect(got).toMatchObject({ status: 200, headers: { "content-type": "image/png" }, body: "\u0001\u0002\u0003" });
  const missing = await call("GET", "not/there");
  expect(missing).toMatchObject({ status: 404, body: expect.stringContaining("<Code>NoSuchKey</Code>") });
  await call("PUT", "..%2F..%2Fetc", put);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents.map(({ Key }) => Key)).toEqual(["//etc", "a b/ü.png"]);
});

test("the role decides, and what cannot be called is refused when it is made", async () => {
  const { QueueUrl, name } = await newQueue();
  const [silent, foreign] = await Promise.all([
    newIntegrationRole(queues.config, ["sqs:ReceiveMessage"]),
    newIntegrationRole(queues.config, ["sqs:*"], "lambda.amazonaws.com"),
  ]);
  const requestTemplates = { "application/json": "Action=SendMessage&MessageBody=hello" };
  const to = (path: string, credentials: string | undefined): Method => ({
    path,
    httpMethod: "POST",
    to: `sqs:path/${target.accountId}/${name}`,
    integration: { requestParameters: FORM, requestTemplates, credentials },
    responses: { "200": {}, "403": { selectionPattern: "403" } },
  });
  const call = await apiWith([to("silent", silent), to("foreign", foreign), to("none", undefined)]);
  const refused = await call("POST", "silent");
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.body)).toMatchObject({
    Error: { Code: "AccessDenied", Message: expect.stringContaining("sqs:SendMessage"), Type: "Sender" },
  });
  const failed = { status: 500, body: '{"message": "Internal server error"}' };
  expect(await call("POST", "foreign")).toMatchObject(failed);
  expect(await call("POST", "none")).toMatchObject(failed);
  const { Messages } = await queues.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages).toBeUndefined();

  const { restApiId, rootId } = await target.newRestApi();
  const of = { restApiId, resourceId: rootId, httpMethod: "GET" };
  await target.newMethod({ restApiId, resourceId: rootId });
  const uri = (rest: string) => ({ uri: `arn:aws:apigateway:${target.region}:${rest}`, integrationHttpMethod: "POST" });
  const put = async (rest: string, type: sdk.IntegrationType = "AWS") =>
    await target.rest.send(new sdk.PutIntegrationCommand({ ...of, type, ...uri(rest) }));
  await expect(put("states:action/StartExecution")).rejects.toMatchObject({ name: "NotImplementedException" });
  await expect(put("s3:action/ListBuckets")).rejects.toMatchObject({ name: "BadRequestException" });
  await expect(put("sqs:path/1/q", "AWS_PROXY")).rejects.toMatchObject({ name: "BadRequestException" });

  const ofRole = { ...uri(`sqs:path/${target.accountId}/${name}`), credentials: foreign };
  await target.rest.send(new sdk.PutIntegrationCommand({ ...of, type: "AWS", ...ofRole }));
  const tried = await target.rest.send(new sdk.TestInvokeMethodCommand(of));
  expect(tried.status).toBe(500);
  expect(tried.log).toContain(
    "Execution failed due to configuration error: API Gateway does not have permission to assume the provided role",
  );
});
