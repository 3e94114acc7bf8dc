// Queues over time: consumers that wait, and messages beside a snapshot that stays open.
import { readFile } from "node:fs/promises";
import { SystemClock } from "@hearth/kit";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { RawConnection, requestSigner } from "./rawHttp.ts";

const WAITING = 500;
/** One long poll lasts 20 seconds: the renewals are part of the measurement. */
const WAIT_SECONDS = 20;
const WATCHED_SECONDS = Number(process.env["WATCHED_SECONDS"] ?? 45);
/** The goal is stated for 1,200 seconds. */
const SNAPSHOT_SECONDS = Number(process.env["SNAPSHOT_SECONDS"] ?? 120);
const PER_SECOND = Number(process.env["PER_SECOND"] ?? 500);
const CALLERS = 8;
/** The goals of docs/specification.md. */
const MAX_CPU_PERCENT = 3;
const TICKS_PER_SECOND = 100;
const clock = new SystemClock();
const body = "x".repeat(1_024);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using hearth = await startHearth({ env: { HEARTH_LOG_LEVEL: "error" } });
const { region, credentials } = hearth.clientConfig;
const port = Number(new URL(hearth.endpoint).port);
const sign = requestSigner({ port, region, credentials }, "sqs", "AmazonSQS");
await using database = databaseOf(hearth, 3);

async function newQueue(QueueName: string): Promise<string> {
  using connection = await RawConnection.open(port);
  const answer = await connection.send(sign("CreateQueue", { QueueName }));
  return (JSON.parse(answer.toString()) as { QueueUrl: string }).QueueUrl;
}

/** Seconds of processor time that a process has used. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Calls of statements about queues, as PostgreSQL counts transactions of this database. */
async function transactions(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "SELECT (xact_commit + xact_rollback)::float8 AS count FROM pg_stat_database WHERE datname = current_database()",
  );
  return row?.count ?? 0;
}

async function waitingConsumers(): Promise<void> {
  const QueueUrl = await newQueue("idle");
  const [quietCpu, quietAsked] = [await cpuSeconds(hearth.pid), await transactions()];
  await clock.sleep(WATCHED_SECONDS * 1_000);
  const quietPercent = (((await cpuSeconds(hearth.pid)) - quietCpu) / WATCHED_SECONDS) * 100;
  const quietStatements = ((await transactions()) - quietAsked) / WATCHED_SECONDS;
  const receiving = sign("ReceiveMessage", { QueueUrl, WaitTimeSeconds: WAIT_SECONDS });
  using stack = new DisposableStack();
  let renewals = 0;
  let isOver = false;
  const waits: Promise<void>[] = [];
  for (let at = 0; at < WAITING; at++) {
    const connection = stack.use(await RawConnection.open(port));
    const wait = async (): Promise<void> => {
      while (!isOver) {
        await connection.send(receiving);
        renewals++;
      }
    };
    waits.push(wait().catch(() => undefined)); // the connections are closed at the end
  }
  await clock.sleep(5_000);
  const [cpu, asked, before] = [await cpuSeconds(hearth.pid), await transactions(), renewals];
  await clock.sleep(WATCHED_SECONDS * 1_000);
  const percent = (((await cpuSeconds(hearth.pid)) - cpu) / WATCHED_SECONDS) * 100;
  const statements = (await transactions()) - asked;
  isOver = true;
  say(
    `queues: ${WAITING} consumers that wait, ${renewals - before} renewals in ${WATCHED_SECONDS} s: ${(percent - quietPercent).toFixed(1)} % of a core (goal: at most ${MAX_CPU_PERCENT}) and ${(statements / WATCHED_SECONDS - quietStatements).toFixed(1)} transactions/s more than the ${quietPercent.toFixed(1)} % and ${quietStatements.toFixed(1)}/s without them`,
  );
}

interface Sample {
  readonly megabytes: number;
  readonly p99Ms: number;
  readonly messages: number;
}

/** Sends, receives and deletes PER_SECOND messages a second for `seconds`. */
async function messagesFor(seconds: number, QueueUrl: string): Promise<Sample> {
  const sending = sign("SendMessage", { QueueUrl, MessageBody: body });
  const receiving = sign("ReceiveMessage", { QueueUrl, VisibilityTimeout: 600 });
  const latencies: number[] = [];
  const since = clock.monotonicMs();
  let next = 0;
  const caller = async (): Promise<void> => {
    using connection = await RawConnection.open(port);
    for (let at = next++; at < seconds * PER_SECOND; at = next++) {
      const dueMs = since + (at * 1_000) / PER_SECOND;
      await clock.sleep(Math.max(0, dueMs - clock.monotonicMs()));
      const startMs = clock.monotonicMs();
      await connection.send(sending);
      const answer = await connection.send(receiving);
      const { Messages = [] } = JSON.parse(answer.toString()) as { Messages?: { ReceiptHandle: string }[] };
      for (const { ReceiptHandle } of Messages) {
        await connection.send(sign("DeleteMessage", { QueueUrl, ReceiptHandle }));
      }
      latencies.push(clock.monotonicMs() - startMs);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  const [size] = await database.query<{ bytes: number }>(
    "SELECT pg_total_relation_size('sqs_messages')::float8 AS bytes",
  );
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    megabytes: (size?.bytes ?? 0) / 1024 ** 2,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    messages: latencies.length,
  };
}

async function besideASnapshot(): Promise<void> {
  const QueueUrl = await newQueue("busy");
  const part = SNAPSHOT_SECONDS / 4;
  const quiet = await messagesFor(part, QueueUrl);
  const samples: Sample[] = [];
  await database.transaction(
    async (tx) => {
      await tx.query("SELECT 1");
      for (let at = 0; at < 3; at++) samples.push(await messagesFor(part, QueueUrl));
    },
    { isolation: "repeatable read", readOnly: true },
  );
  const shown = [quiet, ...samples].map(
    ({ megabytes, p99Ms, messages }) =>
      `${megabytes.toFixed(0)} MB, p99 ${p99Ms.toFixed(0)} ms (${(messages / part).toFixed(0)}/s)`,
  );
  say(
    `queues: ${PER_SECOND} messages/s, send to delete, in parts of ${part} s: ${shown[0]} alone; beside an open snapshot ${shown.slice(1).join("; ")}`,
  );
}

await waitingConsumers();
await besideASnapshot();
