import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateTopicRuleCommand, IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  noProgram,
  type RunningHearth,
  skipReason,
  startHearth,
  type TestServer,
  testMosquitto,
} from "@hearth/testkit";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

describe("topic rules over another server's broker", skipReason(noProgram("mosquitto")), () => {
  let server: TestServer;
  let hearth: RunningHearth;
  let client: MqttClient;
  let roleArn: string;
  beforeAll(async () => {
    server = await testMosquitto();
    hearth = await startHearth({ env: { HEARTH_MQTT_URL: server.url } });
    client = await connectAsync(server.url, { protocolVersion: 5 });
    const iam = new IAMClient(hearth.clientConfig);
    const trust = { Effect: "Allow", Principal: { Service: "iot.amazonaws.com" }, Action: "sts:AssumeRole" };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "rules", AssumeRolePolicyDocument }));
    const Statement = [{ Effect: "Allow", Action: ["sqs:SendMessage", "iot:Publish"], Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName: "rules", PolicyName: "rules", PolicyDocument }));
    roleArn = Role?.Arn ?? "";
    iam.destroy();
  });
  afterAll(async () => {
    client?.end(true);
    await hearth?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test("rules get the broker's messages once each, also after a restart; what is published and republished goes there", async () => {
    const config = () => hearth.clientConfig;
    const sqs = new SQSClient(config());
    const iot = new IoTClient(config());
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "rules" }));
    const sqsAction = { sqs: { roleArn, queueUrl: QueueUrl } };
    const republish = { republish: { roleArn, topic: "out/${topic(2)}", qos: 1 } };
    for (const [ruleName, sql, actions] of [
      ["one", "SELECT n, 'one' AS rule FROM 'in/+'", [sqsAction, republish]],
      ["two", "SELECT n, 'two' AS rule FROM 'in/#'", [sqsAction]],
    ] as const) {
      const topicRulePayload = { sql, actions: [...actions], awsIotSqlVersion: "2016-03-23" };
      await iot.send(new CreateTopicRuleCommand({ ruleName, topicRulePayload }));
    }
    const bodies: string[] = [];
    const receive = async (from: SQSClient): Promise<readonly string[]> => {
      const { Messages = [] } = await from.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { ReceiptHandle } of Messages) await from.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      bodies.push(...Messages.map(({ Body = "" }) => Body));
      return bodies.toSorted((a, b) => (a < b ? -1 : 1));
    };
    const out: string[] = [];
    client.on("message", (topic, payload) => out.push(`${topic} ${payload.toString()}`));
    await client.subscribeAsync("out/#", { qos: 1 });
    // Subscriptions follow the rules: until then a message has no subscriber.
    await expect
      .poll(
        async () => {
          await client.publishAsync("in/probe", "{}", { qos: 1 });
          return (await receive(sqs)).length;
        },
        { timeout: 30_000 },
      )
      .toBeGreaterThan(1);
    const data = new IoTDataPlaneClient(config());
    bodies.length = 0;
    await client.publishAsync("in/a", '{"n":1}', { qos: 1 });
    await data.send(new PublishCommand({ topic: "in/b", qos: 1, payload: '{"n":2}' }));
    const withN = async (from: SQSClient): Promise<readonly string[]> =>
      (await receive(from)).filter((body) => body.includes('"n"'));
    const expected = ['{"n":1,"rule":"one"}', '{"n":1,"rule":"two"}', '{"n":2,"rule":"one"}', '{"n":2,"rule":"two"}'];
    await expect.poll(() => withN(sqs), { timeout: 30_000 }).toEqual(expected);
    await expect.poll(() => out).toContain('out/b {"n":2,"rule":"one"}');
    for (const one of [sqs, iot, data]) one.destroy();
    await hearth.kill("SIGTERM");
    await client.publishAsync("in/c", '{"n":3}', { qos: 1 });
    await hearth.start();
    const again = new SQSClient(config());
    bodies.length = 0;
    await expect
      .poll(() => withN(again), { timeout: 30_000 })
      .toEqual(['{"n":3,"rule":"one"}', '{"n":3,"rule":"two"}']);
    again.destroy();
  }, 120_000);
});
