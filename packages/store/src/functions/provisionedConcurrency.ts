import type { Clock, Random } from "@hearth/kit";
import {
  functionArn,
  InvalidParameterValueException,
  MIN_UNRESERVED_CONCURRENCY,
  ProvisionedConcurrencyConfigNotFoundException,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";
import { recordFunctionChange } from "./functionChange.ts";
import type { Database, Queryable, Transaction } from "../postgres/database.ts";
import { versionName, versionNumber } from "./functionRecord.ts";
import { type FunctionKey, functionNotFound, lockLatest } from "./functionRows.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";
import { findQualified } from "./qualifiers.ts";

export interface ProvisionedConcurrencyStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export type ProvisionedStatus = "IN_PROGRESS" | "READY" | "FAILED";

export interface ProvisionedConcurrencyConfig {
  /** A version number or an alias. */
  readonly qualifier: string;
  readonly requested: number;
  /** Initialised environments, according to the invoker's last report. */
  readonly available: number;
  readonly Status: ProvisionedStatus;
  readonly StatusReason: string | undefined;
  readonly LastModified: Date;
}

/** A configuration with the versions that currently need its environments: two when an alias splits calls. */
export interface RequestedConcurrency extends ProvisionedConcurrencyConfig, FunctionKey {
  /** Changes with every change of the request, so that reports about an earlier request are dropped. */
  readonly configId: string;
  readonly shares: readonly ProvisionedShare[];
}

export interface ProvisionedShare {
  readonly Version: string;
  readonly count: number;
}

interface ConfigRow {
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly qualifier: string;
  readonly requested: number;
  readonly available: number;
  readonly Status: ProvisionedStatus;
  readonly StatusReason: string | null;
  readonly LastModified: Date;
}

interface RequestedRow extends ConfigRow {
  readonly wish_id: string;
  readonly number: bigint;
  readonly second_number: bigint | null;
  readonly second_weight: number | null;
}

const COLUMNS = `account_id, region, "FunctionName", qualifier, requested, available, "Status", "StatusReason", "LastModified"`;

const UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";

/** Provisioned concurrency of versions and aliases. Writes of a configuration are recorded in the change log; reports of its status are not. */
export class ProvisionedConcurrencyStore {
  readonly #deps: ProvisionedConcurrencyStoreDeps;

  constructor(deps: ProvisionedConcurrencyStoreDeps) {
    this.#deps = deps;
  }

  /** Rejects with ResourceNotFoundException (function, version, alias) or ProvisionedConcurrencyConfigNotFoundException. */
  async get(key: FunctionKey, qualifier: string): Promise<ProvisionedConcurrencyConfig> {
    const { database } = this.#deps;
    const [row] = await database.prepared<ConfigRow>(
      `SELECT ${COLUMNS} FROM provisioned_concurrency WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4`,
      [key.accountId, key.region, key.FunctionName, qualifier],
    );
    if (row) return configOf(row);
    await this.#requireQualified(database, key, qualifier);
    throw new ProvisionedConcurrencyConfigNotFoundException(
      "No Provisioned Concurrency Config found for this function",
    );
  }

  /** Ordered by qualifier. Rejects with ResourceNotFoundException when the function does not exist. */
  async list(key: FunctionKey, page: PageRequest): Promise<Page<ProvisionedConcurrencyConfig>> {
    const [after] = page.Marker === undefined ? [""] : decodeMarker(page.Marker, ["string"]);
    const rows = await this.#deps.database.prepared<ConfigRow>(
      `SELECT ${COLUMNS} FROM provisioned_concurrency
        WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier > $4 ORDER BY qualifier LIMIT $5`,
      [key.accountId, key.region, key.FunctionName, after, page.MaxItems + 1],
    );
    if (rows.length === 0 && !(await findQualified(this.#deps.database, key, "$LATEST"))) throw functionNotFound(key);
    return pageOf(rows, page, configOf, (row) => [row.qualifier]);
  }

  /**
   * Requests `requested` environments for a published version or the versions behind an alias. Rejects with ResourceNotFoundException,
   * ResourceConflictException (another configuration already covers the version) or InvalidParameterValueException (limits).
   */
  async put(
    key: FunctionKey,
    qualifier: string,
    requested: number,
    accountLimit: number,
  ): Promise<ProvisionedConcurrencyConfig> {
    return await this.#deps.database.transaction(async (tx) => {
      await lockReservations(tx, key.accountId);
      await lockLatest(tx, key);
      const { number, alias } = await this.#requireQualified(tx, key, qualifier);
      if (alias !== null) await refuseWeights(tx, key, alias);
      await checkTargets(tx, key, qualifier);
      await checkLimits(tx, key, { qualifier, requested }, accountLimit);
      const [row] = await tx.prepared<ConfigRow>(
        `INSERT INTO provisioned_concurrency (account_id, region, "FunctionName", number, alias, requested, "LastModified", wish_id, "Status")
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'IN_PROGRESS')
         ON CONFLICT (account_id, region, "FunctionName", qualifier) DO UPDATE
            SET requested = excluded.requested, "LastModified" = excluded."LastModified", wish_id = excluded.wish_id,
                "Status" = excluded."Status", "StatusReason" = NULL
         RETURNING ${COLUMNS}`,
        [
          key.accountId,
          key.region,
          key.FunctionName,
          number,
          alias,
          requested,
          new Date(this.#deps.clock.now()),
          this.#deps.random.uuid(),
        ],
      );
      await recordFunctionChange(tx, key);
      return configOf(row as ConfigRow);
    });
  }

  /** Does nothing when the configuration does not exist. Rejects with ResourceNotFoundException (function, version or alias). */
  async delete(key: FunctionKey, qualifier: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      await this.#requireQualified(tx, key, qualifier);
      const deleted = await tx.prepared(
        `DELETE FROM provisioned_concurrency WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName, qualifier],
      );
      if (deleted.length > 0) await recordFunctionChange(tx, key);
    });
  }

  /** All configurations, with the versions that need environments. */
  async listRequested(): Promise<readonly RequestedConcurrency[]> {
    const rows = await this.#deps.database.prepared<RequestedRow>(
      `SELECT p.account_id, p.region, p."FunctionName", p.qualifier, p.requested, p.available, p."Status", p."StatusReason", p."LastModified", p.wish_id,
              coalesce(a.number, p.number) AS number, a.second_number, a.second_weight
         FROM provisioned_concurrency p
         LEFT JOIN aliases a ON a.account_id = p.account_id AND a.region = p.region AND a."FunctionName" = p."FunctionName" AND a."Name" = p.alias
        ORDER BY p."LastModified"`,
    );
    return rows.map((row) => ({
      ...configOf(row),
      accountId: row.account_id,
      region: row.region,
      FunctionName: row.FunctionName,
      configId: row.wish_id,
      shares: sharesOf(row),
    }));
  }

  /** Writes the status of a configuration, unless it has changed since it was listed. */
  async report(
    { accountId, region, FunctionName, qualifier, configId }: RequestedConcurrency,
    { Status, StatusReason, available }: Pick<ProvisionedConcurrencyConfig, "Status" | "StatusReason" | "available">,
  ): Promise<void> {
    await this.#deps.database.prepared(
      `UPDATE provisioned_concurrency SET "Status" = $6, "StatusReason" = $7, available = $8
        WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 AND wish_id = $5`,
      [accountId, region, FunctionName, qualifier, configId, Status, StatusReason ?? null, available],
    );
  }

  /**
   * Sets the available environments of every configuration to zero, because an invoker that starts has none. Call it before the invoker accepts
   * invocations.
   */
  async resetStatus(): Promise<void> {
    await this.#deps.database.prepared(
      `UPDATE provisioned_concurrency SET "Status" = 'IN_PROGRESS', "StatusReason" = NULL, available = 0
        WHERE "Status" <> 'IN_PROGRESS' OR available > 0`,
    );
  }

  async #requireQualified(
    database: Queryable,
    key: FunctionKey,
    qualifier: string,
  ): Promise<{ readonly number: bigint | null; readonly alias: string | null }> {
    const found = await findQualified(database, key, qualifier);
    if (found) return found;
    if (versionNumber(qualifier) !== undefined) throw functionNotFound(key, qualifier);
    const arn = functionArn({ ...key, Qualifier: qualifier });
    throw new ResourceNotFoundException(`Cannot find alias arn: ${arn}`);
  }
}

/** Resets the configuration of an alias that now points to other versions. Rejects when these versions cannot have provisioned concurrency. */
export async function moveProvisioned(
  tx: Transaction,
  key: FunctionKey,
  alias: string,
  configId: string,
): Promise<void> {
  const moved = await tx.prepared(
    `UPDATE provisioned_concurrency SET wish_id = $5, "Status" = 'IN_PROGRESS', "StatusReason" = NULL, available = 0
      WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND alias = $4 RETURNING 1`,
    [key.accountId, key.region, key.FunctionName, alias, configId],
  );
  if (moved.length > 0) await checkTargets(tx, key, alias);
}

/** Allows only one reservation of an account at a time, because the sum covers rows other than the one being written. */
export async function lockReservations(tx: Transaction, accountId: string): Promise<void> {
  await tx.prepared("SELECT pg_advisory_xact_lock(hashtextextended('reserved:' || $1::text, 0))", [accountId]);
}

/** The number of environments that all configurations of a function request. */
export async function provisionedOf(tx: Transaction, key: FunctionKey): Promise<number> {
  const [row] = await tx.prepared<{ total: bigint }>(
    `SELECT coalesce(sum(requested), 0)::bigint AS total FROM provisioned_concurrency WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3`,
    [key.accountId, key.region, key.FunctionName],
  );
  return Number(row?.total ?? 0n);
}

/** As on AWS. An alias that has a configuration may get weights later, so that traffic can be moved step by step. */
async function refuseWeights(tx: Transaction, key: FunctionKey, alias: string): Promise<void> {
  const weighted = await tx.prepared(
    `SELECT 1 FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" = $4 AND second_number IS NOT NULL`,
    [key.accountId, key.region, key.FunctionName, alias],
  );
  if (weighted.length === 0) return;
  throw new InvalidParameterValueException("Alias with weights can not be used with Provisioned Concurrency");
}

/** Only one configuration, of the version itself or of one alias, may request environments for a version. */
async function checkTargets(tx: Transaction, key: FunctionKey, qualifier: string): Promise<void> {
  const rows = await tx.prepared<{ name: string; number: bigint; is_alias: boolean; provisioned: boolean }>(
    `SELECT q.name, q.number, q.is_alias, p.qualifier IS NOT NULL AS provisioned FROM (
       SELECT "Name" AS name, number, true AS is_alias FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3
       UNION ALL
       SELECT "Name", second_number, true FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND second_number IS NOT NULL
       UNION ALL
       SELECT number::text, number, false FROM function_versions
        WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number::text IN
              (SELECT $4 UNION SELECT qualifier FROM provisioned_concurrency WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3)
     ) q LEFT JOIN provisioned_concurrency p ON p.account_id = $1 AND p.region = $2 AND p."FunctionName" = $3 AND p.qualifier = q.name
     WHERE q.name = $4 OR p.qualifier IS NOT NULL`,
    [key.accountId, key.region, key.FunctionName, qualifier],
  );
  const own = rows.filter(({ name }) => name === qualifier);
  if (own.some(({ number }) => number === 0n)) throw new InvalidParameterValueException(UNPUBLISHED);
  const numbers = new Set(own.map(({ number }) => number));
  const taken = rows.find(({ name, number, provisioned }) => name !== qualifier && provisioned && numbers.has(number));
  if (!taken) return;
  throw new ResourceConflictException(
    own.some(({ is_alias }) => is_alias)
      ? "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
      : "Version is pointed by a Provisioned Concurrency alias",
  );
}

async function checkLimits(
  tx: Transaction,
  key: FunctionKey,
  { qualifier, requested }: { readonly qualifier: string; readonly requested: number },
  accountLimit: number,
): Promise<void> {
  const [row] = await tx.prepared<{ reserved: number | null; own: bigint; taken: bigint }>(
    `SELECT f."ReservedConcurrentExecutions" AS reserved,
            (SELECT coalesce(sum(p.requested), 0)::bigint FROM provisioned_concurrency p
              WHERE p.account_id = $1 AND p.region = $2 AND p."FunctionName" = $3 AND p.qualifier <> $4) AS own,
            (SELECT coalesce(sum(coalesce(o."ReservedConcurrentExecutions", p.requested)), 0)::bigint
               FROM functions o
               LEFT JOIN (SELECT region, "FunctionName", sum(requested) AS requested FROM provisioned_concurrency
                           WHERE account_id = $1 GROUP BY 1, 2) p USING (region, "FunctionName")
              WHERE o.account_id = $1 AND (o.region, o."FunctionName") <> ($2, $3)) AS taken
       FROM functions f WHERE f.account_id = $1 AND f.region = $2 AND f."FunctionName" = $3`,
    [key.accountId, key.region, key.FunctionName, qualifier],
  );
  const wanted = Number(row?.own ?? 0n) + requested;
  const reserved = row?.reserved ?? undefined;
  if (reserved !== undefined) {
    if (wanted <= reserved) return;
    throw new InvalidParameterValueException(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    );
  }
  const unreserved = accountLimit - Number(row?.taken ?? 0n);
  if (wanted > unreserved) {
    throw new InvalidParameterValueException(
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${unreserved}].`,
      { withType: false },
    );
  }
  if (unreserved - wanted < MIN_UNRESERVED_CONCURRENCY) {
    throw new InvalidParameterValueException(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED_CONCURRENCY}].`,
      { withType: false },
    );
  }
}

/** The number of environments for each version; an alias that splits calls splits them by weight. */
export function sharesOf({
  requested,
  number,
  second_number,
  second_weight,
}: {
  readonly requested: number;
  readonly number: bigint | number;
  readonly second_number: bigint | number | null;
  readonly second_weight: number | null;
}): readonly ProvisionedShare[] {
  const second = second_number === null ? 0 : Math.round(requested * (second_weight ?? 0));
  return [
    { Version: versionName(number), count: requested - second },
    ...(second_number === null ? [] : [{ Version: versionName(second_number), count: second }]),
  ].filter(({ count }) => count > 0);
}

function configOf(row: ConfigRow): ProvisionedConcurrencyConfig {
  return {
    qualifier: row.qualifier,
    requested: row.requested,
    available: row.available,
    Status: row.Status,
    StatusReason: row.StatusReason ?? undefined,
    LastModified: row.LastModified,
  };
}
