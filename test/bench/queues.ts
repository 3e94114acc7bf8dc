// What queues take: SendMessage, ReceiveMessage and DeleteMessage of 1 KB by 16 callers with requests signed beforehand, beside ElasticMQ, which keeps
// messages in memory, under the same client, and beside single inserts of the same size on Hearth's PostgreSQL.
import { SystemClock } from "@hearth/kit";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { noElasticMq, startElasticMq } from "../support/elasticMq.ts";
import { median } from "./load.ts";
import { RawConnection, requestSigner, type SigningTarget } from "./rawHttp.ts";

const CALLERS = 16;
const MESSAGES = Number(process.env["MESSAGES"] ?? 4_000);
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
/** The goal of docs/specification.md. */
const GOAL = 0.7;
const PHASES = ["send", "receive", "delete"] as const;
const clock = new SystemClock();
const body = "x".repeat(1_024);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs `step` `count` times by all callers together. Resolves with the steps per second. */
async function rate(count: number, step: (caller: number) => Promise<unknown>): Promise<number> {
  let left = count;
  const since = clock.monotonicMs();
  const call = async (caller: number): Promise<void> => {
    while (left-- > 0) await step(caller);
  };
  await Promise.all(Array.from({ length: CALLERS }, (_one, caller) => call(caller)));
  return count / ((clock.monotonicMs() - since) / 1_000);
}

type Rates = Record<(typeof PHASES)[number], number>;

/** A queue of a server, ready to be measured. */
async function queueOf(target: SigningTarget, stack: DisposableStack): Promise<() => Promise<Rates>> {
  const sign = requestSigner(target, "sqs", "AmazonSQS");
  const connections = await Promise.all(Array.from({ length: CALLERS }, () => RawConnection.open(target.port)));
  for (const connection of connections) stack.use(connection);
  const send = async (caller: number, request: Buffer): Promise<Buffer> =>
    await (connections[caller] as RawConnection).send(request);
  const created = await send(0, sign("CreateQueue", { QueueName: "bench" }));
  const { QueueUrl } = JSON.parse(created.toString()) as { QueueUrl: string };
  const sending = sign("SendMessage", { QueueUrl, MessageBody: body });
  const receiving = sign("ReceiveMessage", { QueueUrl, VisibilityTimeout: 600 });
  return async () => {
    const answers: Buffer[] = [];
    const sent = await rate(MESSAGES, (caller) => send(caller, sending));
    const received = await rate(MESSAGES, async (caller) => answers.push(await send(caller, receiving)));
    const deletes = answers.flatMap((answer) => {
      const { Messages = [] } = JSON.parse(answer.toString()) as { Messages?: { ReceiptHandle: string }[] };
      return Messages.map(({ ReceiptHandle }) => sign("DeleteMessage", { QueueUrl, ReceiptHandle }));
    });
    if (deletes.length !== MESSAGES) throw new Error(`received ${deletes.length} of ${MESSAGES} messages`);
    const deleted = await rate(MESSAGES, (caller) => send(caller, deletes.pop() as Buffer));
    return { send: sent, receive: received, delete: deleted };
  };
}

await using hearth = await startHearth();
using connections = new DisposableStack();
const { region, credentials } = hearth.clientConfig;
const ours = await queueOf({ port: Number(new URL(hearth.endpoint).port), region, credentials }, connections);
const missing = noElasticMq();
if (missing !== undefined) say(`queues: not compared with ElasticMQ: ${missing}`);
await using elasticMq = missing === undefined ? await startElasticMq() : null;
const theirs = elasticMq && (await queueOf({ port: elasticMq.port, region, credentials }, connections));
await using database = databaseOf(hearth, CALLERS);
await database.query("CREATE TABLE bench_floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)");

const inserts: number[] = [];
const results: { readonly ours: Rates; readonly theirs: Rates | null }[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const floor = await rate(MESSAGES, () => database.prepared("INSERT INTO bench_floor (body) VALUES ($1)", [body]));
  const result = { ours: await ours(), theirs: theirs && (await theirs()) };
  // The first round warms up.
  if (round === 0) continue;
  inserts.push(floor);
  results.push(result);
}
const floor = median(inserts);
say(`queues, 1 KB, ${CALLERS} callers: single inserts ${floor.toFixed(0)}/s`);
for (const phase of PHASES) {
  const own = median(results.map((one) => one.ours[phase]));
  const line = `queues: ${phase} ${own.toFixed(0)}/s, ${(own / floor).toFixed(2)} of the inserts`;
  if (!theirs) {
    say(line);
    continue;
  }
  const other = median(results.flatMap((one) => (one.theirs ? [one.theirs[phase]] : [])));
  say(`${line}; ElasticMQ ${other.toFixed(0)}/s: ${(own / other).toFixed(2)} of it (goal: at least ${GOAL})`);
}
