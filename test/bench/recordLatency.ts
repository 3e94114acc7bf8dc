// From a record to the start of its function, one at a time on an otherwise idle Hearth: queues, streams, tables, topics and, where there is one, Kafka.
import { Agent, request } from "node:http";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { SystemClock } from "@hearth/kit";
import { KafkaServer, noKafka, startHearth, zipOf } from "@hearth/testkit";
import { Admin, Producer, stringSerializers } from "@platformatic/kafka";
import { median } from "./load.ts";
import { jsonCaller } from "./signedJson.ts";

const SAMPLES = 60;
const PAUSE_MS = 40;
const clock = new SystemClock();
const withoutKafka = await noKafka();
await using kafka = withoutKafka === undefined ? await KafkaServer.start() : undefined;
await using hearth = await startHearth({
  env: kafka ? { HEARTH_BROKERS: `kafka=kafka://127.0.0.1:${kafka.port}` } : {},
});
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const caller = (service: string, prefix: string) => jsonCaller(hearth.clientConfig, service, prefix, agent, request);
const [sqs, kinesis, dynamo] = [
  caller("sqs", "AmazonSQS"),
  caller("kinesis", "Kinesis_20131202"),
  caller("dynamodb", "DynamoDB_20120810"),
];
const lambda = new LambdaClient(hearth.clientConfig);
const iam = new IAMClient(hearth.clientConfig);
const logs = new CloudWatchLogsClient(hearth.clientConfig);
const sns = new SNSClient(hearth.clientConfig);

const RoleName = "bench";
const document = (Statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
const PolicyDocument = document({ Effect: "Allow", Action: "*", Resource: "*" });
await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));
const code = `export const handler = async (event) => {
  const now = Date.now();
  for (const at of JSON.stringify(event).matchAll(/at (\\d{13})/g)) console.log("WAITED", now - Number(at[1]));
  const packed = [...(event.Records ?? []).map(({ kinesis }) => kinesis?.data), ...Object.values(event.records ?? {}).flat().map(({ value }) => value)];
  for (const data of packed) if (data) console.log("WAITED", now - Number(Buffer.from(data, "base64").toString().slice(3)));
};
`;
const ZipFile = await zipOf({ "index.mjs": code });

/** A function of its own for each way, so that each has its own log. */
async function newFunction(FunctionName: string): Promise<string> {
  const { FunctionArn = "" } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Role: Role?.Arn,
      Code: { ZipFile },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  return FunctionArn;
}

async function map(FunctionName: string, EventSourceArn: string, more: object = {}): Promise<void> {
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, ...more }));
  while ((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== "Enabled") await clock.sleep(20);
  await clock.sleep(1_000);
}

async function measure(name: string, goalMs: number, send: (text: string) => Promise<unknown>): Promise<void> {
  await send(`at ${clock.now()}`); // starts the environment
  await clock.sleep(2_000);
  for (let at = 0; at < SAMPLES; at++) {
    await send(`at ${clock.now()}`);
    await clock.sleep(PAUSE_MS);
  }
  await clock.sleep(3_000); // function logs are written once a second
  const filter = { logGroupName: `/aws/lambda/${name}`, filterPattern: "WAITED", limit: 10_000 };
  const { events = [] } = await logs.send(new FilterLogEventsCommand(filter));
  const waits = events.flatMap(({ message = "" }) => /WAITED (\d+)/.exec(message)?.[1] ?? []).map(Number);
  console.log(
    `records: ${name} to function ${median(waits)} ms (p50 of ${waits.length}; goal ${goalMs} ms on an idle machine)`,
  );
}

const here = "us-east-1:000000000000";
await newFunction("queue");
await sqs("CreateQueue", { QueueName: "bench" });
await map("queue", `arn:aws:sqs:${here}:bench`);
await measure("queue", 10, (MessageBody) =>
  sqs("SendMessage", { QueueUrl: `${hearth.endpoint}/000000000000/bench`, MessageBody }),
);

await newFunction("stream");
await kinesis("CreateStream", { StreamName: "bench", ShardCount: 1 });
await clock.sleep(1_000);
await map("stream", `arn:aws:kinesis:${here}:stream/bench`, { StartingPosition: "LATEST" });
await measure("stream", 10, (text) =>
  kinesis("PutRecord", { StreamName: "bench", PartitionKey: "p", Data: Buffer.from(text).toString("base64") }),
);

await newFunction("table");
const made = (await dynamo("CreateTable", {
  TableName: "bench",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  BillingMode: "PAY_PER_REQUEST",
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
})) as { readonly TableDescription: { readonly LatestStreamArn: string } };
await map("table", made.TableDescription.LatestStreamArn, { StartingPosition: "LATEST" });
await measure("table", 20, (S) => dynamo("PutItem", { TableName: "bench", Item: { pk: { S: "one" }, said: { S } } }));

const Endpoint = await newFunction("topic");
const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "bench" }));
const Action = "lambda:InvokeFunction";
await lambda.send(
  new AddPermissionCommand({
    FunctionName: "topic",
    StatementId: "t",
    Action,
    Principal: "sns.amazonaws.com",
    SourceArn: TopicArn,
  }),
);
await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint }));
await measure("topic", 10, (Message) => sns.send(new PublishCommand({ TopicArn, Message })));

if (kafka) {
  const [name, topic] = ["kafka", "bench"];
  await newFunction(name);
  const options = { clientId: "bench", bootstrapBrokers: [`127.0.0.1:${kafka.port}`], retries: 20, retryDelay: 200 };
  const admin = new Admin(options);
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
  await admin.close();
  await map(name, `arn:aws:kafka:${here}:cluster/kafka/0-1`, {
    Topics: [topic],
    StartingPosition: "TRIM_HORIZON",
    MaximumBatchingWindowInSeconds: 0,
  });
  const producer = new Producer({ ...options, serializers: stringSerializers });
  await measure(name, 30, (value) => producer.send({ messages: [{ topic, value }], acks: -1 }));
  await producer.close();
} else console.log(`records: kafka is left out: ${withoutKafka}`);

agent.destroy();
for (const client of [lambda, iam, logs, sns]) client.destroy();
