import { SystemClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PollingProcess } from "../../testing/pollingProcess.ts";
import { EventSourceMappingStore } from "@hearth/store";
import { channelSource } from "./channelSource.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const accountId = "000000000000";
const region = "us-east-1";
const clock = new SystemClock();
const patient = { timeout: 60_000 };
const source = () =>
  channelSource({
    authorities: [],
    connections: [{ name: "db", accountId, url: urlOf(db) }],
    clock,
    random: systemRandom,
  });

interface ChannelEvent {
  readonly Records: readonly { readonly body: string; readonly channel: string; readonly messageId: string }[];
}

test("notifications reach the function; one that failed comes again; a connection that was cut is opened anew", async () => {
  const channel = 'orders "new"';
  const bodies: string[] = [];
  let failures = 0;
  await using process = new PollingProcess(db.database, [source()], (event) => {
    if (failures++ === 0)
      return { batchItemFailures: [{ itemIdentifier: (event as ChannelEvent).Records[0]?.messageId }] };
    bodies.push(...(event as ChannelEvent).Records.map(({ body }) => body));
    return {};
  });
  await process.start();
  const mappings = new EventSourceMappingStore({ database: db.database, clock });
  const UUID = systemRandom.uuid();
  await mappings.create({
    ...{ accountId, region, UUID, FunctionName: "f", enabled: true, Tags: {} },
    EventSourceArn: `arn:aws:hearth:${region}:${accountId}:postgres/db/channel/${channel}`,
    settings: { BatchSize: 10, FunctionResponseTypes: ["ReportBatchItemFailures"] },
  });
  const listens = async () =>
    (
      await db.database.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'hearth event source' AND datname = current_database() AND query LIKE 'LISTEN%'",
      )
    ).map(({ pid }) => pid);
  await expect.poll(async () => (await listens()).length, patient).toBe(1);
  await db.database.query("SELECT pg_notify($1, 'first')", [channel]);
  await expect.poll(() => bodies, patient).toEqual(["first"]);
  const [pid] = await listens();
  await db.database.query("SELECT pg_terminate_backend($1)", [pid]);
  await expect.poll(async () => (await listens()).filter((one) => one !== pid).length, patient).toBe(1);
  await db.database.query("SELECT pg_notify($1, 'second')", [channel]);
  await expect.poll(() => bodies, patient).toEqual(["first", "second"]);
});

function urlOf({ connection }: TestDatabase): string {
  const { connectionString, host, port, user, password, database } = connection;
  if (connectionString !== undefined) return connectionString;
  const secret = typeof password === "string" ? `:${encodeURIComponent(password)}` : "";
  const isSocket = host?.startsWith("/") ?? false;
  const url = new URL(`postgres://${user}${secret}@${isSocket ? "localhost" : host}:${port ?? 5432}/${database}`);
  if (isSocket) url.searchParams.set("host", host ?? "");
  return url.href;
}
