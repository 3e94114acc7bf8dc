import type { Random } from "@hearth/kit";
import {
  functionArn,
  InvalidParameterValueException,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";
import { recordFunctionChange } from "./functionChange.ts";
import type { Database, Transaction } from "../postgres/database.ts";
import { isUniqueViolation } from "../postgres/databaseErrors.ts";
import { versionName, versionNumber } from "./functionRecord.ts";
import { type FunctionKey, functionNotFound, lockLatest } from "./functionRows.ts";
import { moveProvisioned } from "./provisionedConcurrency.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";

export interface AliasStoreDeps {
  readonly database: Database;
  readonly random: Random;
}

/** AWS's AliasConfiguration without its ARN. */
export interface AliasRecord {
  readonly Name: string;
  readonly FunctionVersion: string;
  readonly Description: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights: Readonly<Record<string, number>> };
  readonly RevisionId: string;
}

export interface AliasSettings {
  readonly FunctionVersion: string;
  readonly Description: string;
  /** Version number ─▶ share of the calls; at most one entry. */
  readonly AdditionalVersionWeights: Readonly<Record<string, number>>;
}

interface AliasRow {
  readonly Name: string;
  readonly Description: string;
  readonly RevisionId: string;
  readonly number: bigint;
  readonly second_number: bigint | null;
  readonly second_weight: number | null;
}

const COLUMNS = `"Name", "Description", "RevisionId", number, second_number, second_weight`;

/** Aliases. Every write is recorded in the change log. */
export class AliasStore {
  readonly #deps: AliasStoreDeps;

  constructor(deps: AliasStoreDeps) {
    this.#deps = deps;
  }

