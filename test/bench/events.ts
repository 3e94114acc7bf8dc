// Asynchronous invocations without the functions: accepting events by 64 callers beside single inserts on 64 connections, and working them off beside a loop
// that claims and settles 50 rows at a time. All on one PostgreSQL with the settings of an installation.
import { SystemClock, systemRandom } from "@hearth/kit";
import { EventStore } from "@hearth/store";
import { HERE } from "@hearth/testkit";
import { durableDatabase } from "../support/durableDatabase.ts";
import { FROM, sendingWorker } from "../support/sendingWorker.ts";
import { median } from "./load.ts";

const CALLERS = 64;
const EVENTS = Number(process.env["EVENTS"] ?? 10_000);
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const CLAIMED = 50;
const PAYLOAD = Buffer.from(JSON.stringify({ text: "x".repeat(1_000) }));
/** The goals of docs/specification.md. */
const GOALS = { accepting: 2, processing: 0.5 };

const clock = new SystemClock();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
await using stack = new AsyncDisposableStack();
const { database, connection } = await durableDatabase(CALLERS + 10, stack);
const events = new EventStore(database);
await database.query(
  `CREATE TABLE bench_events (id uuid PRIMARY KEY, account_id text, "FunctionName" text, payload bytea, accepted_at timestamptz DEFAULT now())`,
);

/** Runs `step` EVENTS times, by 64 callers together. Resolves with the steps per second. */
async function rate(step: () => Promise<unknown>): Promise<number> {
  let left = EVENTS;
  const since = clock.monotonicMs();
  const caller = async (): Promise<void> => {
    while (left-- > 0) await step();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return EVENTS / ((clock.monotonicMs() - since) / 1_000);
}

/** One row, one statement, one commit: what `pgbench -c 64` does with a script of one INSERT. */
const insert = (): Promise<unknown> =>
  database.prepared(`INSERT INTO bench_events (id, account_id, "FunctionName", payload) VALUES ($1, $2, $3, $4)`, [
    systemRandom.uuid(),
    HERE.accountId,
    FROM,
    PAYLOAD,
  ]);
const accept = (): Promise<unknown> =>
  events.add({ ...HERE, id: systemRandom.uuid(), FunctionName: FROM, payload: PAYLOAD });

async function waiting(): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>("SELECT id FROM events WHERE finished_at IS NULL");
  return rows.map(({ id }) => id);
}

/** Claims 50 and settles 50, again and again, with no work in between. Resolves with the events per second. */
async function floorOfProcessing(): Promise<number> {
  const ids = [...(await waiting())];
  const since = clock.monotonicMs();
  for (let at = 0; at < ids.length; at += CLAIMED) {
    const claimed = await events.claim("bench", ids.slice(at, at + CLAIMED), CLAIMED, 60_000);
    const settlement = { kind: "finish", condition: "Success", durationMs: 1 } as const;
    await Promise.all(claimed.map((one) => events.settle("bench", one, settlement)));
  }
  return ids.length / ((clock.monotonicMs() - since) / 1_000);
}

/** The worker, with functions that answer at once. Resolves with the events per second, wake-ups included. */
async function processing(): Promise<number> {
  await using own = new AsyncDisposableStack();
  let left = EVENTS;
  const done = Promise.withResolvers<void>();
  const outcome = { kind: "success", payload: Buffer.from("null") } as const;
  const { worker, bus } = sendingWorker(
    {
      database,
      connection,
      sends: {},
      run: () => {
        if (--left === 0) done.resolve();
        return Promise.resolve({ outcome, ExecutedVersion: "$LATEST" });
      },
    },
    own,
  );
  const ids = await waiting();
  worker.start();
  const since = clock.monotonicMs();
  for (let at = 0; at < ids.length; at += 200) void bus.wake(ids.slice(at, at + 200));
  await done.promise;
  while ((await waiting()).length > 0) await clock.sleep(5);
  return ids.length / ((clock.monotonicMs() - since) / 1_000);
}

const rates: Record<string, number[]> = { inserts: [], accepting: [], loop: [], processing: [] };
for (let round = 0; round <= ROUNDS; round++) {
  const measured: Record<string, number> = { inserts: await rate(insert), accepting: await rate(accept) };
  measured["loop"] = await floorOfProcessing();
  await rate(accept);
  measured["processing"] = await processing();
  await database.query("TRUNCATE events, bench_events");
  // The first round warms up.
  if (round > 0) for (const [name, value] of Object.entries(measured)) rates[name]?.push(value);
}
const of = (name: string): number => median(rates[name] ?? []);
for (const [name, floor, goal] of [
  ["accepting", "inserts", GOALS.accepting],
  ["processing", "loop", GOALS.processing],
] as const) {
  const ratio = (of(name) / of(floor)).toFixed(2);
  say(
    `events of 1 KB, ${CALLERS} callers: ${name} ${of(name).toFixed(0)}/s, ${floor} ${of(floor).toFixed(0)}/s: ${ratio} of them (goal: at least ${goal})`,
  );
}
