import { AddPermissionCommand, InvokeCommand, PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { DeleteQueueCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";
import { refusal } from "../refusal.ts";
import { arnOf, policyFor, type SnsTarget, snsTarget } from "./snsTarget.ts";

let target: SnsTarget;
let lambda: LambdaTarget;
beforeAll(async () => {
  target = await snsTarget();
  lambda = await lambdaTarget();
});
afterAll(async () => {
  await lambda[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const attributesOf = async (SubscriptionArn: string) =>
  (await target.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes ?? {};
const set = async (SubscriptionArn: string, AttributeName: string, AttributeValue?: string) =>
  await target.sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
const subscribe = async (TopicArn: string, Protocol: string, Endpoint: string, Attributes?: Record<string, string>) =>
  await target.sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
const publish = async (TopicArn: string, Message: string) =>
  await target.sns.send(new PublishCommand({ TopicArn, Message }));

test("a subscription of an own queue is confirmed, and shows AWS's attributes", async () => {
  const TopicArn = await target.newTopic();
  const { QueueArn, SubscriptionArn } = await target.newSubscribedQueue(TopicArn);
  expect(SubscriptionArn).toMatch(new RegExp(`^${TopicArn}:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`));
  expect(await attributesOf(SubscriptionArn)).toEqual({
    SubscriptionArn,
    TopicArn,
    Owner: target.accountId,
    Protocol: "sqs",
    Endpoint: QueueArn,
    PendingConfirmation: "false",
    ConfirmationWasAuthenticated: "true",
    RawMessageDelivery: "false",
    SubscriptionPrincipal: expect.stringMatching(/^arn:aws:iam::/),
  });
  const { Attributes } = await target.sns.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toMatchObject({ SubscriptionsConfirmed: "1", SubscriptionsPending: "0" });
});

test("subscribing again gives the same subscription, unless an attribute differs", async () => {
  const TopicArn = await target.newTopic();
  const { QueueArn, SubscriptionArn } = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" });
  expect((await subscribe(TopicArn, "sqs", QueueArn)).SubscriptionArn).toBe(SubscriptionArn);
  expect(await refusal(subscribe(TopicArn, "sqs", QueueArn, { RawMessageDelivery: "false" }))).toEqual({
    name: "InvalidParameterException",
    status: 400,
    message: "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
  });
});

test("attributes are set one by one, and removed by an empty text", async () => {
  const TopicArn = await target.newTopic();
  const { SubscriptionArn } = await target.newSubscribedQueue(TopicArn);
  const FilterPolicy = JSON.stringify({ a: ["x"] });
  await set(SubscriptionArn, "FilterPolicy", FilterPolicy);
  await set(SubscriptionArn, "RawMessageDelivery", "true");
  expect(await attributesOf(SubscriptionArn)).toMatchObject({
    FilterPolicy,
    FilterPolicyScope: "MessageAttributes",
    RawMessageDelivery: "true",
  });
  expect(await refusal(set(SubscriptionArn, "FilterPolicy", '{"a":{"b":["x"]}}'))).toMatchObject({
    name: "InvalidParameterException",
    message: expect.stringMatching(/^Invalid parameter: FilterPolicy: .*nested/),
  });
  await set(SubscriptionArn, "FilterPolicyScope", "MessageBody");
  await set(SubscriptionArn, "FilterPolicy", '{"a":{"b":["x"]}}');
  await set(SubscriptionArn, "FilterPolicy", "");
  expect(await attributesOf(SubscriptionArn)).not.toHaveProperty("FilterPolicy");
  expect(await refusal(set(SubscriptionArn, "Colour", "x"))).toMatchObject({
    message: "Invalid parameter: AttributeName",
  });
  expect(await refusal(set(SubscriptionArn, "RedrivePolicy", '{"deadLetterTargetArn":"x"}'))).toMatchObject({
    message: "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn",
  });
});

test.for<[string, string, string, RegExp]>([
  ["an unknown protocol", "pigeon", "x", /does not support this protocol string: pigeon$/],
  ["a queue that is no ARN", "sqs", "queue", /^Invalid parameter: SQS endpoint ARN$/],
  ["a FIFO queue", "sqs", "arn:aws:sqs:us-east-1:000000000000:q.fifo", /can not be subscribed to standard SNS topics/],
  ["a function that is no ARN", "lambda", "function", /^Invalid parameter: Lambda endpoint ARN$/],
  ["an http URL for https", "https", "http://example.org/", /Endpoint must match the specified protocol$/],
])("Subscribe refuses %s", async ([, protocol, endpoint, message]) => {
  expect(await refusal(subscribe(await target.newTopic(), protocol, endpoint))).toEqual({
    name: "InvalidParameterException",
    status: 400,
    message: expect.stringMatching(message),
  });
});

describe(
  "what Hearth does not serve",
  skipReason(process.env["TARGET"] === "aws" ? "AWS serves it" : undefined),
  () => {
    test.for([
      ["sms", "+4912345678", /does not send SMS/],
      ["application", "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b", /mobile push/],
      ["firehose", "arn:aws:firehose:us-east-1:000000000000:deliverystream/x", /no Firehose/],
      ["email", "ann@example.org", /HEARTH_SMTP_URL/],
    ] as const)("is refused with a reason: %s", async ([protocol, endpoint, message]) => {
      expect(await refusal(subscribe(await target.newTopic(), protocol, endpoint))).toMatchObject({
        name: "InvalidParameterException",
        message: expect.stringMatching(message),
      });
    });
  },
);

test("a queue of another account has to confirm its subscription", async () => {
  const TopicArn = await target.newTopic();
  const Endpoint = `arn:aws:sqs:${target.region}:999999999999:queue`;
  expect((await subscribe(TopicArn, "sqs", Endpoint)).SubscriptionArn).toBe("pending confirmation");
  const { Subscriptions } = await target.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions).toEqual([
    { SubscriptionArn: "PendingConfirmation", Owner: target.accountId, Protocol: "sqs", Endpoint, TopicArn },
  ]);
});

test("subscriptions are listed, and end", async () => {
  const TopicArn = await target.newTopic();
  const { QueueUrl, QueueArn, SubscriptionArn } = await target.newSubscribedQueue(TopicArn);
  const shown = { SubscriptionArn, Owner: target.accountId, Protocol: "sqs", Endpoint: QueueArn, TopicArn };
  const all: unknown[] = [];
  let NextToken: string | undefined;
  do {
    const page = await target.sns.send(new ListSubscriptionsCommand({ NextToken }));
    all.push(...(page.Subscriptions ?? []));
    ({ NextToken } = page);
  } while (NextToken);
  expect(all).toContainEqual(shown);
  const unsubscribe = async () => await target.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  await unsubscribe();
  await unsubscribe();
  expect(await refusal(attributesOf(SubscriptionArn))).toEqual({
    name: "NotFoundException",
    status: 404,
    message: "Subscription does not exist",
  });
  await publish(TopicArn, "x");
  expect(await target.waitingIn(QueueUrl)).toBe("0");
  const { Attributes } = await target.sns.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toMatchObject({ SubscriptionsConfirmed: "0", SubscriptionsDeleted: "1" });
});

test("what cannot be delivered goes to the dead-letter queue of the subscription", async () => {
  const TopicArn = await target.newTopic();
  const dead = await target.newQueue();
  const deadLetterTargetArn = await arnOf(target, dead);
  const Policy = policyFor(TopicArn, deadLetterTargetArn);
  await target.sqs.send(new SetQueueAttributesCommand({ QueueUrl: dead, Attributes: { Policy } }));
  const { QueueUrl } = await target.newSubscribedQueue(TopicArn, {
    RawMessageDelivery: "true",
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn }),
  });
  await target.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await expect
    .poll(
      async () => {
        await publish(TopicArn, "lost and found"); // on AWS the queue is there for a while
        return (await target.received(dead))[0]?.Body;
      },
      { timeout: 90_000 },
    )
    .toBe("lost and found");
});

describe("a function", () => {
  test("gets AWS's event if its policy lets the topic call it, and its destinations get the result", async () => {
    const TopicArn = await target.newTopic();
    const Role = await lambda.newRole(["sqs:SendMessage", "logs:*"]);
    const [allowed, refused] = await Promise.all([lambda.newFunction({ Role }), lambda.newFunction({ Role })]);
    const QueueUrl = await target.newQueue();
    const Destination = await arnOf(target, QueueUrl);
    for (const { FunctionName } of [allowed, refused]) {
      const DestinationConfig = { OnSuccess: { Destination } };
      await lambda.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
    }
    await lambda.client.send(
      new AddPermissionCommand({
        FunctionName: allowed.FunctionName,
        StatementId: "sns",
        Action: "lambda:InvokeFunction",
        Principal: "sns.amazonaws.com",
        SourceArn: TopicArn,
      }),
    );
    await subscribe(TopicArn, "lambda", refused.FunctionArn ?? "");
    const { SubscriptionArn } = await subscribe(TopicArn, "lambda", allowed.FunctionArn ?? "");
    const { MessageId } = await target.sns.send(
      new PublishCommand({
        TopicArn,
        Message: "hello",
        MessageAttributes: { a: { DataType: "String", StringValue: "x" } },
      }),
    );
    const [record] = await target.received(QueueUrl);
    const { requestPayload } = JSON.parse(record?.Body ?? "{}") as { requestPayload: { Records: object[] } };
    expect(requestPayload).toEqual({
      Records: [
        {
          EventSource: "aws:sns",
          EventVersion: "1.0",
          EventSubscriptionArn: SubscriptionArn,
          Sns: {
            Type: "Notification",
            MessageId,
            TopicArn,
            Subject: null,
            Message: "hello",
            Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
            SignatureVersion: "1",
            Signature: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
            SigningCertUrl: expect.stringMatching(/SimpleNotificationService-[0-9a-f]{32}\.pem$/),
            UnsubscribeUrl: expect.stringContaining(`/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`),
            MessageAttributes: { a: { Type: "String", Value: "x" } },
          },
        },
      ],
    });
    expect(await target.waitingIn(QueueUrl)).toBe("0");
  });

  test("sends to a topic as its destination", async () => {
    const TopicArn = await target.newTopic();
    const { QueueUrl } = await target.newSubscribedQueue(TopicArn, { RawMessageDelivery: "true" });
    const Role = await lambda.newRole(["sns:Publish", "logs:*"]);
    const { FunctionName } = await lambda.newFunction({ Role });
    const DestinationConfig = { OnSuccess: { Destination: TopicArn } };
    await lambda.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
    await lambda.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: '{"a":1}' }));
    const [message] = await target.received(QueueUrl);
    expect(JSON.parse(message?.Body ?? "{}")).toMatchObject({
      requestPayload: { a: 1 },
      responsePayload: { a: 1 },
      requestContext: { condition: "Success" },
    });
  });
});
