import { createHash } from "node:crypto";
import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { SnsTexts, SnsTopicKey } from "./snsTopics.ts";

export interface SnsSubscriptionRecord extends SnsTopicKey {
  readonly id: string;
  readonly topicId: string;
  readonly uuid: string;
  /** The account that subscribed. `accountId` is the topic's. */
  readonly owner: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** ARN of who subscribed. */
  readonly principal: string;
  readonly attributes: SnsTexts;
  readonly state: "pending" | "confirmed" | "cancelled";
  readonly wasAuthenticated: boolean;
  /** Only a signed request may end it. */
  readonly guardsUnsubscribing: boolean;
}

export interface NewSnsSubscription extends Pick<
  SnsSubscriptionRecord,
  "topicId" | "uuid" | "owner" | "region" | "protocol" | "endpoint" | "principal" | "attributes" | "wasAuthenticated"
> {
  /** With it the subscription waits for its confirmation. */
  readonly token: string | undefined;
}

export interface SnsSubscriptionLimits {
  readonly subscriptions: number;
  readonly filtersPerTopic: number;
  readonly filtersPerAccount: number;
  /** Subscriptions of an account, in all its regions, that wait for their confirmation. */
  readonly pendingPerAccount: number;
}

export interface SnsSubscriptionPage {
  /** Only subscriptions that were made after the one with this id. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface SnsSubscriptionCounts {
  readonly confirmed: number;
  readonly pending: number;
}

/** How long a token may be used, and an unconfirmed subscription waits. */
const TOKEN_HOURS = 48;
/** Between two confirmations of one subscription. */
const ASK_AGAIN_SECONDS = 60;

const COLUMNS = `s.id::text, s.topic_id::text AS "topicId", s.uuid::text, t.account_id AS "accountId", t.region, t."TopicName", s.owner, s.protocol, s.endpoint,
  s.principal, s.attributes, s.state, s.was_authenticated AS "wasAuthenticated", s.guards_unsubscribing AS "guardsUnsubscribing"`;
const FROM = "FROM sns_subscriptions s JOIN sns_topics t ON t.id = s.topic_id";
const TOKEN_HOLDS = "s.token_expires_at > now()";

/** The table of subscriptions, in the order in which they were made. */
export class SnsSubscriptionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with why there may be no further one, or with `undefined` when the endpoint is subscribed already or the topic is gone. */
  async create(
    subscription: NewSnsSubscription,
    limits: SnsSubscriptionLimits,
  ): Promise<SnsSubscriptionRecord | "full" | "tooManyFilters" | "tooManyPending" | undefined> {
    const { topicId, uuid, owner, region, protocol, endpoint, principal, attributes, token, wasAuthenticated } =
      subscription;
    const hasFilter = "FilterPolicy" in attributes;
    return await this.#database.transaction(async (tx) => {
      const [topic] = await tx.query("SELECT 1 FROM sns_topics WHERE id = $1 FOR NO KEY UPDATE", [topicId]);
      if (!topic) return undefined;
      await tx.query(
        "DELETE FROM sns_subscriptions WHERE topic_id = $1 AND protocol = $2 AND md5(endpoint) = md5($3) AND state = 'cancelled'",
        [topicId, protocol, endpoint],
      );
      const [present] = await tx.query<{ count: number }>(
        "SELECT count(*)::integer AS count FROM (SELECT 1 FROM sns_subscriptions WHERE topic_id = $1 LIMIT $2) AS present",
        [topicId, limits.subscriptions],
      );
      if (present && present.count >= limits.subscriptions) return "full";
      if (hasFilter && !(await mayFilter(tx, topicId, limits))) return "tooManyFilters";
      if (token !== undefined && !(await mayWait(tx, owner, limits))) return "tooManyPending";
      const [made] = await tx.query(
        `INSERT INTO sns_subscriptions (topic_id, uuid, owner, region, protocol, endpoint, principal, attributes, has_filter, was_authenticated, state, token_sha256, token_expires_at, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11::text IS NULL THEN 'confirmed' ELSE 'pending' END, $11,
                 CASE WHEN $11::text IS NOT NULL THEN now() + interval '${TOKEN_HOURS} hours' END, now())
         ON CONFLICT DO NOTHING RETURNING 1`,
        [
          topicId,
          uuid,
          owner,
          region,
          protocol,
          endpoint,
          principal,
          JSON.stringify(attributes),
          hasFilter,
          wasAuthenticated,
          sha256(token),
        ],
      );
      if (!made) return undefined;
      const [row] = await tx.query<SnsSubscriptionRecord>(`SELECT ${COLUMNS} ${FROM} WHERE s.uuid = $1`, [uuid]);
      return row;
    });
  }

  async findByEndpoint(
    topicId: string,
    protocol: string,
    endpoint: string,
  ): Promise<SnsSubscriptionRecord | undefined> {
    const rows = await this.#database.query<SnsSubscriptionRecord>(
      `SELECT ${COLUMNS} ${FROM} WHERE s.topic_id = $1 AND s.protocol = $2 AND md5(s.endpoint) = md5($3) AND s.state <> 'cancelled'`,
      [topicId, protocol, endpoint],
    );
    return rows[0];
  }

  async find(topic: SnsTopicKey, uuid: string): Promise<SnsSubscriptionRecord | undefined> {
    const rows = await this.#database.prepared<SnsSubscriptionRecord>(
      `SELECT ${COLUMNS} ${FROM} WHERE s.uuid = $1 AND t.account_id = $2 AND t.region = $3 AND t."TopicName" = $4 AND s.state <> 'cancelled'`,
      [uuid, topic.accountId, topic.region, topic.TopicName],
    );
    return rows[0];
  }

  /** The confirmed subscriptions that a message goes to. */
  async confirmed(
    topicId: string,
    { after = "0", limit }: SnsSubscriptionPage,
  ): Promise<readonly SnsSubscriptionRecord[]> {
    return await this.#database.prepared<SnsSubscriptionRecord>(
      `SELECT ${COLUMNS} ${FROM} WHERE s.topic_id = $1 AND s.id > $2 AND s.state = 'confirmed' ORDER BY s.id LIMIT $3`,
      [topicId, after, limit],
    );
  }

  async ofTopic(
    topicId: string,
    { after = "0", limit }: SnsSubscriptionPage,
  ): Promise<readonly SnsSubscriptionRecord[]> {
    return await this.#database.query<SnsSubscriptionRecord>(
      `SELECT ${COLUMNS} ${FROM} WHERE s.topic_id = $1 AND s.id > $2 AND s.state <> 'cancelled' ORDER BY s.id LIMIT $3`,
      [topicId, after, limit],
    );
  }

  async ofOwner(
    { accountId, region }: AccountRegion,
    { after = "0", limit }: SnsSubscriptionPage,
  ): Promise<readonly SnsSubscriptionRecord[]> {
    return await this.#database.query<SnsSubscriptionRecord>(
      `SELECT ${COLUMNS} ${FROM} WHERE s.owner = $1 AND s.region = $2 AND s.id > $3 AND s.state <> 'cancelled' ORDER BY s.id LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  async counts(topicId: string): Promise<SnsSubscriptionCounts> {
    const [row] = await this.#database.query<SnsSubscriptionCounts>(
      `SELECT count(*) FILTER (WHERE state = 'confirmed')::integer AS confirmed, count(*) FILTER (WHERE state = 'pending')::integer AS pending
         FROM sns_subscriptions WHERE topic_id = $1`,
      [topicId],
    );
    return row ?? { confirmed: 0, pending: 0 };
  }

  /** Changes attributes by `change`, which gets the present ones. Resolves with `undefined` when there is no such subscription. */
  async changeAttributes(
    uuid: string,
    limits: SnsSubscriptionLimits,
    change: (attributes: SnsTexts) => SnsTexts,
  ): Promise<"changed" | "tooManyFilters" | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query<{ topicId: string; attributes: SnsTexts; hadFilter: boolean }>(
        `SELECT topic_id::text AS "topicId", attributes, has_filter AS "hadFilter" FROM sns_subscriptions WHERE uuid = $1 AND state <> 'cancelled' FOR UPDATE`,
        [uuid],
      );
      if (!row) return undefined;
      const attributes = change(row.attributes);
      const hasFilter = "FilterPolicy" in attributes;
      if (hasFilter && !row.hadFilter && !(await mayFilter(tx, row.topicId, limits))) return "tooManyFilters";
      await tx.query("UPDATE sns_subscriptions SET attributes = $2, has_filter = $3 WHERE uuid = $1", [
        uuid,
        JSON.stringify(attributes),
        hasFilter,
      ]);
      return "changed";
    });
  }

  /** Replaces the token of a subscription that is not confirmed. False when its endpoint was asked a moment ago: the token that it got stays valid. */
  async askAgain(uuid: string, token: string): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE sns_subscriptions SET token_sha256 = $2, token_expires_at = now() + interval '${TOKEN_HOURS} hours', asked_at = now()
        WHERE uuid = $1 AND state = 'pending' AND (asked_at IS NULL OR asked_at < now() - interval '${ASK_AGAIN_SECONDS} seconds') RETURNING 1`,
      [uuid, sha256(token)],
    );
    return rows.length > 0;
  }

  /** Confirms the subscription with this token; a second time it changes nothing. Resolves with `undefined` for a token that is wrong or expired. */
  async confirm(
    topicId: string,
    token: string,
    { wasAuthenticated, guardsUnsubscribing }: Pick<SnsSubscriptionRecord, "wasAuthenticated" | "guardsUnsubscribing">,
  ): Promise<SnsSubscriptionRecord | undefined> {
    const rows = await this.#database.query<SnsSubscriptionRecord>(
      `WITH changed AS (
         UPDATE sns_subscriptions s SET state = 'confirmed',
                was_authenticated = CASE WHEN s.state = 'confirmed' THEN s.was_authenticated ELSE $3 END,
                guards_unsubscribing = CASE WHEN s.state = 'confirmed' THEN s.guards_unsubscribing ELSE $4 END
          WHERE s.topic_id = $1 AND s.token_sha256 = $2 AND ${TOKEN_HOLDS} RETURNING s.id)
       SELECT ${COLUMNS} ${FROM} WHERE s.id IN (SELECT id FROM changed)`,
      [topicId, sha256(token), wasAuthenticated, guardsUnsubscribing],
    );
    return rows[0];
  }

  /** Ends a subscription; with a token its endpoint may confirm it again. Resolves with false when there is no such subscription. */
  async end(uuid: string, token: string | undefined): Promise<boolean> {
    const ended =
      token === undefined
        ? "DELETE FROM sns_subscriptions WHERE uuid = $1 AND state <> 'cancelled' RETURNING topic_id"
        : `UPDATE sns_subscriptions SET state = 'cancelled', token_sha256 = $2, token_expires_at = now() + interval '${TOKEN_HOURS} hours'
            WHERE uuid = $1 AND state <> 'cancelled' RETURNING topic_id`;
    const rows = await this.#database.query(
      `WITH ended AS (${ended}) UPDATE sns_topics SET subscriptions_deleted = subscriptions_deleted + 1 WHERE id IN (SELECT topic_id FROM ended) RETURNING 1`,
      token === undefined ? [uuid] : [uuid, sha256(token)],
    );
    return rows.length > 0;
  }

  /** Deletes at most `limit` subscriptions that were not confirmed in time. Resolves with their number. */
  async forgetUnconfirmed(limit: number): Promise<number> {
    const rows = await this.#database.query(
      `DELETE FROM sns_subscriptions WHERE id IN (
         SELECT id FROM sns_subscriptions WHERE state <> 'confirmed' AND token_expires_at <= now() LIMIT $1) RETURNING 1`,
      [limit],
    );
    return rows.length;
  }
}

