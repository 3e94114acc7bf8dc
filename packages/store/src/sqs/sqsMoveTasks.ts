import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { readSqsBodies } from "./sqsClaims.ts";
import type { NewSqsMessage } from "./sqsMessage.ts";

export type SqsMoveStatus = "RUNNING" | "COMPLETED" | "CANCELLING" | "CANCELLED" | "FAILED";

/** A task that moves the messages of a dead-letter queue. */
export interface SqsMoveTask extends AccountRegion {
  readonly id: string;
  readonly sourceQueueId: string;
  readonly sourceArn: string;
  /** `null`: every message goes back to the queue that it came from. */
  readonly destinationArn: string | null;
  readonly perSecond: number | null;
  readonly status: SqsMoveStatus;
  readonly moved: number;
  readonly toMove: number;
  readonly failureReason: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export type NewSqsMoveTask = Pick<
  SqsMoveTask,
  "id" | "accountId" | "region" | "sourceQueueId" | "sourceArn" | "destinationArn" | "perSecond"
>;

/** A message that is to be moved. */
export interface MovingSqsMessage extends Omit<NewSqsMessage, "queueId" | "messageId" | "delaySeconds"> {
  readonly id: string;
  readonly sourceQueueArn: string | null;
}

const COLUMNS = `id::text, account_id AS "accountId", region, source_queue_id::text AS "sourceQueueId", source_arn AS "sourceArn",
  destination_arn AS "destinationArn", per_second AS "perSecond", status, moved::float8, to_move::float8 AS "toMove",
  failure_reason AS "failureReason", (extract(epoch FROM started_at) * 1000)::float8 AS "startedAt"`;
const LEASE = "now() + interval '15 seconds'";

/** The table of move tasks, and the messages that they move. */
export class SqsMoveTaskStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes a task for the messages that the queue has now. False when the queue has a task that runs. */
  async start(task: NewSqsMoveTask): Promise<boolean> {
    const { id, accountId, region, sourceQueueId, sourceArn, destinationArn, perSecond } = task;
    const rows = await this.#database.query(
      `INSERT INTO sqs_move_tasks (id, account_id, region, source_queue_id, source_arn, destination_arn, per_second, status, to_move, last_id)
       SELECT $1, $2, $3, $4, $5, $6, $7, 'RUNNING', count(*), coalesce(max(id), 0) FROM sqs_messages WHERE queue_id = $4
       ON CONFLICT (source_queue_id) WHERE status IN ('RUNNING', 'CANCELLING') DO NOTHING RETURNING 1`,
      [id, accountId, region, sourceQueueId, sourceArn, destinationArn, perSecond],
    );
    return rows.length > 0;
  }

  async find({ accountId, region }: AccountRegion, id: string): Promise<SqsMoveTask | undefined> {
    const [task] = await this.#database.query<SqsMoveTask>(
      `SELECT ${COLUMNS} FROM sqs_move_tasks WHERE account_id = $1 AND region = $2 AND id = $3`,
      [accountId, region, id],
    );
    return task;
  }

  /** Latest first. */
  async list(sourceArn: string, limit: number): Promise<readonly SqsMoveTask[]> {
    return await this.#database.query<SqsMoveTask>(
      `SELECT ${COLUMNS} FROM sqs_move_tasks WHERE source_arn = $1 ORDER BY started_at DESC LIMIT $2`,
      [sourceArn, limit],
    );
  }

  /** Asks for a running task to stop. Resolves with the number of messages moved so far, or with `undefined` when it does not run. */
  async cancel(id: string): Promise<number | undefined> {
    const [row] = await this.#database.query<{ moved: number }>(
      "UPDATE sqs_move_tasks SET status = 'CANCELLING' WHERE id = $1 AND status = 'RUNNING' RETURNING moved::float8",
      [id],
    );
    return row?.moved;
  }

  /** Takes a lease on a task that no process works on: the one that has waited longest for its next step. */
  async claim(): Promise<SqsMoveTask | undefined> {
    const [task] = await this.#database.query<SqsMoveTask>(
      `UPDATE sqs_move_tasks SET lease_until = ${LEASE}
        WHERE id = (SELECT id FROM sqs_move_tasks WHERE status IN ('RUNNING', 'CANCELLING') AND (lease_until IS NULL OR lease_until <= now())
                     ORDER BY coalesce(lease_until, started_at), id LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING ${COLUMNS}`,
    );
    return task;
  }

  /** Gives up the lease: any process may take the task's next step after `pauseMs`. */
  async release(id: string, pauseMs: number): Promise<void> {
    await this.#database.query(
      `UPDATE sqs_move_tasks SET lease_until = now() + $2 * interval '1 ms' WHERE id = $1 AND status IN ('RUNNING', 'CANCELLING')`,
      [id, pauseMs],
    );
  }

  async end(id: string, status: SqsMoveStatus, failureReason?: string): Promise<void> {
    await this.#database.query(
      "UPDATE sqs_move_tasks SET status = $2, failure_reason = $3, lease_until = NULL WHERE id = $1",
      [id, status, failureReason ?? null],
    );
  }

  /**
   * Takes up to `limit` messages of the task, hands them to `send` in one transaction, and deletes them. Resolves with the task's status, and with how
   * many messages there were. Renews the lease.
   */
  async move(
    { id, sourceQueueId }: SqsMoveTask,
    limit: number,
    send: (tx: Transaction, messages: readonly MovingSqsMessage[]) => Promise<void>,
  ): Promise<{ readonly count: number; readonly status: SqsMoveStatus }> {
    return await this.#database.transaction(async (tx) => {
      const rows = await tx.query<
        Pick<MovingSqsMessage, "id" | "sourceQueueArn"> & { slot: number; groupId: string | null }
      >(
        `SELECT id::text, body_slot AS slot, group_id AS "groupId", source_queue_arn AS "sourceQueueArn" FROM sqs_messages
          WHERE queue_id = $1 AND visible_at <= now() AND id <= (SELECT last_id FROM sqs_move_tasks WHERE id = $2)
          ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED`,
        [sourceQueueId, id, limit],
      );
      const bodies = await readSqsBodies(tx, rows);
      const messages = rows.flatMap(({ slot: _slot, groupId, ...row }): MovingSqsMessage[] => {
        const body = bodies.get(row.id);
        if (!body) return [];
        const { attributes, traceHeader, dedupId } = body;
        return [
          {
            ...row,
            body: body.body,
            senderId: body.senderId,
            ...(attributes !== null && { attributes }),
            ...(traceHeader !== null && { traceHeader }),
            ...(dedupId !== null && { dedupId }),
            ...(groupId !== null && { groupId }),
          },
        ];
      });
      if (messages.length > 0) await send(tx, messages);
      await tx.query(
        `WITH gone AS (DELETE FROM sqs_messages WHERE queue_id = $1 AND id = ANY($2::bigint[]) RETURNING id, body_slot)
         DELETE FROM sqs_bodies_9 b USING gone WHERE gone.body_slot = 9 AND b.slot = 9 AND b.id = gone.id`,
        [sourceQueueId, rows.map((row) => row.id)],
      );
      const [task] = await tx.query<{ status: SqsMoveStatus }>(
        `UPDATE sqs_move_tasks SET moved = moved + $2, lease_until = ${LEASE} WHERE id = $1 RETURNING status`,
        [id, rows.length],
      );
      return { count: rows.length, status: task?.status ?? "CANCELLED" };
    });
  }
}
