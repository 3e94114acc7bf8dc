import { ManualClock, silentLogger } from "@hearth/kit";
import { WebSocketCommandStore, WebSocketConnectionStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LostSockets } from "./lostSockets.ts";
import type { SocketFacts } from "./openSocket.ts";
import { SocketRecords } from "./socketRecords.ts";

let db: TestDatabase;
let records: WebSocketConnectionStore;
let leases: WebSocketCommandStore;
beforeAll(async () => {
  db = await testDatabase();
  records = new WebSocketConnectionStore(db.database);
  leases = new WebSocketCommandStore(db.database);
});
afterAll(() => db[Symbol.asyncDispose]());

const LEASE_MS = 60_000;
/** Longer than a process must be without a lease to count as dead. */
const CONFIRMED_MS = 11_000;

/** A process with so many connections. */
async function owner(processId: string, count: number): Promise<{ records: SocketRecords; facts: SocketFacts[] }> {
  const own = new SocketRecords(processId, { records, logger: silentLogger });
  const facts = Array.from(
    { length: count },
    (_, i) => ({ connectionId: `${processId}-${i}`, stage: "live" }) as SocketFacts,
  );
  await leases.renew(processId, LEASE_MS);
  for (const one of facts) void own.opened(one);
  const written = () => db.database.query("SELECT 1 FROM web_socket_connections WHERE process_id = $1", [processId]);
  await expect.poll(async () => (await written()).length, { timeout: 30_000 }).toBe(count);
  return { records: own, facts };
}

function looker(processId: string) {
  const clock = new ManualClock();
  const found: string[] = [];
  const onLost = ({ connectionId }: SocketFacts): void => void found.push(connectionId);
  return { clock, found, lost: new LostSockets(processId, { records, onLost, clock, logger: silentLogger }) };
}

test("connections of a process that died are found by one of two others, once each, and those that had ended are not", async () => {
  const died = await owner("died", 250);
  const [first, ...others] = died.facts;
  if (first) await died.records.closed(first);
  const lookers = [looker("a"), looker("b")];
  const look = async (): Promise<void> => void (await Promise.all(lookers.map(({ lost }) => lost.look())));
  await look();
  expect(lookers.flatMap(({ found }) => found)).toEqual([]);
  await leases.leave("died");
  await look();
  for (const { clock } of lookers) await clock.advance(CONFIRMED_MS);
  await look();
  const found = lookers.flatMap((one) => one.found);
  expect(found.toSorted()).toEqual(others.map(({ connectionId }) => connectionId).toSorted());
  for (const { lost } of lookers) lost[Symbol.dispose]();
});

test("a process that renews its lease late keeps its connections", async () => {
  await owner("late", 3);
  const { clock, found, lost } = looker("c");
  await leases.leave("late");
  await lost.look();
  await leases.renew("late", LEASE_MS);
  await clock.advance(CONFIRMED_MS);
  await lost.look();
  await leases.leave("late");
  await lost.look();
  expect(found).toEqual([]);
  await clock.advance(CONFIRMED_MS);
  await lost.look();
  expect(found).toHaveLength(3);
  lost[Symbol.dispose]();
});

test("without PostgreSQL connections open and close as well", async () => {
  const fails = () => Promise.reject(new Error("no connection"));
  const own = new SocketRecords("x", { records: { add: fails, remove: fails }, logger: silentLogger });
  const facts = { connectionId: "x-1" } as SocketFacts;
  void own.opened(facts);
  await own.closed(facts);
});
