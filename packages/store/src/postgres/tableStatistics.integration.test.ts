import { systemRandom } from "@hearth/kit";
import { testDatabase } from "@hearth/testkit";
import { expect, test } from "vitest";
import { DELETE, SqsMessageStore } from "../sqs/sqsMessages.ts";
import { SqsQueueStore } from "../sqs/sqsQueues.ts";

test("a plan of deletes that reads all messages, made while there were few, is no longer kept once there are many", async () => {
  await using db = await testDatabase();
  const key = { accountId: "111122223333", region: "us-east-1", QueueName: "q" };
  const queue = await new SqsQueueStore(db.database).create(key, { isFifo: false, attributes: {}, tags: {} });
  const messages = new SqsMessageStore(db.database);
  const one = { queueId: queue?.id ?? "", body: "b", senderId: "s" };
  const send = async (count: number): Promise<void> => {
    const all = Array.from({ length: count }, () => ({ ...one, messageId: systemRandom.uuid() }));
    await Promise.all(all.map(async (message) => await messages.send(message)));
  };
  await send(20);
  await db.database.query("ANALYZE sqs_messages");
  await db.database.transaction(async (tx) => {
    await tx.query("SET LOCAL plan_cache_mode = force_generic_plan");
    await tx.query(`PREPARE deletes AS ${DELETE}`);
    const plan = async (): Promise<string> => {
      const lines = await tx.query<{ "QUERY PLAN": string }>("EXPLAIN (COSTS OFF) EXECUTE deletes ('[]')");
      return lines.map((line) => line["QUERY PLAN"]).join("\n");
    };
    expect(await plan()).toContain("Seq Scan on sqs_messages m");
    // As other processes do.
    await db.database.query(
      `INSERT INTO sqs_messages (queue_id, id, message_id, body_slot, sent_at, visible_at)
       SELECT 0, n, gen_random_uuid(), 0, now(), now() FROM generate_series(1, 100000) AS n`,
    );
    await send(2_000);
    await expect.poll(plan, { timeout: 60_000 }).toContain("Index Scan using sqs_messages_pkey on sqs_messages m");
  });
});
