import { Bus } from "@hearth/bus";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { TooManyRequestsException } from "@hearth/model";
import { ClockWatch, EventPayloads, EventStore } from "@hearth/store";
import { jumpingDatabase } from "@hearth/testkit";
import { expect, test } from "vitest";
import { RecordedSending } from "../testing/recordedSending.ts";
import { AWS_RETRY_RULES } from "./retryRules.ts";
import { Sweeper } from "./sweeper.ts";
import { AsyncWorker } from "./worker.ts";

const ACCOUNT = "000000000000";
const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };

test.each([7, -7])("an event that is throttled while the clock jumps by %s hours runs in the end", async (hours) => {
  await using stack = new AsyncDisposableStack();
  const db = stack.use(await jumpingDatabase());
  const connection = { kind: "postgres", connection: db.connection } as const;
  const bus = stack.use(new Bus("events", { connection, prefix: "test" }, deps));
  const events = new EventStore(db.database);
  let hasJumped = false;
  let runs = 0;
  const invoke = async () => {
    runs++;
    if (!hasJumped) throw new TooManyRequestsException("ConcurrentInvocationLimitExceeded");
    return { outcome: { kind: "success", payload: Buffer.from("null") }, ExecutedVersion: "$LATEST" } as const;
  };
  const rules = { ...AWS_RETRY_RULES, systemBackoff: { baseMs: 100, maxMs: 200 } };
  const index = { load: () => Promise.resolve(undefined) };
  stack
    .use(
      new AsyncWorker(
        { rules },
        {
          ...deps,
          bus,
          events,
          index,
          invoker: { invoke },
          sending: new RecordedSending(),
          metrics: { attempted: () => undefined },
        },
      ),
    )
    .start();
  const clockWatch = new ClockWatch({ ...deps, database: db.database });
  stack.use(
    new Sweeper(
      { everyMs: 50, patienceMs: 500 },
      { ...deps, bus, events, payloads: new EventPayloads(db.database), clockWatch, registry: new Registry() },
    ),
  );
  const id = systemRandom.uuid();
  await events.add({ id, accountId: ACCOUNT, region: "us-east-1", FunctionName: "f", payload: Buffer.from("{}") });
  await bus.wake([id]);
  await expect.poll(() => runs).toBeGreaterThan(1);
  await db.jump(hours * 3_600_000);
  hasJumped = true;
  await expect.poll(async () => (await events.find(ACCOUNT, id))?.condition, { timeout: 60_000 }).toBe("Success");
});
