import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

/** A message for the subscribers of brokers in other processes. */
export interface IotBrokerMessage extends AccountRegion {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  /** Under which it waits in sessions. */
  readonly messageId?: string | undefined;
  /** The process whose own broker has it already. */
  readonly origin: string;
}

export interface StoredBrokerMessage extends IotBrokerMessage {
  readonly id: bigint;
}

const COLUMNS = `id, account_id AS "accountId", region, topic, payload, qos, retain, origin, message_id AS "messageId"`;

/** Messages on their way between processes. They are removed after some minutes, whether brokers have read them or not. */
export class IotBrokerMessageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(
    tx: Transaction,
    { accountId, region, topic, payload, qos, retain, origin, messageId }: IotBrokerMessage,
  ): Promise<void> {
    await tx.prepared(
      `INSERT INTO iot_broker_messages (account_id, region, topic, payload, qos, retain, origin, message_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [accountId, region, topic, payload, qos, retain, origin, messageId ?? null],
    );
  }

  /** The highest id that is visible now; 0 without messages. */
  async lastId(): Promise<bigint> {
    const [row] = await this.#database.query<{ readonly id: bigint }>(
      "SELECT coalesce(max(id), 0)::bigint AS id FROM iot_broker_messages",
    );
    return row?.id ?? 0n;
  }

  /** Messages of other processes with ids above `after`, by id, except those of `known`. */
  async unread(
    origin: string,
    { after, known, limit }: { readonly after: bigint; readonly known: readonly bigint[]; readonly limit: number },
  ): Promise<readonly StoredBrokerMessage[]> {
    return await this.#database.query<StoredBrokerMessage>(
      `SELECT ${COLUMNS} FROM iot_broker_messages WHERE id > $1 AND id <> ALL ($2::bigint[]) AND origin <> $3 ORDER BY id LIMIT $4`,
      [after, known, origin, limit],
    );
  }

  /** Removes those that are older. */
  async forget(olderThanMs: number): Promise<void> {
    await this.#database.query(
      "DELETE FROM iot_broker_messages WHERE created_at < now() - make_interval(secs => $1::float8 / 1000)",
      [olderThanMs],
    );
  }
}
