// What schedules cost while they wait, and how late they fire: 100,000 that wait beside none, and 10,000 that are due within one minute.
import { readdir, readFile } from "node:fs/promises";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SystemClock } from "@hearth/kit";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";

const WAITING = 100_000;
const DUE = 10_000;
const OVER_SECONDS = 60;
const IDLE_MS = 20_000;
const TICKS_PER_SECOND = 100;
const clock = new SystemClock();

await using hearth = await startHearth();
await using database = databaseOf(hearth);

/** Seconds of CPU that Hearth and its PostgreSQL have used: all processes of its group, and those that PostgreSQL has started for it. */
async function cpuSeconds(): Promise<number> {
  let ticks = 0;
  const backends = await database.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
  );
  const ours = new Set(backends.map(({ pid }) => pid));
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[2]) === hearth.pid || ours.has(Number(entry))) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_SECOND;
}

async function idleCpu(): Promise<number> {
  const before = await cpuSeconds();
  await clock.sleep(IDLE_MS);
  return ((await cpuSeconds()) - before) / (IDLE_MS / 1000);
}

const iam = new IAMClient(hearth.clientConfig);
const document = (more: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
const trust = document({ Principal: { Service: "scheduler.amazonaws.com" }, Action: "sts:AssumeRole" });
const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "bench", AssumeRolePolicyDocument: trust }));
const PolicyDocument = document({ Action: "sqs:SendMessage", Resource: "*" });
await iam.send(new PutRolePolicyCommand({ RoleName: "bench", PolicyName: "sends", PolicyDocument }));
await new SQSClient(hearth.clientConfig).send(new CreateQueueCommand({ QueueName: "bench" }));

const settings = {
  ScheduleExpression: "at(2099-01-01T00:00:00)",
  ScheduleExpressionTimezone: "UTC",
  FlexibleTimeWindow: { Mode: "OFF" },
  ActionAfterCompletion: "NONE",
  Target: {
    Arn: "arn:aws:sqs:us-east-1:000000000000:bench",
    RoleArn: Role?.Arn,
    Input: "<aws.scheduler.scheduled-time>",
    RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
  },
};
/** Adds schedules as CreateSchedule does, `count` of them spread evenly over `seconds` from `fromMs` on. */
async function add(prefix: string, count: number, fromMs: number, seconds: number): Promise<void> {
  await database.query(
    `WITH new AS (SELECT $1 || n AS name, to_timestamp($3::float8 / 1000) + (n % $4) * interval '1 second' AS due FROM generate_series(1, $2::int) n),
          schedule AS (INSERT INTO schedules (account_id, region, "GroupName", "Name", "State", settings, anchor_at)
            SELECT '000000000000', 'us-east-1', 'default', name, 'ENABLED', jsonb_set($5::jsonb, '{ScheduleExpression}',
              to_jsonb('at(' || to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || ')'))::json, now() FROM new)
     INSERT INTO timers (owner, account_id, region, name, scheduled_at, due_at)
       SELECT 'schedule', '000000000000', 'us-east-1', 'default/' || name, due, due FROM new`,
    [prefix, count, fromMs, seconds, JSON.stringify(settings)],
  );
}
await database.query(
  `INSERT INTO schedule_groups (account_id, region, "Name") VALUES ('000000000000', 'us-east-1', 'default') ON CONFLICT DO NOTHING`,
);

await idleCpu(); // warms up
const none = await idleCpu();
await add("waits-", WAITING, Date.UTC(2099, 0, 1), 86_400);
await database.query("VACUUM ANALYZE timers, schedules");
await clock.sleep(5_000);
const waiting = await idleCpu();
console.log(
  `schedules: idle CPU ${(none * 100).toFixed(2)} % without, ${(waiting * 100).toFixed(2)} % of a core with ${WAITING} that wait`,
);

const from = Math.ceil(Date.now() / 1000) * 1000 + 5_000;
await add("due-", DUE, from, OVER_SECONDS);
const sent = async (): Promise<number> =>
  Number((await database.query<{ count: bigint }>("SELECT count(*) FROM sqs_messages"))[0]?.count);
const giveUp = Date.now() + 180_000;
while ((await sent()) < DUE && Date.now() < giveUp) await clock.sleep(500);
const [late] = await database.query<{ count: bigint; p50: number; p99: number; most: number }>(
  `SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99, max(ms) AS most
     FROM (SELECT (extract(epoch FROM m.sent_at - b.body::timestamptz) * 1000)::float8 AS ms
             FROM sqs_messages m JOIN sqs_bodies b ON b.slot = m.body_slot AND b.id = m.id) AS lateness`,
);
if (Number(late?.count) !== DUE) throw new Error(`${late?.count} of ${DUE} schedules have fired`);
console.log(
  `schedules: ${DUE} due within ${OVER_SECONDS} s fire late by ${late?.p50.toFixed(0)} ms (p50), ${late?.p99.toFixed(0)} ms (p99), ${late?.most.toFixed(0)} ms at most`,
);
