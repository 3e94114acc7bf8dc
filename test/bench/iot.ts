// MQTT: how long after a message is published to the embedded broker a function starts that a topic rule calls, beside an asynchronous Invoke of it.
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTopicRuleCommand, IoTClient } from "@aws-sdk/client-iot";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { SystemClock } from "@hearth/kit";
import { freePort, startHearth, zipOf } from "@hearth/testkit";
import { connectAsync } from "mqtt";
import { median } from "./load.ts";

const MESSAGES = 100;
const clock = new SystemClock();
const REPORTS = `export const handler = async ({ how, at }) => console.log("WAITED " + how + " " + (Date.now() - at));\n`;

const port = await freePort();
await using hearth = await startHearth({ env: { HEARTH_MQTT_LISTEN: `127.0.0.1:${port}` } });
const lambda = new LambdaClient(hearth.clientConfig);
const iot = new IoTClient(hearth.clientConfig);
const logs = new CloudWatchLogsClient(hearth.clientConfig);
const { FunctionArn: functionArn = "", FunctionName } = await lambda.send(
  new CreateFunctionCommand({
    FunctionName: "bench",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/bench",
    Code: { ZipFile: await zipOf({ "index.mjs": REPORTS }) },
  }),
);
await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120 }, { FunctionName });
const topicRulePayload = { sql: "SELECT how, at FROM 'bench/+'", actions: [{ lambda: { functionArn } }] };
await iot.send(
  new CreateTopicRuleCommand({
    ruleName: "bench",
    topicRulePayload: { ...topicRulePayload, awsIotSqlVersion: "2016-03-23" },
  }),
);
await lambda.send(
  new AddPermissionCommand({
    FunctionName,
    StatementId: "rule",
    Action: "lambda:InvokeFunction",
    Principal: "iot.amazonaws.com",
    SourceArn: "arn:aws:iot:us-east-1:000000000000:rule/bench",
  }),
);
const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username: "test", password: "test" });
const acknowledged: number[] = [];
for (let n = 0; n < MESSAGES; n++) {
  const message = (how: string): string => JSON.stringify({ how, at: clock.now() });
  const since = clock.now();
  await client.publishAsync("bench/1", message("mqtt"), { qos: 1 });
  acknowledged.push(clock.now() - since);
  await clock.sleep(50);
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: message("invoke") }));
  await clock.sleep(50);
}
let waits: readonly { readonly how: string; readonly ms: number }[] = [];
while (waits.length < 2 * MESSAGES) {
  await clock.sleep(500); // function logs are written once a second
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: "/aws/lambda/bench", filterPattern: "WAITED", limit: 10_000 }),
  );
  waits = events.map(({ message = "" }) => {
    const [, how = "", ms] = /WAITED (\w+) (\d+)/.exec(message) ?? [];
    return { how, ms: Number(ms) };
  });
}
const of = (how: string): number =>
  median(
    waits
      .filter((wait) => wait.how === how)
      .slice(MESSAGES / 10)
      .map(({ ms }) => ms),
  );
console.log(
  `mqtt: a function starts ${of("mqtt")} ms after a message is published (median), ${of("invoke")} ms after Invoke with Event`,
);
console.log(`mqtt: PUBACK comes after ${median(acknowledged)} ms (median)`);
await client.endAsync();
for (const one of [lambda, iot, logs]) one.destroy();
