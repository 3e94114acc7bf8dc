// What queues take: SendMessage, ReceiveMessage and DeleteMessage of 1 KB by 16 callers, beside single inserts of the same size on the same PostgreSQL.
import { Agent, request } from "node:http";
import { SystemClock } from "@hearth/kit";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { median } from "./load.ts";
import { jsonCaller } from "./signedJson.ts";

const CALLERS = 16;
const MESSAGES = 4_000;
const ROUNDS = 3;
const clock = new SystemClock();
const body = "x".repeat(1_024);

await using hearth = await startHearth();
const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
const call = jsonCaller(hearth.clientConfig, "sqs", "AmazonSQS", agent, request);
await using database = databaseOf(hearth, CALLERS);

/** Runs `step` `count` times by all callers together. Resolves with the steps per second. */
async function rate(count: number, step: () => Promise<unknown>): Promise<number> {
  let left = count;
  const since = clock.monotonicMs();
  const caller = async (): Promise<void> => {
    while (left-- > 0) await step();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return count / ((clock.monotonicMs() - since) / 1000);
}

const { QueueUrl } = (await call("CreateQueue", { QueueName: "bench" })) as { QueueUrl: string };
await database.query("CREATE TABLE bench_floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)");
const rates: Record<string, number[]> = { floor: [], send: [], receive: [], delete: [] };
for (let round = 0; round <= ROUNDS; round++) {
  const handles: string[] = [];
  const measured = {
    floor: await rate(MESSAGES, () => database.prepared("INSERT INTO bench_floor (body) VALUES ($1)", [body])),
    send: await rate(MESSAGES, () => call("SendMessage", { QueueUrl, MessageBody: body })),
    receive: await rate(MESSAGES, async () => {
      const { Messages = [] } = (await call("ReceiveMessage", { QueueUrl, VisibilityTimeout: 600 })) as {
        Messages?: { ReceiptHandle: string }[];
      };
      handles.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle));
    }),
    delete: 0,
  };
  if (handles.length !== MESSAGES) throw new Error(`received ${handles.length} of ${MESSAGES} messages`);
  measured.delete = await rate(MESSAGES, () => call("DeleteMessage", { QueueUrl, ReceiptHandle: handles.pop() }));
  // The first round warms up.
  if (round > 0) for (const [name, value] of Object.entries(measured)) rates[name]?.push(value);
}
agent.destroy();
const floor = median(rates["floor"] ?? []);
console.log(`queues, 1 KB, ${CALLERS} callers: single inserts ${floor.toFixed(0)}/s`);
for (const name of ["send", "receive", "delete"]) {
  const value = median(rates[name] ?? []);
  console.log(`queues: ${name} ${value.toFixed(0)}/s, ${(value / floor).toFixed(2)} of the inserts`);
}
