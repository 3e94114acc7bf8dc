import { type KeyRing, type Logger, SealError } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import { isForeignKeyViolation } from "../postgres/databaseErrors.ts";
import { lockUser } from "./users.ts";
import type { Queryable } from "../postgres/queryable.ts";

/** The data needed to verify a signature, and the key's owner: a user, or the account's root when `user` is absent. */
export interface AccessKeyRecord {
  readonly accessKeyId: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly secretAccessKey: string;
  readonly user?: { readonly UserName: string; readonly UserId: string; readonly Path: string } | null;
}

/** A key as shown in lists, without its secret. */
export interface AccessKeyEntry {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly UserName: string | null;
  readonly status: "Active" | "Inactive";
  readonly createdAt: Date;
}

/** The owner of keys: an account's root, or a user. */
export interface KeyOwner {
  readonly accountId: string;
  readonly UserName?: string | undefined;
}

/** NOTIFY channel that wakes processes that cache keys; triggers send the notifications. */
export const ACCESS_KEY_CHANNEL = "hearth_access_keys";

/** As on AWS: one key in use, and one to switch to. */
const MAX_KEYS = 2;

const SELECT_ACTIVE = `
  SELECT k.access_key_id AS "accessKeyId", k.account_id AS "accountId", k.secret_access_key AS "secretAccessKey",
         CASE WHEN u."UserId" IS NOT NULL THEN json_build_object('UserName', u."UserName", 'UserId', u."UserId", 'Path', u."Path") END AS user
    FROM access_keys k LEFT JOIN iam_users u ON u.account_id = k.account_id AND u."UserName" = k."UserName"
   WHERE k.status = 'Active'`;

/** The table of access keys. */
export class AccessKeyStore {
  readonly #database: Database;
  readonly #logger: Logger;

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  /** All active keys. A key that cannot be decrypted is logged and left out, so that it does not make the other keys unavailable. */
  async list(): Promise<readonly AccessKeyRecord[]> {
    const { keys } = this.#database;
    return (await this.#database.query<AccessKeyRecord>(SELECT_ACTIVE)).flatMap((row) => {
      try {
        return [opened(row, keys)];
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        this.#logger.error({ err: error, accessKeyId: row.accessKeyId }, "an access key cannot be decrypted");
        return [];
      }
    });
  }

  /** The key, if it is active. */
  async find(accessKeyId: string): Promise<AccessKeyRecord | undefined> {
    const rows = await this.#database.prepared<AccessKeyRecord>(`${SELECT_ACTIVE} AND k.access_key_id = $1`, [
      accessKeyId,
    ]);
    return rows[0] && opened(rows[0], this.#database.keys);
  }

  /** Adds a key. An owner can have at most two. */
  async add(
    owner: KeyOwner,
    key: { readonly accessKeyId: string; readonly secretAccessKey: string },
    createdAt: Date,
  ): Promise<"added" | "ownerMissing" | "tooMany"> {
    const { accountId, UserName } = owner;
    try {
      return await this.#database.transaction(async (tx) => {
        if (!(await lockOwner(tx, owner))) return "ownerMissing";
        const [row] = await tx.prepared<{ count: bigint }>(
          `SELECT count(*) FROM access_keys WHERE account_id = $1 AND "UserName" IS NOT DISTINCT FROM $2`,
          [accountId, UserName],
        );
        if (Number(row?.count ?? 0n) >= MAX_KEYS) return "tooMany";
        await tx.prepared(
          `INSERT INTO access_keys (access_key_id, account_id, "UserName", secret_access_key, created_at) VALUES ($1, $2, $3, $4, $5)`,
          [key.accessKeyId, accountId, UserName, tx.keys.seal(key.secretAccessKey, secretOf(key)), createdAt],
        );
        return "added";
      });
    } catch (error) {
      if (isForeignKeyViolation(error)) return "ownerMissing";
      throw error;
    }
  }

  /** Keys of one owner, oldest first. */
  async listOf({ accountId, UserName }: KeyOwner): Promise<readonly AccessKeyEntry[]> {
    return await this.#database.prepared<AccessKeyEntry>(
      `SELECT access_key_id AS "accessKeyId", account_id AS "accountId", "UserName", status, created_at AS "createdAt"
         FROM access_keys WHERE account_id = $1 AND "UserName" IS NOT DISTINCT FROM $2 ORDER BY created_at, access_key_id`,
      [accountId, UserName],
    );
  }

  /** Keys of one account and its users, or of all accounts. */
  async listAll(accountId?: string): Promise<readonly AccessKeyEntry[]> {
    return await this.#database.prepared<AccessKeyEntry>(
      `SELECT access_key_id AS "accessKeyId", account_id AS "accountId", "UserName", status, created_at AS "createdAt"
         FROM access_keys WHERE $1::text IS NULL OR account_id = $1 ORDER BY account_id, "UserName" NULLS FIRST, created_at, access_key_id`,
      [accountId],
    );
  }

  /** Activates or deactivates a key; with `owner`, only a key of that owner. Resolves with false when there is no such key. */
  async setStatus(accessKeyId: string, status: AccessKeyEntry["status"], owner?: KeyOwner): Promise<boolean> {
    const rows = await this.#database.prepared(
      `UPDATE access_keys SET status = $4 WHERE access_key_id = $1 AND ${OF_OWNER} RETURNING 1`,
      [accessKeyId, owner?.accountId, owner?.UserName, status],
    );
    return rows.length > 0;
  }

  /** Deletes a key; with `owner`, only a key of that owner. Resolves with false when there is no such key. */
  async remove(accessKeyId: string, owner?: KeyOwner): Promise<boolean> {
    const rows = await this.#database.prepared(
      `DELETE FROM access_keys WHERE access_key_id = $1 AND ${OF_OWNER} RETURNING 1`,
      [accessKeyId, owner?.accountId, owner?.UserName],
    );
    return rows.length > 0;
  }
}

/** The identity that the sealed secret is bound to. */
export function secretOf({ accessKeyId }: Pick<AccessKeyRecord, "accessKeyId">): readonly string[] {
  return ["access_keys", accessKeyId];
}

function opened(row: AccessKeyRecord, keys: KeyRing): AccessKeyRecord {
  return { ...row, secretAccessKey: keys.open(row.secretAccessKey, secretOf(row)) };
}

const OF_OWNER = `($2::text IS NULL OR (account_id = $2 AND "UserName" IS NOT DISTINCT FROM $3::text))`;

/** Locks the owner, so that concurrent calls cannot create a third key. */
async function lockOwner(tx: Queryable, { accountId, UserName }: KeyOwner): Promise<boolean> {
  if (UserName !== undefined) return (await lockUser(tx, { accountId, UserName })) !== undefined;
  const rows = await tx.prepared("SELECT 1 FROM accounts WHERE account_id = $1 FOR UPDATE", [accountId]);
  return rows.length > 0;
}
