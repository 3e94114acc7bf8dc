import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";

export interface IotRetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

export type IotRetainedSummary = Omit<IotRetainedMessage, "payload"> & { readonly payloadSize: number };

/** What the retained messages of one account and region may take. */
export interface IotRetainedLimit {
  readonly messages: number;
  readonly bytes: number;
}

const MODIFIED = `(extract(epoch FROM modified_at) * 1000)::float8 AS "modifiedMs"`;
const COLUMNS = `topic, payload, qos, ${MODIFIED}`;

/** The retained messages of MQTT: the last one of each topic. */
export class IotRetainedStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a message in place of the topic's former one; without a payload it removes that. False when there is no room. */
  async set(
    tx: Transaction,
    { accountId, region }: AccountRegion,
    { topic, payload, qos }: Omit<IotRetainedMessage, "modifiedMs">,
    limit: IotRetainedLimit,
  ): Promise<boolean> {
    const key = [accountId, region, topic];
    if (payload.byteLength === 0) {
      await tx.query("DELETE FROM iot_retained_messages WHERE account_id = $1 AND region = $2 AND topic = $3", key);
      return true;
    }
    const rows = await tx.query(
      `INSERT INTO iot_retained_messages (account_id, region, topic, payload, qos)
       SELECT $1, $2, $3, $4, $5
         FROM (SELECT count(*) AS messages, coalesce(sum(octet_length(payload)), 0) AS bytes FROM iot_retained_messages
                WHERE account_id = $1 AND region = $2 AND topic <> $3) AS others
        WHERE others.messages < $6 AND others.bytes + octet_length($4::bytea) <= $7
       ON CONFLICT (account_id, region, topic) DO UPDATE SET payload = excluded.payload, qos = excluded.qos, modified_at = now()
       RETURNING 1`,
      [...key, payload, qos, limit.messages, limit.bytes],
    );
    return rows.length > 0;
  }

  async find({ accountId, region }: AccountRegion, topic: string): Promise<IotRetainedMessage | undefined> {
    const [row] = await this.#database.query<IotRetainedMessage>(
      `SELECT ${COLUMNS} FROM iot_retained_messages WHERE account_id = $1 AND region = $2 AND topic = $3`,
      [accountId, region, topic],
    );
    return row;
  }

  /** By topic, without payloads. */
  async list(
    { accountId, region }: AccountRegion,
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly IotRetainedSummary[]> {
    return await this.#database.query<IotRetainedSummary>(
      `SELECT topic, octet_length(payload) AS "payloadSize", qos, ${MODIFIED} FROM iot_retained_messages
        WHERE account_id = $1 AND region = $2 AND topic > $3 ORDER BY topic LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  /** Those whose topics start with `prefix`, by topic. */
  async withPrefix(
    { accountId, region }: AccountRegion,
    prefix: string,
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly IotRetainedMessage[]> {
    const database: Queryable = this.#database;
    return await database.query<IotRetainedMessage>(
      `SELECT ${COLUMNS} FROM iot_retained_messages
        WHERE account_id = $1 AND region = $2 AND topic >= $3 AND starts_with(topic, $3) AND ($4::text IS NULL OR topic > $4)
        ORDER BY topic LIMIT $5`,
      [accountId, region, prefix, after ?? null, limit],
    );
  }
}
