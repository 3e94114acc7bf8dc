import type { Transaction } from "../postgres/queryable.ts";
import type { ClockJump } from "./clockJump.ts";

/** Times until which something waits or is held, by table. Those of events, timers and invokers have rules of their own. */
export const WAITING = {
  cloudwatch_alarms: "due_at",
  cloudwatch_usage_minutes: "due_at",
  deliveries: "due_at",
  event_replays: "lease_until",
  event_source_remains: "next_at",
  event_source_workers: "lease_until",
  fan_outs: "due_at",
  iot_sessions: "expires_at",
  log_chunks_to_filter: "due_at",
  log_queries: "due_at",
  outbound_rates: "next_at",
  s3_intents: "leased_until",
  s3_notices: "due_at",
  s3_watches: "next_at",
  sns_deduplication: "expires_at",
  sqs_deduplication: "expires_at",
  sqs_messages: "visible_at",
  sqs_move_tasks: "lease_until",
  sqs_receive_attempts: "expires_at",
  web_socket_commands: "expires_at",
  web_socket_processes: "lease_until",
} as const;

/**
 * Moves what lay ahead when the clock jumped by as much, so that it takes no longer and ends no sooner: visibility timeouts and delays of messages, leases,
 * retries, deduplication. After a jump forward, times further ahead than the jump cannot be told from those of the new clock: they come sooner by the jump.
 */
export async function moveWaitingTimes(tx: Transaction, { jumpMs, sinceMs }: ClockJump): Promise<void> {
  for (const [table, column] of Object.entries(WAITING)) {
    const layAhead =
      jumpMs > 0
        ? `${column} > now() - $1::float8 * interval '1 ms' AND ${column} <= now() - $2::float8 * interval '1 ms'`
        : `${column} > now()`;
    await tx.query(
      `UPDATE ${table} SET ${column} = ${column} + $1::float8 * interval '1 ms' WHERE ${layAhead}`,
      jumpMs > 0 ? [jumpMs, sinceMs] : [jumpMs],
    );
  }
}
