// What DynamoDB's tables take: PutItem, GetItem and Query of 1 KB items by 16 callers with requests signed beforehand, beside the bare statement behind each
// through a pool of the same size on Hearth's PostgreSQL; and what a stream adds to a write.
import { SystemClock } from "@hearth/kit";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { median } from "./load.ts";
import { RawConnection, requestSigner } from "./rawHttp.ts";

const CALLERS = 16;
const ITEMS = Number(process.env["ITEMS"] ?? 3_000);
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
/** The goals of docs/specification.md. */
const GOAL = 0.6;
const STREAM_GOAL = 1.3;
const PHASES = ["put", "get", "query"] as const;
type Rates = Record<(typeof PHASES)[number], number>;
const clock = new SystemClock();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs `step` `ITEMS` times by all callers together. Resolves with the steps per second. */
async function rate(step: (caller: number, at: number) => Promise<unknown>): Promise<number> {
  let at = 0;
  const since = clock.monotonicMs();
  const call = async (caller: number): Promise<void> => {
    while (at < ITEMS) await step(caller, at++);
  };
  await Promise.all(Array.from({ length: CALLERS }, (_one, caller) => call(caller)));
  return ITEMS / ((clock.monotonicMs() - since) / 1_000);
}

await using hearth = await startHearth();
using stack = new DisposableStack();
const { region, credentials } = hearth.clientConfig;
const port = Number(new URL(hearth.endpoint).port);
const sign = requestSigner({ port, region, credentials }, "dynamodb", "DynamoDB_20120810");
const connections = await Promise.all(Array.from({ length: CALLERS }, () => RawConnection.open(port)));
for (const connection of connections) stack.use(connection);
const send = async (caller: number, request: Buffer): Promise<Buffer> => {
  return await (connections[caller] as RawConnection).send(request);
};

async function newTable(TableName: string, more: object = {}): Promise<void> {
  const AttributeDefinitions = ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" }));
  const KeySchema = [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ];
  await send(
    0,
    sign("CreateTable", { TableName, AttributeDefinitions, KeySchema, BillingMode: "PAY_PER_REQUEST", ...more }),
  );
}

await newTable("bench");
await newTable("streamed", { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } });
const keyOf = (at: number) => ({ pk: { S: `p${at % 100}` }, sk: { S: `s${at}` } });
const all = <T>(make: (at: number) => T): T[] => Array.from({ length: ITEMS }, (_one, at) => make(at));
/** Each round writes other values than the one before: a stream has no record of an item that stays as it is. */
const puts = (TableName: string): readonly Buffer[][] =>
  ["x", "y"].map((letter) =>
    all((at) => sign("PutItem", { TableName, Item: { ...keyOf(at), value: { S: letter.repeat(1_000) } } })),
  );
const requests = {
  put: puts("bench"),
  streamed: puts("streamed"),
  get: [all((at) => sign("GetItem", { TableName: "bench", Key: keyOf(at), ConsistentRead: true }))],
  query: [
    all((at) =>
      sign("Query", {
        TableName: "bench",
        KeyConditionExpression: "pk = :p AND sk = :s",
        ExpressionAttributeValues: { ":p": keyOf(at).pk, ":s": keyOf(at).sk },
      }),
    ),
  ],
};
const measure = (kind: keyof typeof requests, round: number): Promise<number> => {
  const batch = requests[kind][round % requests[kind].length] ?? [];
  return rate((caller, at) => send(caller, batch[at] as Buffer));
};

await using database = databaseOf(hearth, CALLERS);
await database.query(
  "CREATE TABLE bench_floor (table_id bigint, place int, hash bytea, range bytea, version bigint, bytes int, item text, PRIMARY KEY (table_id, place, hash, range))",
);
const item = JSON.stringify({ ...keyOf(1), value: { S: "x".repeat(1_000) } });
const at = (n: number): unknown[] => [1, n % 100, Buffer.from(`p${n % 100}`), Buffer.from(`s${n}`)];
const WHERE = "table_id = $1 AND place = $2 AND hash = $3 AND range = $4";
const floors: Record<keyof Rates, (n: number) => Promise<unknown>> = {
  put: (n) =>
    database.prepared(
      `INSERT INTO bench_floor (table_id, place, hash, range, version, bytes, item) VALUES ($1, $2, $3, $4, 1, 1000, $5)
       ON CONFLICT (table_id, place, hash, range) DO UPDATE SET version = bench_floor.version + 1, item = excluded.item`,
      [...at(n), item],
    ),
  get: (n) => database.prepared(`SELECT item, version FROM bench_floor WHERE ${WHERE}`, at(n)),
  query: (n) =>
    database.prepared(`SELECT item, version FROM bench_floor WHERE ${WHERE} ORDER BY range LIMIT 100`, at(n)),
};

const results: { readonly ours: Rates & { readonly streamed: number }; readonly floor: Rates }[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const result = { ours: {}, floor: {} } as { ours: Rates & { streamed: number }; floor: Rates };
  for (const phase of PHASES) {
    result.floor[phase] = await rate((_caller, n) => floors[phase](n));
    result.ours[phase] = await measure(phase, round);
  }
  result.ours.streamed = await measure("streamed", round);
  // The first round warms up.
  if (round > 0) results.push(result);
}
for (const phase of PHASES) {
  const own = median(results.map(({ ours }) => ours[phase]));
  const floor = median(results.map((one) => one.floor[phase]));
  const share = median(results.map(({ ours, floor: bare }) => ours[phase] / bare[phase]));
  say(
    `tables: ${phase} ${own.toFixed(0)}/s, the bare statement ${floor.toFixed(0)}/s: ${share.toFixed(2)} of it (goal: at least ${GOAL})`,
  );
}
const cost = median(results.map(({ ours }) => ours.put / ours.streamed));
say(`tables: a put with a stream takes ${cost.toFixed(2)} times as long (goal: at most ${STREAM_GOAL})`);
