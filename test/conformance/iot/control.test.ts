import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateThingCommand,
  CreateTopicRuleCommand,
  DeleteCertificateCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DetachPolicyCommand,
  GetPolicyCommand,
  GetTopicRuleCommand,
  ListAttachedPoliciesCommand,
  ListTagsForResourceCommand,
  ListTargetsForPolicyCommand,
  ListTopicRulesCommand,
  RegisterCertificateWithoutCACommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { GetRetainedMessageCommand, ListRetainedMessagesCommand, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type IotTarget, iotTarget, SQL_VERSION } from "./iotTarget.ts";

let target: IotTarget;
let roleArn: string;
beforeAll(async () => {
  target = await iotTarget();
  roleArn = await target.newRole(["sqs:SendMessage"], "iot.amazonaws.com");
});
afterAll(async () => await target[Symbol.asyncDispose]());

const newName = (): string => target.newName().replaceAll("-", "_");

test("a rule is shown as it was made, and listed by topic", async () => {
  const { url: queueUrl } = await target.newQueue();
  const root = newName();
  const actions = [{ sqs: { roleArn, queueUrl, useBase64: false } }];
  const sql = `SELECT * FROM '${root}/+'`;
  const ruleName = await target.newRule(sql, actions);
  const { rule, ruleArn = "" } = await target.iot.send(new GetTopicRuleCommand({ ruleName }));
  expect(ruleArn).toBe(`arn:aws:iot:${target.region}:${target.accountId}:rule/${ruleName}`);
  const shown = { ruleName, sql, actions, ruleDisabled: false, ...SQL_VERSION, createdAt: expect.any(Date) };
  expect(rule).toEqual(shown);
  const { rules } = await target.iot.send(new ListTopicRulesCommand({ topic: `${root}/x` }));
  expect(rules?.find((one) => one.ruleName === ruleName)).toMatchObject({ ruleArn, topicPattern: `${root}/+` });
  await target.iot.send(new TagResourceCommand({ resourceArn: ruleArn, tags: [{ Key: "team", Value: "a" }] }));
  const tags = async () => (await target.iot.send(new ListTagsForResourceCommand({ resourceArn: ruleArn }))).tags;
  expect(await tags()).toEqual([{ Key: "team", Value: "a" }]);
  await target.iot.send(new UntagResourceCommand({ resourceArn: ruleArn, tagKeys: ["team"] }));
  expect(await tags()).toEqual([]);
});

test("rules that cannot be evaluated or sent are refused when they are made", async () => {
  const { url: queueUrl } = await target.newQueue();
  const sqs = { sqs: { roleArn, queueUrl } };
  const make = (sql: string, actions: object[], more: object = {}) =>
    refusal(
      target.iot.send(
        new CreateTopicRuleCommand({
          ruleName: newName(),
          topicRulePayload: { sql, actions, ...SQL_VERSION, ...more } as never,
        }),
      ),
    );
  expect(await make("SELECT FROM 'a'", [sqs])).toMatchObject({ name: "SqlParseException", status: 400 });
  expect(await make("SELECT aws_lambda('x', *) FROM 'a'", [sqs])).toMatchObject({ name: "SqlParseException" });
  expect(await make(`SELECT ${"1+".repeat(40_000)}1 FROM 'a'`, [sqs])).toMatchObject({ name: "SqlParseException" });
  expect(await make("SELECT * FROM 'a'", [{ sqs: { roleArn, queueUrl: "${topic(" } }])).toMatchObject({
    name: "SqlParseException",
  });
  const firehose = { firehose: { roleArn, deliveryStreamName: "x" } };
  expect(await make("SELECT * FROM 'a'", [firehose])).toMatchObject({
    name: "InvalidRequestException",
    message: expect.stringContaining("firehose"),
  });
  const untrusting = await target.newRole([], "lambda.amazonaws.com");
  expect(await make("SELECT * FROM 'a'", [{ sqs: { roleArn: untrusting, queueUrl } }])).toMatchObject({
    name: "InvalidRequestException",
  });
  expect(await refusal(target.iot.send(new GetTopicRuleCommand({ ruleName: newName() })))).toMatchObject({
    name: "UnauthorizedException",
    status: 401,
  });
  expect(await refusal(target.iot.send(new CreateThingCommand({ thingName: "t" })))).toMatchObject({
    name: "NotImplementedException",
  });
});

