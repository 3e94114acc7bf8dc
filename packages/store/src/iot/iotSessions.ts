import type { AccountRegion } from "@hearth/model";
import { CONFIRMED_NOW } from "../clock/confirmedNow.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

export interface IotSubscription {
  readonly topic: string;
  readonly qos: number;
}

/** A session, and how much waits in it. */
export interface IotSession {
  readonly clientId: string;
  readonly subscriptions: readonly IotSubscription[];
  readonly messages: number;
  readonly bytes: number;
}

export interface IotSessionMessage {
  readonly messageId: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface StoredSessionMessage extends IotSessionMessage {
  /** In the order in which they were stored. */
  readonly id: bigint;
}

const EXPIRY = "now() + make_interval(secs => $3::float8 / 1000)";
const OF_CLIENT = "account_id = $1 AND region = $2 AND client_id = $3";

/** Sessions of clients of MQTT, with their subscriptions and the messages that wait for the clients. */
export class IotSessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a session where there is none, and resolves with its subscriptions; with `undefined` when the account would have more than `limit` sessions. */
  async open(
    { accountId, region }: AccountRegion,
    clientId: string,
    { expiryMs, limit }: { readonly expiryMs: number; readonly limit: number },
  ): Promise<readonly IotSubscription[] | undefined> {
    return await this.#database.transaction(async (tx) => {
      await tx.query(`DELETE FROM iot_sessions WHERE ${OF_CLIENT} AND expires_at < ${CONFIRMED_NOW}`, [
        accountId,
        region,
        clientId,
      ]);
      const made = await tx.query(
        `INSERT INTO iot_sessions (account_id, region, expires_at, client_id)
         SELECT $1, $2, ${EXPIRY}, $4
          WHERE EXISTS (SELECT FROM iot_sessions WHERE account_id = $1 AND region = $2 AND client_id = $4)
             OR (SELECT count(*) FROM iot_sessions WHERE account_id = $1 AND region = $2 AND expires_at >= now()) < $5
         ON CONFLICT (account_id, region, client_id) DO UPDATE SET expires_at = excluded.expires_at RETURNING 1`,
        [accountId, region, expiryMs, clientId, limit],
      );
      if (made.length === 0) return undefined;
      return await tx.query<IotSubscription>(
        `SELECT topic_filter AS topic, qos FROM iot_session_subscriptions WHERE ${OF_CLIENT} ORDER BY topic_filter`,
        [accountId, region, clientId],
      );
    });
  }

  /** Ends a session, with its subscriptions and messages. */
  async end({ accountId, region }: AccountRegion, clientId: string): Promise<void> {
    await this.#database.query(`DELETE FROM iot_sessions WHERE ${OF_CLIENT}`, [accountId, region, clientId]);
  }

  /** Puts off the expiry of sessions. */
  async renew({ accountId, region }: AccountRegion, clientIds: readonly string[], expiryMs: number): Promise<void> {
    await this.#database.query(
      `UPDATE iot_sessions SET expires_at = ${EXPIRY} WHERE account_id = $1 AND region = $2 AND client_id = ANY ($4)`,
      [accountId, region, expiryMs, clientIds],
    );
  }

  /** Removes the sessions of all accounts that have expired. */
  async removeExpired(): Promise<void> {
    await this.#database.query(`DELETE FROM iot_sessions WHERE expires_at < ${CONFIRMED_NOW}`);
  }

  async subscribe(
    { accountId, region }: AccountRegion,
    clientId: string,
    subscriptions: readonly IotSubscription[],
  ): Promise<void> {
    const byTopic = new Map(subscriptions.map(({ topic, qos }) => [topic, qos]));
    await this.#database.query(
      `INSERT INTO iot_session_subscriptions (account_id, region, client_id, topic_filter, qos)
       SELECT $1, $2, $3, topic, qos FROM unnest($4::text[], $5::smallint[]) AS wanted (topic, qos)
       ON CONFLICT (account_id, region, client_id, topic_filter) DO UPDATE SET qos = excluded.qos`,
      [accountId, region, clientId, [...byTopic.keys()], [...byTopic.values()]],
    );
  }

  async unsubscribe({ accountId, region }: AccountRegion, clientId: string, topics: readonly string[]): Promise<void> {
    await this.#database.query(`DELETE FROM iot_session_subscriptions WHERE ${OF_CLIENT} AND topic_filter = ANY ($4)`, [
      accountId,
      region,
      clientId,
      topics,
    ]);
  }

  /** All sessions of an account that have not expired. */
  async ofAccount({ accountId, region }: AccountRegion): Promise<readonly IotSession[]> {
    return await this.#database.query<IotSession>(
      `SELECT s.client_id AS "clientId",
              (SELECT coalesce(json_agg(json_build_object('topic', u.topic_filter, 'qos', u.qos)), '[]') FROM iot_session_subscriptions u
                WHERE (u.account_id, u.region, u.client_id) = (s.account_id, s.region, s.client_id)) AS subscriptions,
              m.messages, m.bytes
         FROM iot_sessions s
         CROSS JOIN LATERAL (SELECT count(*)::integer AS messages, coalesce(sum(octet_length(payload)), 0)::float8 AS bytes FROM iot_session_messages w
                              WHERE (w.account_id, w.region, w.client_id) = (s.account_id, s.region, s.client_id)) AS m
        WHERE s.account_id = $1 AND s.region = $2 AND s.expires_at >= now()`,
      [accountId, region],
    );
  }

  /** Puts a message into sessions; into none that has ended meanwhile. */
  async add(
    tx: Transaction,
    { accountId, region }: AccountRegion,
    { messageId, topic, payload }: IotSessionMessage,
    clientIds: readonly string[],
  ): Promise<void> {
    await tx.prepared(
      `INSERT INTO iot_session_messages (account_id, region, client_id, message_id, topic, payload)
       SELECT account_id, region, client_id, $4, $5, $6 FROM iot_sessions
        WHERE account_id = $1 AND region = $2 AND client_id = ANY ($3) ORDER BY client_id FOR KEY SHARE`,
      [accountId, region, clientIds, messageId, topic, payload],
    );
  }

  /** Messages of a session with ids above `after`, by id. */
  async messages(
    { accountId, region }: AccountRegion,
    clientId: string,
    { after, limit }: { readonly after: bigint; readonly limit: number },
  ): Promise<readonly StoredSessionMessage[]> {
    return await this.#database.query<StoredSessionMessage>(
      `SELECT id, message_id AS "messageId", topic, payload FROM iot_session_messages WHERE ${OF_CLIENT} AND id > $4 ORDER BY id LIMIT $5`,
      [accountId, region, clientId, after, limit],
    );
  }

  /** The client has a message. */
  async remove({ accountId, region }: AccountRegion, clientId: string, messageId: string): Promise<void> {
    await this.#database.query(`DELETE FROM iot_session_messages WHERE ${OF_CLIENT} AND message_id = $4`, [
      accountId,
      region,
      clientId,
      messageId,
    ]);
  }
}
