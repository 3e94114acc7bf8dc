// What an event source mapping of a queue takes: batches of 10 and a function that does nothing, beside the same loop without the function; the time from a record to its function; a
// thousand idle mappings.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Queues } from "@hearth/queues";
import { startHearth, zipOf } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { median } from "./load.ts";
import { jsonCaller } from "./signedJson.ts";

const MESSAGES = 10_000;
const ROUNDS = 3;
/** As many batches at a time as a new mapping has. */
const POLLERS = 5;
const SAMPLES = 60;
const IDLE_MAPPINGS = 1_000;
const IDLE_MS = 40_000;
const clock = new SystemClock();

await using hearth = await startHearth();
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const call = jsonCaller(hearth.clientConfig, "sqs", "AmazonSQS", agent, request);
await using database = databaseOf(hearth, 10);
await using queues = new Queues({ database, clock, random: systemRandom, logger: silentLogger });
const lambda = new LambdaClient(hearth.clientConfig);
const iam = new IAMClient(hearth.clientConfig);
const logs = new CloudWatchLogsClient(hearth.clientConfig);

const RoleName = "bench";
const document = (Statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
const created = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
const PolicyDocument = document({ Effect: "Allow", Action: ["sqs:*", "logs:*"], Resource: "*" });
await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));
const FunctionName = "bench";
const code = `export const handler = async ({ Records }) => {
  const now = Date.now();
  for (const { body } of Records) if (body.startsWith("at ")) console.log("WAITED", now - Number(body.slice(3)));
};
`;
await lambda.send(
  new CreateFunctionCommand({
    FunctionName,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: created.Role?.Arn,
    Code: { ZipFile: await zipOf({ "index.mjs": code }) },
  }),
);
await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
await call("CreateQueue", { QueueName: "bench" });
const EventSourceArn = "arn:aws:sqs:us-east-1:000000000000:bench";
const queue = await queues.findByArn(EventSourceArn);
if (!queue) throw new Error("there is no queue");
const { id } = queue;

async function fill(): Promise<void> {
  await Promise.all(
    Array.from({ length: MESSAGES }, () =>
      queues.send(queue as NonNullable<typeof queue>, { body: "x".repeat(200), senderId: "bench" }),
    ),
  );
}
async function left(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "SELECT count(*)::integer AS count FROM sqs_messages WHERE queue_id = $1",
    [id],
  );
  return row?.count ?? 0;
}

/** The same loop without the function: receive 10, delete 10. */
async function floorRate(): Promise<number> {
  await fill();
  const since = clock.monotonicMs();
  const poller = async (): Promise<void> => {
    for (;;) {
      const received = await queues.receive(
        queue as NonNullable<typeof queue>,
        { limit: 10, waitSeconds: 0 },
        new AbortController().signal,
      );
      if (received.length === 0) return;
      await queues.deleteReceived(
        queue as NonNullable<typeof queue>,
        received.map(({ ReceiptHandle }) => ReceiptHandle),
      );
    }
  };
  await Promise.all(Array.from({ length: POLLERS }, poller));
  return MESSAGES / ((clock.monotonicMs() - since) / 1000);
}

const { UUID = "" } = await lambda.send(
  new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, BatchSize: 10, Enabled: false }),
);
async function state(wanted: string): Promise<void> {
  while ((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== wanted) await clock.sleep(20);
}
async function enable(Enabled: boolean): Promise<void> {
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  await state(Enabled ? "Enabled" : "Disabled");
}

async function mappingRate(): Promise<number> {
  await fill();
  const since = clock.monotonicMs();
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  while ((await left()) > 0) await clock.sleep(20);
  const rate = MESSAGES / ((clock.monotonicMs() - since) / 1000);
  await state("Enabled");
  await enable(false);
  return rate;
}

await state("Disabled");
const floors: number[] = [];
const rates: number[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const floor = await floorRate();
  const rate = await mappingRate();
  if (round === 0) continue; // warms up
  floors.push(floor);
  rates.push(rate);
}
const floor = median(floors);
const rate = median(rates);
console.log(`event sources: the loop without a function takes ${floor.toFixed(0)} messages/s`);
console.log(
  `event sources: a mapping with batches of 10 takes ${rate.toFixed(0)}/s, ${(rate / floor).toFixed(2)} of it`,
);

await enable(true);
for (let at = 0; at < SAMPLES; at++) {
  await call("SendMessage", { QueueUrl: `${hearth.endpoint}/000000000000/bench`, MessageBody: `at ${clock.now()}` });
  await clock.sleep(40);
}
await clock.sleep(2_500); // function logs are written once a second
const { events = [] } = await logs.send(
  new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: "WAITED", limit: 10_000 }),
);
const waits = events.flatMap(({ message = "" }) => /WAITED (\d+)/.exec(message)?.[1] ?? []).map(Number);
console.log(`event sources: from SendMessage to the function ${median(waits)} ms (p50 of ${waits.length})`);

const connections = async (): Promise<number> => {
  const [row] = await database.query<{ count: number }>(
    "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE backend_type = 'client backend'",
  );
  return row?.count ?? 0;
};
/** Seconds of processor time of Hearth and everything that it has started. */
function cpuSeconds(): number {
  const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const family = new Map<number, number>();
  for (const line of execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) family.set(pid, parent);
  }
  const isOurs = (pid: number): boolean => pid === hearth.pid || (pid > 1 && isOurs(family.get(pid) ?? 0));
  let sum = 0;
  for (const pid of family.keys()) {
    if (!isOurs(pid)) continue;
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      sum += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum / ticks;
}
async function idleShare(): Promise<number> {
  const before = cpuSeconds();
  await clock.sleep(IDLE_MS);
  return (cpuSeconds() - before) / (IDLE_MS / 1000);
}
await database.query(
  `INSERT INTO sqs_queues (account_id, region, "QueueName", is_fifo, attributes, tags)
   SELECT '000000000000', 'us-east-1', 'idle' || n, false, '{}', '{}' FROM generate_series(1, ${IDLE_MAPPINGS}) n`,
);
await clock.sleep(10_000);
const [idleBefore, connectionsBefore] = [await idleShare(), await connections()];
await database.query(
  `WITH m AS (INSERT INTO event_source_mappings (id, account_id, region, "FunctionName", qualifier, "EventSourceArn", source_digest, enabled, settings, "Tags", "LastModified", state)
      SELECT gen_random_uuid(), '000000000000', 'us-east-1', 'bench', '', 'arn:aws:sqs:us-east-1:000000000000:' || "QueueName",
             encode(sha256("QueueName"::bytea), 'hex'), true, '{"BatchSize":10}', '{}', now(), 'Creating' FROM sqs_queues WHERE "QueueName" LIKE 'idle%' RETURNING id)
   INSERT INTO event_source_units (mapping_id, unit) SELECT id, '' FROM m`,
);
await database.query("SELECT pg_notify('hearth_event_sources', '')");
for (;;) {
  const [row] = await database.query<{ count: number }>(
    "SELECT count(*)::integer AS count FROM event_source_mappings WHERE state = 'Creating'",
  );
  if (row?.count === 0) break;
  await clock.sleep(200);
}
await clock.sleep(10_000);
const [idleAfter, connectionsAfter] = [await idleShare(), await connections()];
const share = ((idleAfter - idleBefore) * 100).toFixed(1);
console.log(
  `event sources: ${IDLE_MAPPINGS} idle mappings take ${share} % of a core more, ${connectionsAfter - connectionsBefore} connections more`,
);
agent.destroy();
for (const client of [lambda, iam, logs]) client.destroy();