async function mayFilter(
  tx: Pick<Database, "query">,
  topicId: string,
  { filtersPerTopic, filtersPerAccount }: SnsSubscriptionLimits,
): Promise<boolean> {
  const [row] = await tx.query<{ ofTopic: number; ofAccount: number }>(
    `SELECT (SELECT count(*) FROM sns_subscriptions WHERE topic_id = $1 AND has_filter)::integer AS "ofTopic",
            (SELECT count(*) FROM sns_subscriptions s JOIN sns_topics t ON t.id = s.topic_id
              WHERE s.has_filter AND (t.account_id, t.region) = (SELECT account_id, region FROM sns_topics WHERE id = $1))::integer AS "ofAccount"`,
    [topicId],
  );
  return row !== undefined && row.ofTopic < filtersPerTopic && row.ofAccount < filtersPerAccount;
}

async function mayWait(
  tx: Pick<Database, "query">,
  owner: string,
  { pendingPerAccount }: SnsSubscriptionLimits,
): Promise<boolean> {
  const [row] = await tx.query<{ count: number }>(
    "SELECT count(*)::integer AS count FROM (SELECT FROM sns_subscriptions WHERE owner = $1 AND state = 'pending' LIMIT $2) AS pending",
    [owner, pendingPerAccount],
  );
  return row !== undefined && row.count < pendingPerAccount;
}

function sha256(token: string | undefined): string | null {
  return token === undefined ? null : createHash("sha256").update(token).digest("hex");
}
