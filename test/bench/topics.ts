// Topics: how long after Publish a function starts, and how 20 messages of 256 KB reach 1,000 queues beside another account's queue.
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { SystemClock } from "@hearth/kit";
import { startHearth, zipOf } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { median } from "./load.ts";

const PUBLICATIONS = 100;
const QUEUES = Number(process.env["QUEUES"] ?? 1_000);
const MESSAGES = Number(process.env["MESSAGES"] ?? 20);
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const MESSAGE = "x".repeat(262_144);
const clock = new SystemClock();
const REPORTS = `export const handler = async ({ Records }) => console.log("STARTED " + Records[0].Sns.Message + " " + Date.now());\n`;

await using hearth = await startHearth();
await using database = databaseOf(hearth, 2);
const sns = new SNSClient(hearth.clientConfig);
const sqs = new SQSClient(hearth.clientConfig);
const lambda = new LambdaClient(hearth.clientConfig);
if (process.env["ONLY"] !== "queues") await startOfFunctions();
if (process.env["ONLY"] !== "functions") await manyQueues();
for (const client of [sns, sqs, lambda]) client.destroy();

/** From before the call of Publish to the function's first line, warm. */
async function startOfFunctions(): Promise<void> {
  const { FunctionArn, FunctionName } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "bench",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/bench",
      Code: { ZipFile: await zipOf({ "index.mjs": REPORTS }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120 }, { FunctionName });
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "bench" }));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: "sns",
      Action: "lambda:InvokeFunction",
      Principal: "sns.amazonaws.com",
    }),
  );
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint: FunctionArn }));
  const published: number[] = [];
  for (let at = 0; at < PUBLICATIONS; at++) {
    published.push(clock.now());
    await sns.send(new PublishCommand({ TopicArn, Message: String(at) }));
    await clock.sleep(50);
  }
  const started = await startsOf("/aws/lambda/bench", PUBLICATIONS);
  const delays = started.map((ms, at) => ms - (published[at] ?? 0)).slice(PUBLICATIONS / 10);
  console.log(`topics: a function starts ${median(delays).toFixed(0)} ms after the call of Publish (median)`);
}

/** When each run of the function started, in the order of the messages. */
async function startsOf(logGroupName: string, count: number): Promise<readonly number[]> {
  const logs = new CloudWatchLogsClient(hearth.clientConfig);
  for (;;) {
    const starts: number[] = [];
    const pages = paginateFilterLogEvents({ client: logs }, { logGroupName, filterPattern: "STARTED" });
    for await (const { events = [] } of pages) {
      for (const { message = "" } of events) {
        const [, at, ms] = /STARTED (\d+) (\d+)/.exec(message) ?? [];
        if (at !== undefined) starts[Number(at)] = Number(ms);
      }
    }
    if (starts.filter((ms) => ms > 0).length >= count) {
      logs.destroy();
      return starts;
    }
    await clock.sleep(500);
  }
}

async function manyQueues(): Promise<void> {
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "many" }));
  const names = Array.from({ length: QUEUES }, (_one, at) => `many-${at}`);
  const create = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const Endpoint = `${TopicArn.replace(":sns:", ":sqs:").replace(/[^:]+$/, name)}`;
      const Statement = [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: Endpoint }];
      await sqs.send(
        new CreateQueueCommand({ QueueName: name, Attributes: { Policy: JSON.stringify({ Statement }) } }),
      );
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
    }
  };
  await Promise.all(Array.from({ length: 16 }, create));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "other" }));
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    rounds.push(await manyQueuesOnce(TopicArn, QueueUrl));
    const [row] = await database.query<{ count: number }>("SELECT count(*)::integer AS count FROM sqs_messages");
    const expected = QUEUES * MESSAGES * round;
    if (row?.count !== expected) throw new Error(`${row?.count} of ${expected} messages arrived`);
  }
  const of = (value: (round: Round) => number): number => median(rounds.map(value));
  console.log(
    `topics: ${MESSAGES} messages of 256 KB for ${QUEUES} queues were accepted in ${seconds(of((one) => one.acceptedMs))} s and delivered in ${seconds(of((one) => one.deliveredMs))} s`,
  );
  console.log(
    `topics: another queue's send and receive meanwhile: p99 ${of((one) => one.besideMs).toFixed(0)} ms, ${of((one) => one.besideMs / one.aloneMs).toFixed(2)} of that alone`,
  );
}

interface Round {
  /** The p99 of the other queue. */
  readonly aloneMs: number;
  readonly besideMs: number;
  readonly acceptedMs: number;
  readonly deliveredMs: number;
}

async function manyQueuesOnce(TopicArn: string, QueueUrl: string | undefined): Promise<Round> {
  const aloneMs = await p99OfOther(QueueUrl, async () => await clock.sleep(8_000));
  let acceptedMs = 0;
  let deliveredMs = 0;
  const besideMs = await p99OfOther(QueueUrl, async () => {
    const since = clock.monotonicMs();
    for (let at = 0; at < MESSAGES; at++) await sns.send(new PublishCommand({ TopicArn, Message: MESSAGE }));
    acceptedMs = clock.monotonicMs() - since;
    for (let left = 1; left > 0; await clock.sleep(200)) {
      const [row] = await database.query<{ count: number }>("SELECT count(*)::integer AS count FROM fan_outs");
      left = row?.count ?? 0;
    }
    deliveredMs = clock.monotonicMs() - since;
  });
  return { aloneMs, besideMs, acceptedMs, deliveredMs };
}

/** The p99 of sending and receiving a small message by another queue, again and again while `work` runs. */
async function p99OfOther(QueueUrl: string | undefined, work: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  let isDone = false;
  const others = (async () => {
    while (!isDone) {
      const since = clock.monotonicMs();
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      took.push(clock.monotonicMs() - since);
      for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  })();
  await work();
  isDone = true;
  await others;
  return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? Number.NaN;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