  async find(key: FunctionKey, Name: string): Promise<AliasRecord | undefined> {
    const [row] = await this.#deps.database.prepared<AliasRow>(
      `SELECT ${COLUMNS} FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" = $4`,
      [key.accountId, key.region, key.FunctionName, Name],
    );
    return row && aliasOf(row);
  }

  /**
   * Ordered by name; with `FunctionVersion`, only the aliases that send calls to it. Rejects with ResourceNotFoundException when the function does
   * not exist.
   */
  async list(key: FunctionKey, page: PageRequest, FunctionVersion?: string): Promise<Page<AliasRecord>> {
    const [after] = page.Marker === undefined ? [""] : decodeMarker(page.Marker, ["string"]);
    const number = FunctionVersion === undefined ? null : (versionNumber(FunctionVersion) ?? -1);
    const rows = await this.#deps.database.prepared<AliasRow>(
      `SELECT ${COLUMNS} FROM aliases
        WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" > $4 AND ($5::bigint IS NULL OR number = $5 OR second_number = $5)
        ORDER BY "Name" LIMIT $6`,
      [key.accountId, key.region, key.FunctionName, after, number, page.MaxItems + 1],
    );
    if (rows.length === 0) await this.#requireFunction(key);
    return pageOf(rows, page, aliasOf, (row) => [row.Name]);
  }

  /** Rejects with ResourceNotFoundException (function or version), ResourceConflictException or InvalidParameterValueException (weights). */
  async create(key: FunctionKey, Name: string, settings: AliasSettings): Promise<AliasRecord> {
    try {
      return await this.#deps.database.transaction(async (tx) => {
        if (!(await lockLatest(tx, key))) throw functionNotFound(key, settings.FunctionVersion);
        const { number, second, weight } = await this.#route(tx, key, settings);
        const [row] = await tx.prepared<AliasRow>(
          `INSERT INTO aliases (account_id, region, "FunctionName", ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
          [
            key.accountId,
            key.region,
            key.FunctionName,
            Name,
            settings.Description,
            this.#deps.random.uuid(),
            number,
            second,
            weight,
          ],
        );
        await recordFunctionChange(tx, key);
        return aliasOf(row as AliasRow);
      });
    } catch (error) {
      if (isUniqueViolation(error, "aliases_pkey"))
        throw new ResourceConflictException(`Alias already exists: ${this.#arn(key, Name)}`);
      throw error;
    }
  }

  /**
   * Changes the members present in `change`. Rejects with ResourceNotFoundException, PreconditionFailedException or InvalidParameterValueException.
   */
  async update(
    key: FunctionKey,
    Name: string,
    change: Partial<AliasSettings>,
    RevisionId?: string,
  ): Promise<AliasRecord> {
    return await this.#deps.database.transaction(async (tx) => {
      if (!(await lockLatest(tx, key))) throw functionNotFound(key);
      const [current] = await tx.prepared<AliasRow>(
        `SELECT ${COLUMNS} FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" = $4`,
        [key.accountId, key.region, key.FunctionName, Name],
      );
      if (!current) throw new ResourceNotFoundException(`Alias not found: ${this.#arn(key, Name)}`);
      if (RevisionId !== undefined && RevisionId !== current.RevisionId) {
        throw new PreconditionFailedException(
          "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        );
      }
      const { FunctionVersion, Description, RoutingConfig } = aliasOf(current);
      const settings = {
        FunctionVersion,
        Description,
        AdditionalVersionWeights: RoutingConfig?.AdditionalVersionWeights ?? {},
        ...change,
      };
      const { number, second, weight } = await this.#route(tx, key, settings);
      const [row] = await tx.prepared<AliasRow>(
        `UPDATE aliases SET "Description" = $5, "RevisionId" = $6, number = $7, second_number = $8, second_weight = $9
          WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" = $4 RETURNING ${COLUMNS}`,
        [
          key.accountId,
          key.region,
          key.FunctionName,
          Name,
          settings.Description,
          this.#deps.random.uuid(),
          number,
          second,
          weight,
        ],
      );
      const moved = number !== current.number || second !== current.second_number || weight !== current.second_weight;
      if (moved) await moveProvisioned(tx, key, Name, this.#deps.random.uuid());
      await recordFunctionChange(tx, key);
      return aliasOf(row as AliasRow);
    });
  }

  /** Does nothing when the alias does not exist. */
  async delete(key: FunctionKey, Name: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const deleted = await tx.prepared(
        `DELETE FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" = $4 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName, Name],
      );
      if (deleted.length > 0) await recordFunctionChange(tx, key);
    });
  }

  /** The version numbers that an alias is to point to, after checking AWS's rules and that the versions exist. */
  async #route(
    tx: Transaction,
    key: FunctionKey,
    { FunctionVersion, AdditionalVersionWeights }: AliasSettings,
  ): Promise<{ readonly number: bigint; readonly second: bigint | null; readonly weight: number | null }> {
    const number = await this.#requireVersion(tx, key, FunctionVersion);
    const [extra, ...more] = Object.entries(AdditionalVersionWeights);
    if (!extra) return { number, second: null, weight: null };
    if (more.length > 0)
      throw new InvalidParameterValueException("Number of items in AdditionalVersionWeights cannot be greater than 1");
    if (number === 0n) {
      throw new InvalidParameterValueException(
        "$LATEST is not supported for an alias pointing to more than 1 version",
        {
          withType: false,
        },
      );
    }
    const [second, weight] = [await this.#requireVersion(tx, key, extra[0]), extra[1]];
    if (second === number) {
      throw new InvalidParameterValueException(
        `Invalid function version ${extra[0]}. Function version ${extra[0]} is already included in routing configuration.`,
      );
    }
    return { number, second, weight };
  }

  async #requireVersion(tx: Transaction, key: FunctionKey, FunctionVersion: string): Promise<bigint> {
    const number = versionNumber(FunctionVersion);
    const rows =
      number === undefined
        ? []
        : await tx.prepared(
            `SELECT 1 FROM function_versions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = $4`,
            [key.accountId, key.region, key.FunctionName, number],
          );
    if (number === undefined || rows.length === 0) throw functionNotFound(key, FunctionVersion);
    return number;
  }

  async #requireFunction(key: FunctionKey): Promise<void> {
    const rows = await this.#deps.database.prepared(
      `SELECT 1 FROM functions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3`,
      [key.accountId, key.region, key.FunctionName],
    );
    if (rows.length === 0) throw functionNotFound(key);
  }

  #arn({ accountId, region, FunctionName }: FunctionKey, Name: string): string {
    return functionArn({ region, accountId, FunctionName, Qualifier: Name });
  }
}

function aliasOf({ Name, Description, RevisionId, number, second_number, second_weight }: AliasRow): AliasRecord {
  return {
    Name,
    FunctionVersion: versionName(number),
    Description,
    ...(second_number !== null &&
      second_weight !== null && {
        RoutingConfig: { AdditionalVersionWeights: { [String(second_number)]: second_weight } },
      }),
    RevisionId,
  };
}
