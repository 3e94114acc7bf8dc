// What S3 takes: PUT and GET of 1 MB and of 100 MB by links signed beforehand, beside a node:http server that writes and reads files, under the same client;
// Hearth's memory meanwhile; listings of a large bucket beside those of a small one; and the time from PUT to the start of a function.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { SystemClock } from "@hearth/kit";
import { startHearth, zipOf } from "@hearth/testkit";
import { presignUrl } from "@hearth/wire";
import { databaseOf } from "../support/database.ts";
import { median } from "./load.ts";
import { residentMemory } from "./residentMemory.ts";

const MB = 1024 * 1024;
const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const KEYS = Number(process.env["KEYS"] ?? 1_000_000);
/** Keys that one statement inserts. */
const INSERTED = 50_000;
/** The goals of docs/specification.md. */
const GOAL = 0.6;
const LISTING_GOAL = 2;
const START_GOAL_MS = 20;
const clock = new SystemClock();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const Bucket = "bench";

await using hearth = await startHearth();
await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), "hearth-bench-"));
stack.defer(async () => await rm(folder, { recursive: true, force: true }));
async function startFloor(...args: readonly string[]): Promise<string> {
  const floor = spawn(process.execPath, [join(import.meta.dirname, "floor/fileServer.ts"), folder, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  stack.defer(() => void floor.kill());
  const [line] = (await once(floor.stdout, "data")) as [Buffer];
  return `http://127.0.0.1:${line.toString().trim()}`;
}
const floorUrl = await startFloor();
/** Flushes each file and its name to disk before it answers, as Hearth does. */
const syncedFloorUrl = await startFloor("sync");
const agent = new Agent({ keepAlive: true });
stack.defer(() => agent.destroy());

/** Sends a request and reads the answer. */
async function send(url: string, method: string, body?: Buffer): Promise<void> {
  const headers = body && { "content-length": body.length };
  const sent = request(url, { method, agent, ...(headers && { headers }) });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  if (answer.statusCode !== 200) throw new Error(`${method} ${url} was answered ${answer.statusCode}`);
}

function link(path: string, method = "GET", query: Readonly<Record<string, string>> = {}): string {
  const { endpoint, region, credentials } = hearth.clientConfig;
  const options = { method, region, service: "s3", expiresSeconds: 86_400, now: Date.now() };
  return presignUrl(endpoint, path, query, credentials, options);
}

/** MB per second of `count` requests by `callers`. */
async function rate(
  sizeMb: number,
  count: number,
  callers: number,
  step: (n: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const since = clock.monotonicMs();
  const call = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await step(n);
  };
  await Promise.all(Array.from({ length: callers }, call));
  return (count * sizeMb) / ((clock.monotonicMs() - since) / 1_000);
}

const s3 = new S3Client({ ...hearth.clientConfig, forcePathStyle: true });
stack.defer(() => s3.destroy());
await s3.send(new CreateBucketCommand({ Bucket }));

for (const { sizeMb, count, callers } of [
  { sizeMb: 1, count: 200, callers: 4 },
  { sizeMb: 100, count: 4, callers: 1 },
]) {
  const body = Buffer.alloc(sizeMb * MB, "bytes of an object ");
  const keys = Array.from({ length: count }, (_one, n) => `/${Bucket}/${sizeMb}-${n}`);
  const puts = keys.map((key) => link(key, "PUT"));
  const gets = keys.map((key) => link(key));
  const results: Record<"put" | "get", { ours: number; floor: number }[]> = { put: [], get: [] };
  const synced: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const put = {
      floor: await rate(sizeMb, count, callers, (n) => send(`${floorUrl}${keys[n]}`, "PUT", body)),
      ours: await rate(sizeMb, count, callers, (n) => send(puts[n] ?? "", "PUT", body)),
    };
    const get = {
      floor: await rate(sizeMb, count, callers, (n) => send(`${floorUrl}${keys[n]}`, "GET")),
      ours: await rate(sizeMb, count, callers, (n) => send(gets[n] ?? "", "GET")),
    };
    const syncedPut = await rate(sizeMb, count, callers, (n) => send(`${syncedFloorUrl}${keys[n]}`, "PUT", body));
    // The first round warms up.
    if (round === 0) continue;
    synced.push(syncedPut);
    results.put.push(put);
    results.get.push(get);
  }
  for (const [name, measured] of Object.entries(results)) {
    const ours = median(measured.map((one) => one.ours));
    const plain = median(measured.map((one) => one.floor));
    say(
      `objects: ${name} of ${sizeMb} MB ${ours.toFixed(0)} MB/s, files over node:http ${plain.toFixed(0)} MB/s: ${(ours / plain).toFixed(2)} (goal: at least ${GOAL})`,
    );
  }
  const putRate = median(results.put.map((one) => one.ours));
  say(
    `objects: put of ${sizeMb} MB beside files that are flushed to disk, ${median(synced).toFixed(0)} MB/s: ${(putRate / median(synced)).toFixed(2)}`,
  );
  for (const { name, rssMb } of await residentMemory(hearth.pid ?? 0)) {
    if (name.startsWith("control")) say(`objects: memory after ${sizeMb} MB objects ${rssMb.toFixed(0)} MB`);
  }
}

await using database = databaseOf(hearth);
for (const [name, keys] of [
  ["small", 1_000],
  ["large", KEYS],
] as const) {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  for (let from = 1; from <= keys; from += INSERTED) {
    await database.query(
      `INSERT INTO s3_objects (bucket_id, key, seq, is_latest, size, etag, modified_at)
       SELECT b.id, convert_to('key/' || lpad(n::text, 9, '0'), 'UTF8'), n, true, 1, md5(n::text), now()
         FROM s3_buckets b, generate_series($2::integer, $3::integer) AS n WHERE b.name = $1`,
      [name, from, Math.min(from + INSERTED - 1, keys)],
    );
  }
}
await database.query("ANALYZE s3_objects");
async function listing(bucket: string, after: string): Promise<number> {
  const url = link(`/${bucket}`, "GET", { "list-type": "2", "max-keys": "1000", "start-after": after });
  const times: number[] = [];
  for (let n = 0; n < 40; n++) {
    const since = clock.monotonicMs();
    await send(url, "GET");
    if (n >= 10) times.push(clock.monotonicMs() - since);
  }
  return median(times);
}
const small = await listing("small", "");
const large = await listing("large", `key/${String(Math.floor(KEYS / 2)).padStart(9, "0")}`);
say(
  `objects: 1,000 of ${KEYS} keys listed in ${large.toFixed(1)} ms, of 1,000 keys in ${small.toFixed(1)} ms: ${(large / small).toFixed(2)} (goal: at most ${LISTING_GOAL})`,
);

/** When the function started for each key. */
const starts = new Map<string, (atMs: number) => void>();
const listener = createServer((asked, answer) => {
  starts.get((asked.url ?? "").slice(1))?.(clock.monotonicMs());
  answer.end();
}).listen(0, "127.0.0.1");
await once(listener, "listening");
stack.defer(() => void listener.close());
const { port } = listener.address() as AddressInfo;
const lambda = new LambdaClient(hearth.clientConfig);
stack.defer(() => lambda.destroy());
const FunctionName = "bench";
const code = `import http from "node:http";
const agent = new http.Agent({ keepAlive: true });
export const handler = async ({ Records: [{ s3 }] }) =>
  await new Promise((resolve) => http.get({ agent, host: "127.0.0.1", port: ${port}, path: "/" + s3.object.key }, (answer) => answer.resume().on("end", resolve)));`;
await lambda.send(
  new CreateFunctionCommand({
    FunctionName,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/any",
    Code: { ZipFile: await zipOf({ "index.mjs": code }) },
  }),
);
await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 }, { FunctionName });
await lambda.send(
  new AddPermissionCommand({
    FunctionName,
    StatementId: "s3",
    Action: "lambda:InvokeFunction",
    Principal: "s3.amazonaws.com",
  }),
);
const LambdaFunctionArn = `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`;
await s3.send(
  new PutBucketNotificationConfigurationCommand({
    Bucket,
    NotificationConfiguration: {
      LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ["s3:ObjectCreated:*"] }],
    },
  }),
);
const delays: number[] = [];
for (let n = 0; n < 120; n++) {
  const key = `start-${n}`;
  const started = new Promise<number>((resolve) => starts.set(key, resolve));
  const url = link(`/${Bucket}/${key}`, "PUT");
  const since = clock.monotonicMs();
  await send(url, "PUT", Buffer.from("object"));
  const atMs = await started;
  if (n >= 20) delays.push(atMs - since);
  await clock.sleep(20);
}
say(
  `objects: from PUT to the start of a function, p50 ${median(delays).toFixed(1)} ms (goal: at most ${START_GOAL_MS} ms on an idle machine)`,
);
