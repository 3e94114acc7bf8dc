// What logs take: a query over a million lines, and Invoke's p99 of a function that writes 2,000 lines/s with a subscription beside the same without one.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteSubscriptionFilterCommand,
  GetQueryResultsCommand,
  PutSubscriptionFilterCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { SystemClock } from "@hearth/kit";
import { LogChunkStore, LogGroupStore, LogStreamStore } from "@hearth/store";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { median } from "./load.ts";

const MILLION = 1_000_000;
const LINES_PER_CHUNK = 2_000;
const ROUNDS = 5;
const INVOKES = 500;
const EVERY_MS = 10;
const LINES = 20;
const clock = new SystemClock();
const accountId = "000000000000";

const driver = process.env["BENCH_DRIVER"] === "process" ? "process" : "docker";
await using hearth = await startHearth({ driver, env: { HEARTH_LOG_LEVEL: "warn" } });
const { region } = hearth.clientConfig;
const logs = new CloudWatchLogsClient(hearth.clientConfig);

// A million lines of 100 bytes, stored as functions' logs are.
await using database = databaseOf(hearth, 2);
const logGroupName = "/bench/million";
await logs.send(new CreateLogGroupCommand({ logGroupName }));
await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
const group = await new LogGroupStore(database).find({ accountId, region, logGroupName });
const stream = group && (await new LogStreamStore(database).find(group.id, "s"));
if (!group || !stream) throw new Error("the log group was not created");
const chunks = new LogChunkStore(database);
const now = Date.now();
for (let written = 0; written < MILLION; written += LINES_PER_CHUNK) {
  const events = Array.from({ length: LINES_PER_CHUNK }, (_, at) => {
    const line = written + at;
    const status = line % 700 === 0 ? 500 : 200;
    const timestamp = now - (MILLION - line);
    return {
      timestamp,
      message: `2026-11-29T09:00:00.000Z\t11111111-2222-3333-4444-555555555555\tINFO\trequest ${line} status=${status}\n`,
    };
  });
  await chunks.insert([{ groupId: group.id, streamId: stream.id, events }], now);
}

async function query(queryString: string): Promise<number> {
  const since = clock.monotonicMs();
  const range = { startTime: Math.floor(now / 1000) - 3_600, endTime: Math.ceil(now / 1000) };
  const { queryId } = await logs.send(new StartQueryCommand({ logGroupName, queryString, ...range }));
  for (;;) {
    const { status, statistics } = await logs.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Complete") {
      if (statistics?.recordsScanned !== MILLION) throw new Error(`scanned ${statistics?.recordsScanned} lines`);
      return clock.monotonicMs() - since;
    }
    if (status !== "Scheduled" && status !== "Running") throw new Error(`the query ended as ${status}`);
    await clock.sleep(50);
  }
}
for (const text of [
  "fields @timestamp, @message | filter @message like /status=500/ | sort @timestamp desc | limit 100",
  'filter @message like "status=500" | stats count(*) by bin(5m)',
  "parse @message 'status=*' as status | stats count(*) by status",
]) {
  const times: number[] = [];
  for (let round = 0; round < 3; round++) times.push(await query(text));
  console.log(`logs: a million lines, ${text}: ${median(times).toFixed(0)} ms`);
}

// A function that writes 20 lines a run, 100 times a second.
const client = lambdaClient(hearth);
const writer = `export const handler = async () => { for (let i = 0; i < ${LINES}; i++) console.log("line", i, "of some length, as lines have it"); };\n`;
await createActive(client, {
  FunctionName: "writer",
  files: { "index.mjs": writer },
  Runtime: "nodejs22.x",
  MemorySize: 128,
});
const reader = "export const handler = async () => undefined;\n";
await createActive(client, {
  FunctionName: "reader",
  files: { "index.mjs": reader },
  Runtime: "nodejs22.x",
  MemorySize: 128,
});
const writerGroup = "/aws/lambda/writer";
await client.send(
  new AddPermissionCommand({
    FunctionName: "reader",
    StatementId: "logs",
    Action: "lambda:InvokeFunction",
    Principal: "logs.amazonaws.com",
    SourceArn: `arn:aws:logs:${region}:${accountId}:log-group:${writerGroup}:*`,
  }),
);

async function p99(): Promise<number> {
  const times: number[] = [];
  const begin = clock.monotonicMs();
  for (let at = 0; at < INVOKES; at++) {
    const early = begin + at * EVERY_MS - clock.monotonicMs();
    if (early > 0) await clock.sleep(early);
    const since = clock.monotonicMs();
    await invoke(client, "writer", {});
    times.push(clock.monotonicMs() - since);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(INVOKES * 0.99)] ?? 0;
}
await p99();
await clock.sleep(1_500);
const filter = { logGroupName: writerGroup, filterName: "all" };
const measured: { alone: number[]; subscribed: number[] } = { alone: [], subscribed: [] };
for (let round = 0; round < ROUNDS; round++) {
  measured.alone.push(await p99());
  const destinationArn = `arn:aws:lambda:${region}:${accountId}:function:reader`;
  await logs.send(new PutSubscriptionFilterCommand({ ...filter, filterPattern: "", destinationArn }));
  measured.subscribed.push(await p99());
  await logs.send(new DeleteSubscriptionFilterCommand(filter));
}
logs.destroy();
client.destroy();
const [alone, subscribed] = [median(measured.alone), median(measured.subscribed)];
console.log(
  `logs: Invoke's p99 with ${(LINES * 1_000) / EVERY_MS} lines/s is ${alone.toFixed(1)} ms, with a subscription ${subscribed.toFixed(1)} ms: ${(subscribed - alone).toFixed(1)} ms more`,
);
