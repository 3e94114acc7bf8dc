import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateTopicCommand,
  type CreateTopicCommandInput,
  DeleteTopicCommand,
  GetDataProtectionPolicyCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishCommand,
  RemovePermissionCommand,
  SetTopicAttributesCommand,
  SNSClient,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type SnsTarget, snsTarget } from "./snsTarget.ts";

let target: SnsTarget;
beforeAll(async () => void (target = await snsTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

const attributesOf = async (TopicArn: string): Promise<Record<string, string>> =>
  (await target.sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
const set = async (TopicArn: string, AttributeName: string, AttributeValue?: string) =>
  await target.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
const policyOf = async (TopicArn: string) =>
  JSON.parse((await attributesOf(TopicArn))["Policy"] ?? "") as { readonly Statement: readonly object[] };

test("a topic has AWS's defaults", async () => {
  const TopicArn = await target.newTopic();
  const { Policy = "", EffectiveDeliveryPolicy = "", ...others } = await attributesOf(TopicArn);
  expect(others).toEqual({
    TopicArn,
    Owner: target.accountId,
    DisplayName: "",
    SubscriptionsConfirmed: "0",
    SubscriptionsPending: "0",
    SubscriptionsDeleted: "0",
  });
  expect(JSON.parse(Policy)).toMatchObject({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Principal: { AWS: "*" },
        Resource: TopicArn,
        Condition: { StringEquals: { "AWS:SourceOwner": target.accountId } },
      },
    ],
  });
  expect(JSON.parse(EffectiveDeliveryPolicy)).toMatchObject({
    http: {
      defaultHealthyRetryPolicy: { minDelayTarget: 20, maxDelayTarget: 20, numRetries: 3, backoffFunction: "linear" },
      disableSubscriptionOverrides: false,
      defaultRequestPolicy: { headerContentType: "text/plain; charset=UTF-8" },
    },
  });
});

test("a FIFO topic shows what only FIFO topics have", async () => {
  const TopicArn = await target.newFifoTopic();
  expect(await attributesOf(TopicArn)).toMatchObject({ FifoTopic: "true", ContentBasedDeduplication: "false" });
});

test("creating a topic again gives its ARN, unless an attribute or a tag differs", async () => {
  const Name = target.newName();
  const create = async (more: Partial<CreateTopicCommandInput>) => await target.newTopic({ Name, ...more });
  const Tags = [{ Key: "a", Value: "1" }];
  const TopicArn = await create({ Attributes: { DisplayName: "x" }, Tags });
  expect(await create({})).toBe(TopicArn);
  expect(await create({ Attributes: { DisplayName: "x" }, Tags })).toBe(TopicArn);
  expect(await refusal(create({ Attributes: { DisplayName: "y" } }))).toEqual({
    name: "InvalidParameterException",
    status: 400,
    message: "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
  });
  expect(await refusal(create({ Tags: [{ Key: "a", Value: "2" }] }))).toMatchObject({
    message: "Invalid parameter: Tags Reason: Topic already exists with different tags",
  });
});

test.for<[string, Partial<CreateTopicCommandInput>, RegExp]>([
  ["a bad name", { Name: "a b" }, /^Invalid parameter: Topic Name$/],
  ["a FIFO topic without the suffix", { Attributes: { FifoTopic: "true" } }, /Fifo Topic names must end with \.fifo/],
  ["the suffix without a FIFO topic", { Name: "a.fifo" }, /^Invalid parameter: Topic Name$/],
  ["a policy without a statement", { Attributes: { Policy: "{}" } }, /Policy/],
  ["a delivery policy that is no JSON", { Attributes: { DeliveryPolicy: "x" } }, /DeliveryPolicy/],
  ["a signature version of 3", { Attributes: { SignatureVersion: "3" } }, /SignatureVersion/],
])("CreateTopic refuses %s", async ([, input, message]) => {
  expect(await refusal(target.newTopic(input))).toEqual({
    name: "InvalidParameterException",
    status: 400,
    message: expect.stringMatching(message),
  });
});

test("attributes are set one by one", async () => {
  const TopicArn = await target.newTopic();
  const DeliveryPolicy = JSON.stringify({
    http: { defaultHealthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 2, numRetries: 4 } },
  });
  await set(TopicArn, "DisplayName", "Orders");
  await set(TopicArn, "DeliveryPolicy", DeliveryPolicy);
  await set(TopicArn, "SQSSuccessFeedbackSampleRate", "10");
  const shown = await attributesOf(TopicArn);
  expect(shown).toMatchObject({ DisplayName: "Orders", DeliveryPolicy, SQSSuccessFeedbackSampleRate: "10" });
  expect(JSON.parse(shown["EffectiveDeliveryPolicy"] ?? "")).toMatchObject({
    http: { defaultHealthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 2, numRetries: 4, numNoDelayRetries: 0 } },
  });
  await set(TopicArn, "DisplayName", "");
  expect((await attributesOf(TopicArn))["DisplayName"]).toBe("");
  expect(await refusal(set(TopicArn, "Colour", "x"))).toMatchObject({ message: "Invalid parameter: AttributeName" });
  expect(await refusal(set(TopicArn, "ContentBasedDeduplication", "true"))).toMatchObject({
    name: "InvalidParameterException",
  });
});

