// EventBridge: how long after PutEvents a function starts, and what PutEvents costs on a bus with 10,000 rules beside one with 10.
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SystemClock } from "@hearth/kit";
import { startHearth, zipOf } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { median } from "./load.ts";

const EVENTS = 100;
const ROUNDS = 30;
const PER_ROUND = 10;
const clock = new SystemClock();
const REPORTS = `export const handler = async ({ detail }) => console.log("STARTED " + detail.at + " " + Date.now());\n`;

await using hearth = await startHearth({ env: { HEARTH_EVENT_RULES: "20000" } });
await using database = databaseOf(hearth, 2);
const events = new EventBridgeClient(hearth.clientConfig);
const sqs = new SQSClient(hearth.clientConfig);
const lambda = new LambdaClient(hearth.clientConfig);
await startOfFunctions();
await manyRules();
for (const client of [events, lambda, sqs]) client.destroy();

async function put(EventBusName: string, detail: object): Promise<void> {
  const entry = { EventBusName, Source: "bench", DetailType: "bench", Detail: JSON.stringify(detail) };
  await events.send(new PutEventsCommand({ Entries: [entry] }));
}

/** From before the call of PutEvents to the function's first line, warm. */
async function startOfFunctions(): Promise<void> {
  const { FunctionArn = "", FunctionName } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "bench",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/bench",
      Code: { ZipFile: await zipOf({ "index.mjs": REPORTS }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120 }, { FunctionName });
  await events.send(new CreateEventBusCommand({ Name: "starts" }));
  const rule = { Name: "starts", EventBusName: "starts", EventPattern: '{"source":["bench"]}' };
  const { RuleArn } = await events.send(new PutRuleCommand(rule));
  const permission = {
    FunctionName,
    StatementId: "rule",
    Action: "lambda:InvokeFunction",
    Principal: "events.amazonaws.com",
  };
  await lambda.send(new AddPermissionCommand({ ...permission, SourceArn: RuleArn }));
  const Targets = [{ Id: "1", Arn: FunctionArn }];
  await events.send(new PutTargetsCommand({ Rule: "starts", EventBusName: "starts", Targets }));
  const sent: number[] = [];
  for (let at = 0; at < EVENTS; at++) {
    sent.push(clock.now());
    await put("starts", { at });
    await clock.sleep(50);
  }
  const started = await startsOf("/aws/lambda/bench", EVENTS);
  const delays = started.map((ms, at) => ms - (sent[at] ?? 0)).slice(EVENTS / 10);
  console.log(`event buses: a function starts ${median(delays).toFixed(0)} ms after the call of PutEvents (median)`);
}

/** When each run of the function started, in the order of the events. */
async function startsOf(logGroupName: string, count: number): Promise<readonly number[]> {
  const logs = new CloudWatchLogsClient(hearth.clientConfig);
  for (;;) {
    const starts: number[] = [];
    const pages = paginateFilterLogEvents({ client: logs }, { logGroupName, filterPattern: "STARTED" });
    for await (const page of pages) {
      for (const { message = "" } of page.events ?? []) {
        const [, at, ms] = /STARTED (\d+) (\d+)/.exec(message) ?? [];
        if (at !== undefined) starts[Number(at)] = Number(ms);
      }
    }
    if (starts.filter((ms) => ms > 0).length === count) {
      logs.destroy();
      return starts;
    }
    await clock.sleep(200);
  }
}

/** Patterns of all kinds. The event of the benchmark matches the fourth. */
function patternOf(i: number): object {
  const source = ["bench"];
  switch (i % 6) {
    case 0:
      return { source, detail: { key: [{ prefix: `p${i}-` }] } };
    case 1:
      return { source, detail: { key: [{ suffix: `-s${i}` }] } };
    case 2:
      return { source, detail: { key: [{ wildcard: `*w${i}*` }] } };
    case 3:
      return { source, detail: { key: [{ "anything-but": "x" }], id: [i] } };
    case 4:
      return { source, detail: { absent: [{ exists: false }], name: [`n${i}`] } };
    default:
      return { source, $or: [{ detail: { a: [`a${i}`] } }, { detail: { b: [{ numeric: ["=", i] }] } }] };
  }
}

/** Both buses have one rule that the event matches; it sends to a queue. */
async function manyRules(): Promise<void> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "bench" }));
  const Arn = "arn:aws:sqs:us-east-1:000000000000:bench";
  const statement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: Arn,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  for (const [bus, count] of [
    ["few", 10],
    ["many", 10_000],
  ] as const) {
    await events.send(new CreateEventBusCommand({ Name: bus }));
    const names = Array.from({ length: count }, (_, i) => `r${i}`);
    const settings = names.map((_, i) =>
      JSON.stringify({ State: "ENABLED", EventPattern: JSON.stringify(patternOf(i)) }),
    );
    await database.query(
      `INSERT INTO event_rules (account_id, region, bus, "Name", settings, tags)
       SELECT '000000000000', 'us-east-1', $1, name, settings::json, '{}' FROM unnest($2::text[], $3::text[]) AS r (name, settings)`,
      [bus, names, settings],
    );
    await database.query(
      `INSERT INTO event_rule_targets (account_id, region, bus, rule, "Id", "Arn", target)
       SELECT '000000000000', 'us-east-1', $1, name, '1', $3, $4::json FROM unnest($2::text[]) AS name`,
      [bus, names, Arn, JSON.stringify({ Id: "1", Arn })],
    );
    await clock.sleep(500);
    await put(bus, { key: "warm" });
  }
  const event = { key: "p-s w", id: 3, name: "n", a: "a", b: 0, absent: 1 };
  const times: Record<string, number[]> = { few: [], many: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const bus of ["few", "many"]) {
      const begin = clock.monotonicMs();
      for (let at = 0; at < PER_ROUND; at++) await put(bus, event);
      times[bus]?.push((clock.monotonicMs() - begin) / PER_ROUND);
    }
  }
  const [few, many] = [median(times["few"] ?? []), median(times["many"] ?? [])];
  console.log(
    `event buses: PutEvents takes ${few.toFixed(1)} ms with 10 rules and ${many.toFixed(1)} ms with 10,000 (ratio ${(many / few).toFixed(2)}, promised: at most 1.5)`,
  );
}
