import type { Logger } from "@hearth/kit";
import type { FunctionConfiguration, FunctionVersion } from "@hearth/model";
import type { FunctionSettings } from "../functions/functionSettings.ts";
import { type Sealed, type SealedSnapshot, SealedVersion } from "../functions/sealedVersion.ts";
import { sealEventConnections } from "../eventbridge/eventConnections.ts";
import { secretOf } from "../iam/accessKeys.ts";
import { SESSION_SECRET } from "../iam/identities.ts";
import { signingKeyOf } from "../sns/snsSigningKeys.ts";
import type { Database } from "./database.ts";
import type { Queryable, Transaction } from "./queryable.ts";
import { sealSecretVersions, sealSsmParameters } from "./sealColumns.ts";
import { LONG_STATEMENT_TIMEOUT_MS } from "./statementDeadline.ts";

/** The database is sealed with a master key that this process does not have. */
export class MasterKeyMissing extends Error {}

/** "sealed" in ASCII: the advisory lock held while keys are registered and rows are sealed. */
const SEALING_LOCK = 0x7365616c6564n;
const BATCH = 200;

/** The ids of the keys that may have sealed rows; none before the first start. */
export async function registeredKeyIds(database: Queryable): Promise<readonly string[]> {
  const rows = await database.query<{ key_id: string }>("SELECT key_id FROM master_keys ORDER BY created_at, key_id");
  return rows.map(({ key_id }) => key_id);
}

/**
 * Starts to use the keys of `database.keys`: registers the first key, which seals, and seals every secret that is still in plain text. Rejects with
 * MasterKeyMissing when a key that may have sealed rows is not in the ring.
 */
export async function useMasterKeys(database: Database, logger: Logger): Promise<void> {
  await registerCurrentKey(database);
  const sealed = await sealRows(database, "hk1:", noteTables);
  if (sealed > 0) logger.info({ rows: sealed }, "secrets that were stored in plain text are encrypted now");
  await vacuumTables(database, logger);
}

const SEALED_TABLES = ["access_keys", "function_versions", "session_secret"];

/** In the transaction that seals, so that a process that is killed before the vacuum leaves it to the next start. */
async function noteTables(tx: Transaction): Promise<void> {
  await tx.query("INSERT INTO tables_to_vacuum SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", [SEALED_TABLES]);
}

/** PostgreSQL keeps the old content of a row until its page is rewritten. */
async function vacuumTables(database: Database, logger: Logger): Promise<void> {
  const noted = await database.query<{ name: string }>("SELECT name FROM tables_to_vacuum ORDER BY name");
  for (const { name } of noted.filter((table) => SEALED_TABLES.includes(table.name))) {
    try {
      await database.patiently(LONG_STATEMENT_TIMEOUT_MS, `VACUUM FULL ${name}`);
      await database.query("DELETE FROM tables_to_vacuum WHERE name = $1", [name]);
    } catch (error) {
      logger.warn(
        { err: error, table: name },
        "old plain text could not be removed from the table's file; the next start tries again",
      );
    }
  }
}

/** Registers the first key of the ring. From then on it may seal rows. */
export async function registerCurrentKey(database: Database): Promise<void> {
  const { keys } = database;
  await database.transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock($1)", [SEALING_LOCK]);
    const missing = (await registeredKeyIds(tx)).filter((id) => !keys.ids.includes(id));
    if (missing.length > 0) {
      throw new MasterKeyMissing(
        `The database is encrypted with the master key ${missing.join(" and ")}, and this process has ${keys.ids.join(" and ") || "none"}.`,
      );
    }
    await tx.query("INSERT INTO master_keys (key_id) VALUES ($1) ON CONFLICT DO NOTHING", [keys.currentId]);
  });
}

/**
 * Seals every secret with the first key of the ring and then forgets the other keys: from then on, a process that still seals with one of them is
 * refused. Processes that have all keys keep working in the meantime. Resolves with the number of rows written. May be repeated after a failure.
 */
export async function rotateMasterKeys(database: Database): Promise<number> {
  await registerCurrentKey(database);
  const { prefix, currentId } = database.keys;
  let rows = await sealRows(database, prefix);
  await database.transaction(
    async (tx) => {
      // Waits for writers that sealed with an old key, and blocks new ones until the old keys are forgotten.
      await tx.query(
        "LOCK TABLE access_keys, function_versions, session_secret, sns_signing_keys, ssm_parameter_versions, secret_versions, event_connections IN SHARE ROW EXCLUSIVE MODE",
      );
      for (const step of STEPS) for (let count = 1; count > 0; rows += count) count = await step(tx, prefix);
      await tx.query("DELETE FROM master_keys WHERE key_id <> $1", [currentId]);
    },
    { statementTimeoutMs: LONG_STATEMENT_TIMEOUT_MS },
  );
  return rows;
}

/** Rewrites every row with a secret whose stored text does not begin with `prefix`; `sealed` runs in each transaction that did. */
async function sealRows(
  database: Database,
  prefix: string,
  sealed: (tx: Transaction) => Promise<void> = async () => undefined,
): Promise<number> {
  let rows = 0;
  for (const step of STEPS) {
    for (let count = 1; count > 0; rows += count) {
      count = await database.transaction(async (tx) => {
        const written = await step(tx, prefix);
        if (written > 0) await sealed(tx);
        return written;
      });
    }
  }
  return rows;
}

