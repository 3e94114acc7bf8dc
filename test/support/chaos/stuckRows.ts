import type { Database } from "@hearth/store";

/** Work that is still to be done, by table. Each must be 0 some time after everything has arrived. */
const QUERIES = {
  "unfinished events": "SELECT count(*)::integer AS count FROM events WHERE finished_at IS NULL",
  "waiting deliveries": "SELECT count(*)::integer AS count FROM deliveries WHERE state = 'waiting'",
  "dead deliveries": "SELECT count(*)::integer AS count FROM deliveries WHERE state = 'dead'",
  "fan-outs": "SELECT count(*)::integer AS count FROM fan_outs",
  "log chunks to filter": "SELECT count(*)::integer AS count FROM log_chunks_to_filter",
  "timers that are overdue": "SELECT count(*)::integer AS count FROM timers WHERE due_at < now() - interval '5 s'",
  "messages in queues that mappings poll": `SELECT count(*)::integer AS count FROM sqs_messages m JOIN sqs_queues q ON q.id = m.queue_id WHERE q."QueueName" LIKE 'in-%'`,
  "units without a living owner": `SELECT count(*)::integer AS count FROM event_source_units u WHERE NOT u.ended AND NOT EXISTS
     (SELECT FROM event_source_workers w WHERE w.id = u.owner AND w.lease_until > clock_timestamp())`,
} as const;

/** The names and numbers of what is left to do; empty when nothing is. */
export async function stuckRows(database: Database): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const [name, sql] of Object.entries(QUERIES)) {
    const [row] = await database.query<{ count: number }>(sql);
    if (row && row.count > 0) found[name] = row.count;
  }
  return found;
}

/** The bodies of a queue's messages, in the order of sending; those in flight too. */
export async function bodiesIn(database: Database, queueName: string): Promise<readonly string[]> {
  const rows = await database.query<{ body: string }>(
    `SELECT b.body FROM sqs_queues q JOIN sqs_messages m ON m.queue_id = q.id JOIN sqs_bodies b ON b.slot = m.body_slot AND b.id = m.id
      WHERE q."QueueName" = $1 ORDER BY m.id`,
    [queueName],
  );
  return rows.map(({ body }) => body);
}
