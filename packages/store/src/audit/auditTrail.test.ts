import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import { expect, test } from "vitest";
import type { AuditEvent } from "./auditEvent.ts";
import { AuditTrail } from "./auditTrail.ts";

const ACCOUNT = "111122223333";

function event(accountId = ACCOUNT): AuditEvent {
  const eventId = systemRandom.uuid();
  const caller = { kind: "root", accountId, arn: "arn", id: accountId, userName: "root", accessKeyId: "k" } as const;
  return {
    eventId,
    time: 1,
    accountId,
    region: "us-east-1",
    requestId: eventId,
    caller,
    sourceIp: null,
    userAgent: null,
    service: "lambda",
    operation: "CreateFunction",
    isReadOnly: false,
    isDataEvent: false,
    resources: [],
    input: "{}",
    status: 201,
    errorCode: null,
    errorMessage: null,
  };
}

function trailWith(insert: (events: readonly AuditEvent[]) => Promise<void>) {
  const clock = new ManualClock();
  const registry = new Registry();
  const trail = new AuditTrail({ events: { insert }, clock, random: systemRandom, logger: silentLogger, registry });
  return { trail, clock, registry };
}

/** Lets what was begun go on until `done`. */
async function until(done: () => boolean): Promise<void> {
  await expect.poll(done).toBe(true);
}

test("an event is stored before record resolves, and events that come together share a write", async () => {
  const writes: number[] = [];
  const { trail } = trailWith(async (events) => void writes.push(events.length));
  await Promise.all(Array.from({ length: 100 }, () => trail.record(event())));
  expect(writes).toEqual([100]);
  await trail[Symbol.asyncDispose]();
});

test("an event that PostgreSQL does not take is stored later", async () => {
  let isAway = true;
  const stored: AuditEvent[] = [];
  const { trail, clock } = trailWith(async (events) => {
    if (isAway) throw new Error("Connection terminated");
    stored.push(...events);
  });
  const one = event();
  await trail.record(one);
  expect(stored).toEqual([]);
  isAway = false;
  await until(() => (void clock.advance(1000), stored.length === 1));
  expect(stored).toEqual([one]);
  await trail[Symbol.asyncDispose]();
});

test("a flood of refused calls of one account is cut and the trail says so; other accounts and successful calls are not affected", async () => {
  const stored: AuditEvent[] = [];
  const { trail, registry } = trailWith(async (events) => void stored.push(...events));
  for (let count = 0; count < 10_000; count++) trail.recordRefusal(event());
  trail.recordRefusal(event("444455556666"));
  await trail.record(event());
  await trail[Symbol.asyncDispose]();
  const of = (accountId: string) => stored.filter((one) => one.accountId === accountId);
  expect(of("444455556666")).toHaveLength(1);
  const said = of(ACCOUNT).filter(({ operation }) => operation === "AuditEventsDropped");
  expect(of(ACCOUNT).length - said.length).toBe(301);
  expect(said.map(({ input }) => JSON.parse(input) as object)).toEqual([{ dropped: 9_700 }]);
  expect(await registry.metrics()).toContain("hearth_audit_events_dropped_total 9700");
});

test("memory is bounded while PostgreSQL is away", async () => {
  const { trail, registry } = trailWith(() => Promise.reject(new Error("Connection terminated")));
  const large = { ...event(), input: JSON.stringify("x".repeat(1_000_000)) };
  for (let count = 0; count < 50; count++) trail.recordBehind(large);
  expect(await registry.metrics()).toMatch(/hearth_audit_events_dropped_total 3[45]/);
  await trail[Symbol.asyncDispose]();
});