test("certificates and policies live as on AWS", async () => {
  const { iot } = target;
  const made = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  const { certificateId = "", certificateArn = "", certificatePem = "" } = made;
  expect(certificateId).toMatch(/^[0-9a-f]{64}$/);
  const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }));
  expect(certificateDescription).toMatchObject({ certificateArn, status: "ACTIVE", certificatePem });
  const again = new RegisterCertificateWithoutCACommand({ certificatePem });
  expect(await refusal(iot.send(again))).toMatchObject({ name: "ResourceAlreadyExistsException", status: 409 });
  const bad = new RegisterCertificateWithoutCACommand({ certificatePem: "no certificate" });
  expect(await refusal(iot.send(bad))).toMatchObject({ name: "CertificateValidationException" });

  const policyName = newName();
  const document = (action: string): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument: document("iot:Connect") }));
  expect(
    await refusal(iot.send(new CreatePolicyCommand({ policyName: newName(), policyDocument: "{" }))),
  ).toMatchObject({
    name: "MalformedPolicyException",
  });
  await iot.send(new CreatePolicyVersionCommand({ policyName, policyDocument: document("iot:*"), setAsDefault: true }));
  const { defaultVersionId, policyDocument } = await iot.send(new GetPolicyCommand({ policyName }));
  expect([defaultVersionId, policyDocument]).toEqual(["2", document("iot:*")]);
  await iot.send(new AttachPolicyCommand({ policyName, target: certificateArn }));
  const { policies } = await iot.send(new ListAttachedPoliciesCommand({ target: certificateArn }));
  expect(policies?.map((policy) => policy.policyName)).toEqual([policyName]);
  expect((await iot.send(new ListTargetsForPolicyCommand({ policyName }))).targets).toEqual([certificateArn]);
  expect(await refusal(iot.send(new DeletePolicyCommand({ policyName })))).toMatchObject({
    name: "DeleteConflictException",
  });
  const remove = new DeleteCertificateCommand({ certificateId });
  expect(await refusal(iot.send(remove))).toMatchObject({ name: "CertificateStateException" });
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: "INACTIVE" }));
  expect(await refusal(iot.send(remove))).toMatchObject({ name: "DeleteConflictException" });
  await iot.send(new DetachPolicyCommand({ policyName, target: certificateArn }));
  await iot.send(remove);
  await iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: "1" }));
  await iot.send(new DeletePolicyCommand({ policyName }));
  expect(await refusal(iot.send(new GetPolicyCommand({ policyName })))).toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("the endpoint for data is that of Hearth", async () => {
  const { endpointAddress } = await target.iot.send(new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }));
  expect(endpointAddress).toMatch(/^[\w.-]+(:\d+)?$/);
});

test("retained messages are read and listed, and an empty one removes them", async () => {
  const topic = `${newName()}/a b/ü`;
  await target.publish(topic, "kept", { retain: true });
  const { payload, qos } = await target.data.send(new GetRetainedMessageCommand({ topic }));
  expect([Buffer.from(payload ?? []).toString(), qos]).toEqual(["kept", 1]);
  const { retainedTopics = [] } = await target.data.send(new ListRetainedMessagesCommand({}));
  expect(retainedTopics.find((one) => one.topic === topic)).toMatchObject({ payloadSize: 4, qos: 1 });
  await target.publish(topic, new Uint8Array(), { retain: true });
  const gone = target.data.send(new GetRetainedMessageCommand({ topic }));
  expect(await refusal(gone)).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
});

test("topics that nothing may be published to, and payloads that are too long, are refused", async () => {
  const publish = (topic: string, payload: string | Uint8Array = "x") =>
    refusal(target.data.send(new PublishCommand({ topic, payload })));
  for (const topic of ["a/+", "#", "$SYS/x", "$aws/things/t/shadow/update", "1/2/3/4/5/6/7/8/9", "x".repeat(257)]) {
    expect(await publish(topic), topic).toMatchObject({ name: "InvalidRequestException" });
  }
  expect(await publish("a", Buffer.alloc(129 * 1024))).toMatchObject({
    name: "RequestEntityTooLargeException",
    status: 413,
  });
});
