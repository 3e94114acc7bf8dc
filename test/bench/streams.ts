// What an event source mapping of a stream with 4 shards takes: batches of 1,000 and a function that does nothing, beside reading alone with GetRecords.
import { Agent, request } from "node:http";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { SystemClock } from "@hearth/kit";
import { startHearth, zipOf } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { median } from "./load.ts";
import { jsonCaller } from "./signedJson.ts";

const SHARDS = 4;
const RECORDS = 40_000;
const ROUNDS = 3;
const BATCH = 1_000;
const StreamName = "bench";
const clock = new SystemClock();
await using hearth = await startHearth();
await using database = databaseOf(hearth, 2);
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const kinesis = jsonCaller(hearth.clientConfig, "kinesis", "Kinesis_20131202", agent, request);
const lambda = new LambdaClient(hearth.clientConfig);
const iam = new IAMClient(hearth.clientConfig);

const document = (Statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
const RoleName = "bench";
const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
const PolicyDocument = document({ Effect: "Allow", Action: "*", Resource: "*" });
await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));
const FunctionName = "bench";
await lambda.send(
  new CreateFunctionCommand({
    FunctionName,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: Role?.Arn,
    Code: { ZipFile: await zipOf({ "index.mjs": "export const handler = async () => {};\n" }) },
  }),
);
await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });

await kinesis("CreateStream", { StreamName, ShardCount: SHARDS });
await clock.sleep(1_000);
/** The last record of each shard. */
const last = new Map<string, string>();
const Data = Buffer.alloc(200, "x").toString("base64");
for (let at = 0; at < RECORDS; at += 500) {
  const Records = Array.from({ length: 500 }, (_, one) => ({ Data, PartitionKey: String(at + one) }));
  const answer = (await kinesis("PutRecords", { StreamName, Records })) as {
    readonly Records: readonly { readonly ShardId: string; readonly SequenceNumber: string }[];
  };
  for (const { ShardId, SequenceNumber } of answer.Records) {
    if (BigInt(SequenceNumber) > BigInt(last.get(ShardId) ?? 0)) last.set(ShardId, SequenceNumber);
  }
}

async function readingRate(): Promise<number> {
  const since = clock.monotonicMs();
  const counts = await Promise.all(
    [...last.keys()].map(async (ShardId) => {
      const from = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" };
      let { ShardIterator } = (await kinesis("GetShardIterator", from)) as { ShardIterator: string };
      for (let count = 0; ;) {
        const page = (await kinesis("GetRecords", { ShardIterator, Limit: BATCH })) as {
          readonly Records: readonly { readonly SequenceNumber: string }[];
          readonly NextShardIterator: string;
        };
        count += page.Records.length;
        ShardIterator = page.NextShardIterator;
        if (page.Records.at(-1)?.SequenceNumber === last.get(ShardId)) return count;
      }
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((clock.monotonicMs() - since) / 1_000);
}

/** From the creation of the mapping, so that it includes finding the stream. */
async function mappingRate(): Promise<number> {
  const since = clock.monotonicMs();
  const EventSourceArn = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;
  const wish = { FunctionName, EventSourceArn, StartingPosition: "TRIM_HORIZON", BatchSize: BATCH } as const;
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(wish));
  const done = async (): Promise<boolean> => {
    const [row] = await database.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM event_source_units u
         JOIN kinesis_shards s ON u.unit = 'shardId-' || lpad(s.shard_no::text, 12, '0')
         JOIN kinesis_streams k ON k.id = s.stream_id AND k."StreamName" = $2
        WHERE u.mapping_id = $1 AND u.position::bigint >= s.last_seq`,
      [UUID, StreamName],
    );
    return row?.count === SHARDS;
  };
  while (!(await done())) await clock.sleep(20);
  const rate = RECORDS / ((clock.monotonicMs() - since) / 1_000);
  await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
  await clock.sleep(2_000);
  return rate;
}

const [floors, rates]: [number[], number[]] = [[], []];
for (let round = 0; round <= ROUNDS; round++) {
  const [floor, rate] = [await readingRate(), await mappingRate()];
  if (round === 0) continue; // warms up
  floors.push(floor);
  rates.push(rate);
}
const [floor, rate] = [median(floors), median(rates)];
console.log(`streams: reading ${SHARDS} shards with GetRecords alone gives ${floor.toFixed(0)} records/s`);
console.log(
  `streams: a mapping with batches of ${BATCH} takes ${rate.toFixed(0)} records/s, ${(rate / floor).toFixed(2)} of it`,
);
agent.destroy();
for (const client of [lambda, iam]) client.destroy();