test("topics are listed in pages", async () => {
  const made = await Promise.all(Array.from({ length: 101 }, async () => await target.newTopic()));
  const listed: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await target.sns.send(new ListTopicsCommand({ NextToken }));
    expect(page.Topics?.length).toBeLessThanOrEqual(100);
    for (const { TopicArn = "" } of page.Topics ?? []) listed.push(TopicArn);
    ({ NextToken } = page);
  } while (NextToken);
  expect(listed).toEqual(expect.arrayContaining(made));
  expect(new Set(listed).size).toBe(listed.length);
  expect(await refusal(target.sns.send(new ListTopicsCommand({ NextToken: "x" })))).toMatchObject({
    name: "InvalidParameterException",
  });
});

test("tags are added, listed and removed", async () => {
  const ResourceArn = await target.newTopic({ Tags: [{ Key: "a", Value: "1" }] });
  await target.sns.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "b", Value: "2" }] }));
  await target.sns.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a", "none"] }));
  const { Tags } = await target.sns.send(new ListTagsForResourceCommand({ ResourceArn }));
  expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  const missing = `${ResourceArn}-missing`;
  expect(await refusal(target.sns.send(new ListTagsForResourceCommand({ ResourceArn: missing })))).toEqual({
    name: "ResourceNotFoundException",
    status: 404,
    message: "Resource does not exist",
  });
});

describe("permissions", () => {
  test("become statements of the topic's policy", async () => {
    const TopicArn = await target.newTopic();
    const add = async (Label: string, ...ActionName: string[]) =>
      await target.sns.send(
        new AddPermissionCommand({ TopicArn, Label, AWSAccountId: [target.accountId], ActionName }),
      );
    await add("one", "Publish");
    const { Statement } = await policyOf(TopicArn);
    expect(Statement).toHaveLength(2);
    expect(Statement[1]).toMatchObject({ Sid: "one", Effect: "Allow", Action: "SNS:Publish", Resource: TopicArn });
    expect(await refusal(add("one", "Publish"))).toMatchObject({
      message: "Invalid parameter: Statement already exists",
    });
    expect(await refusal(add("two", "CreateTopic"))).toMatchObject({
      message: "Invalid parameter: Policy statement action out of service scope!",
    });
    await target.sns.send(new RemovePermissionCommand({ TopicArn, Label: "one" }));
    expect((await policyOf(TopicArn)).Statement).toHaveLength(1);
  });

  test("of the topic's policy decide, and so do the caller's", async () => {
    const iam = new IAMClient({ ...target.config, maxAttempts: 1 });
    const UserName = target.newName();
    const { User } = await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const theirs = new SNSClient({ ...target.config, maxAttempts: 1, credentials });
    const TopicArn = await target.newTopic();
    const publish = async () => await theirs.send(new PublishCommand({ TopicArn, Message: "x" }));
    expect(await refusal(publish())).toMatchObject({
      name: "AuthorizationErrorException",
      status: 403,
      message: expect.stringMatching(/is not authorized to perform: sns:Publish on resource: arn:/i),
    });
    const statement = (Effect: string) => ({
      Version: "2012-10-17",
      Statement: [{ Effect, Principal: { AWS: User?.Arn }, Action: "sns:Publish", Resource: TopicArn }],
    });
    await set(TopicArn, "Policy", JSON.stringify(statement("Allow")));
    expect((await publish()).MessageId).toMatch(/^[0-9a-f-]{36}$/);
    await set(TopicArn, "Policy", JSON.stringify(statement("Deny")));
    expect(await refusal(publish())).toMatchObject({ name: "AuthorizationErrorException" });
  });
});

test("a deleted topic does not exist, and may be deleted again", async () => {
  const TopicArn = await target.newTopic();
  await target.sns.send(new DeleteTopicCommand({ TopicArn }));
  await target.sns.send(new DeleteTopicCommand({ TopicArn }));
  const missing = { name: "NotFoundException", status: 404, message: "Topic does not exist" };
  expect(await refusal(attributesOf(TopicArn))).toEqual(missing);
  expect(await refusal(target.sns.send(new PublishCommand({ TopicArn, Message: "x" })))).toEqual(missing);
  expect(await refusal(target.sns.send(new PublishCommand({ TopicArn: "topic", Message: "x" })))).toMatchObject({
    name: "InvalidParameterException",
    message: expect.stringMatching(/^Invalid parameter: TopicArn/),
  });
  expect(await refusal(target.sns.send(new CreateTopicCommand({ Name: undefined })))).toMatchObject({
    name: "InvalidParameterException",
  });
});

test.skipIf(process.env["TARGET"] === "aws")("data protection is not built", async () => {
  const ResourceArn = await target.newTopic();
  expect(await refusal(target.sns.send(new GetDataProtectionPolicyCommand({ ResourceArn })))).toMatchObject({
    name: "NotImplementedException",
    status: 400,
  });
});
