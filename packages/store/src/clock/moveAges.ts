import { SQS_RETENTION_SECONDS } from "../sqs/sqsQueues.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { ClockJump } from "./clockJump.ts";

/** Messages whose age ends their retries. */
const RETRIED = { deliveries: "state = 'waiting'", fan_outs: "true" } as const;

/**
 * After a jump of the clock, what waits in the outbox is as old as before. A message of SQS keeps the time when it was sent, which consumers see, except that
 * one which a jump forward alone would end gets as much longer.
 */
export async function moveAges(tx: Transaction, { jumpMs, sinceMs }: ClockJump): Promise<void> {
  const by = "$1::float8 * interval '1 ms'";
  const isOfBefore =
    jumpMs > 0
      ? `created_at <= now() - ${by}`
      : "created_at NOT BETWEEN now() - $2::float8 * interval '1 ms' AND now()";
  for (const [table, waits] of Object.entries(RETRIED)) {
    await tx.query(
      `UPDATE ${table} SET created_at = created_at + ${by} WHERE ${waits} AND ${isOfBefore}`,
      jumpMs > 0 ? [jumpMs] : [jumpMs, sinceMs],
    );
  }
  if (jumpMs < 0) return await moveFilters(tx, jumpMs);
  const end = "m.sent_at + coalesce((q.attributes ->> 'MessageRetentionPeriod')::integer, $2) * interval '1 s'";
  await tx.query(
    `UPDATE sqs_messages m SET sent_at = m.sent_at + ${by} FROM sqs_queues q
      WHERE q.id = m.queue_id AND ${end} <= now() AND ${end} > now() - ${by}`,
    [jumpMs, SQS_RETENTION_SECONDS],
  );
}

/** Filters of log groups see what is stored after they were made, which after a jump back has times of before. */
async function moveFilters(tx: Transaction, jumpMs: number): Promise<void> {
  for (const table of ["log_subscription_filters", "log_metric_filters"]) {
    await tx.query(
      `UPDATE ${table} SET "creationTime" = "creationTime" + $1::bigint WHERE "creationTime" > extract(epoch FROM now()) * 1000`,
      [Math.floor(jumpMs)],
    );
  }
}