/** Each function seals one batch of a table and resolves with the number of rows. */
const STEPS: readonly ((tx: Transaction, prefix: string) => Promise<number>)[] = [
  sealAccessKeys,
  sealSessionSecret,
  sealFunctionVersions,
  sealSnsSigningKeys,
  sealSsmParameters,
  (tx, prefix) => sealEventConnections(tx, prefix, BATCH),
  sealSecretVersions,
];

async function sealAccessKeys(tx: Transaction, prefix: string): Promise<number> {
  const rows = await tx.query<{ accessKeyId: string; secret: string; plain: boolean }>(
    `SELECT access_key_id AS "accessKeyId", secret_access_key AS secret, secret_access_key NOT LIKE 'hk1:%' AS plain FROM access_keys
      WHERE NOT starts_with(secret_access_key, $1) LIMIT ${BATCH} FOR UPDATE`,
    [prefix],
  );
  for (const row of rows) {
    const secret = row.plain ? row.secret : tx.keys.open(row.secret, secretOf(row));
    await tx.prepared("UPDATE access_keys SET secret_access_key = $2 WHERE access_key_id = $1", [
      row.accessKeyId,
      tx.keys.seal(secret, secretOf(row)),
    ]);
  }
  return rows.length;
}

async function sealSessionSecret(tx: Transaction, prefix: string): Promise<number> {
  const [row] = await tx.query<{ secret: Buffer | null; sealed: string }>(
    "SELECT secret, coalesce(sealed, '') AS sealed FROM session_secret WHERE NOT starts_with(coalesce(sealed, ''), $1) FOR UPDATE",
    [prefix],
  );
  if (!row) return 0;
  const secret = row.secret?.toString("hex") ?? tx.keys.open(row.sealed, SESSION_SECRET);
  await tx.query("UPDATE session_secret SET secret = NULL, sealed = $1", [tx.keys.seal(secret, SESSION_SECRET)]);
  return 1;
}

async function sealSnsSigningKeys(tx: Transaction, prefix: string): Promise<number> {
  const rows = await tx.query<{ id: string; sealed: string }>(
    `SELECT id, private_key AS sealed FROM sns_signing_keys WHERE NOT starts_with(private_key, $1) LIMIT ${BATCH} FOR UPDATE`,
    [prefix],
  );
  for (const row of rows) {
    const opened = tx.keys.open(row.sealed, signingKeyOf(row));
    await tx.query("UPDATE sns_signing_keys SET private_key = $2 WHERE id = $1", [
      row.id,
      tx.keys.seal(opened, signingKeyOf(row)),
    ]);
  }
  return rows.length;
}

interface StoredVersion {
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly number: bigint;
  readonly fingerprint: string;
  /** The row was stored before secrets were sealed: none of its columns is sealed. */
  readonly plain: boolean;
  readonly settings: unknown;
  readonly active_snapshot: object | null;
  readonly update_answer: object | null;
}

/**
 * Finds rows with plain-text variables by their fingerprint, which was also in plain text at that time. So a start does not have to read the JSON
 * of every row.
 */
async function sealFunctionVersions(tx: Transaction, prefix: string): Promise<number> {
  const sealedOtherwise = (json: string, path: string): string =>
    `OR NOT starts_with(coalesce(${json} #>> '{${path}Environment,Sealed}', $1), $1)`;
  const rows = await tx.query<StoredVersion>(
    `SELECT account_id, region, "FunctionName", number, fingerprint, fingerprint NOT LIKE 'hk1:%' AS plain, settings, active_snapshot, update_answer
       FROM function_versions
      WHERE NOT starts_with(fingerprint, $1) ${
        prefix === "hk1:"
          ? ""
          : `${sealedOtherwise("settings", "")} ${sealedOtherwise("active_snapshot", "configuration,")} ${sealedOtherwise("update_answer", "")}`
      } LIMIT ${BATCH} FOR UPDATE`,
    [prefix],
  );
  for (const row of rows) await sealFunctionVersion(tx, row);
  return rows.length;
}

async function sealFunctionVersion(tx: Transaction, row: StoredVersion): Promise<void> {
  const { account_id: accountId, region, FunctionName, number, fingerprint, plain } = row;
  const sealed = new SealedVersion(tx.keys, { accountId, region, FunctionName }, number);
  const { settings, active_snapshot: snapshot, update_answer: answer } = row;
  const openedSettings = plain
    ? (settings as FunctionSettings)
    : sealed.openSettings(settings as Sealed<FunctionSettings>);
  const openedSnapshot = plain
    ? (snapshot as FunctionVersion | null)
    : snapshot && sealed.openSnapshot(snapshot as SealedSnapshot);
  const openedAnswer = plain
    ? (answer as FunctionConfiguration | null)
    : answer && sealed.openAnswer(answer as Sealed<FunctionConfiguration>);
  await tx.prepared(
    `UPDATE function_versions SET settings = $5, active_snapshot = $6, update_answer = $7, fingerprint = $8
      WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = $4`,
    [
      accountId,
      region,
      FunctionName,
      number,
      JSON.stringify(sealed.sealSettings(openedSettings)),
      openedSnapshot && JSON.stringify(sealed.sealSnapshot(openedSnapshot)),
      openedAnswer && JSON.stringify(sealed.sealAnswer(openedAnswer)),
      sealed.sealFingerprint(plain ? fingerprint : sealed.openFingerprint(fingerprint)),
    ],
  );
}
