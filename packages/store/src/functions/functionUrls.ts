import type { Clock, Random } from "@hearth/kit";
import { functionArn, ResourceConflictException, ResourceNotFoundException } from "@hearth/model";
import { alphanumericId } from "./alphanumericId.ts";
import type { Database } from "../postgres/database.ts";
import { isUniqueViolation } from "../postgres/databaseErrors.ts";
import { recordFunctionChange } from "./functionChange.ts";
import { type FunctionKey, lockLatest } from "./functionRows.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";
import { findQualified } from "./qualifiers.ts";

export interface FunctionUrlStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

/** AWS's Cors. */
export interface FunctionUrlCors {
  readonly AllowCredentials?: boolean | undefined;
  readonly AllowHeaders?: readonly string[] | undefined;
  readonly AllowMethods?: readonly string[] | undefined;
  readonly AllowOrigins?: readonly string[] | undefined;
  readonly ExposeHeaders?: readonly string[] | undefined;
  readonly MaxAge?: number | undefined;
}

export interface FunctionUrlSettings {
  readonly AuthType: "NONE" | "AWS_IAM";
  /** Absent while it was never given: then it is BUFFERED. */
  readonly InvokeMode?: "BUFFERED" | "RESPONSE_STREAM" | undefined;
  readonly Cors?: FunctionUrlCors | undefined;
}

export interface FunctionUrlConfig extends FunctionUrlSettings {
  readonly urlId: string;
  /** The alias that the URL belongs to; absent for the function's own URL. */
  readonly Qualifier?: string;
  readonly CreationTime: Date;
  readonly LastModifiedTime: Date;
}

interface UrlRow {
  readonly url_id: string;
  readonly alias: string | null;
  readonly AuthType: FunctionUrlConfig["AuthType"];
  readonly InvokeMode: "BUFFERED" | "RESPONSE_STREAM" | null;
  readonly Cors: FunctionUrlCors | null;
  readonly CreationTime: Date;
  readonly LastModifiedTime: Date;
  readonly qualifier: string;
}

const COLUMNS = `url_id, alias, qualifier, "AuthType", "InvokeMode", "Cors", "CreationTime", "LastModifiedTime"`;
const URL_ID_LENGTH = 32;

/** Function URLs: at most one for a function and one for each of its aliases. Every write is recorded in the change log. */
export class FunctionUrlStore {
  readonly #deps: FunctionUrlStoreDeps;

  constructor(deps: FunctionUrlStoreDeps) {
    this.#deps = deps;
  }

  /** Rejects with ResourceNotFoundException (function or alias) or ResourceConflictException (it already has a URL). */
  async create(key: FunctionKey, alias: string | undefined, settings: FunctionUrlSettings): Promise<FunctionUrlConfig> {
    const { database, clock, random } = this.#deps;
    try {
      return await database.transaction(async (tx) => {
        if (!(await lockLatest(tx, key)) || (alias !== undefined && !(await findQualified(tx, key, alias))))
          throw noFunction();
        const [row] = await tx.prepared<UrlRow>(
          `INSERT INTO function_urls (account_id, region, "FunctionName", alias, url_id, "AuthType", "InvokeMode", "Cors", "CreationTime", "LastModifiedTime")
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING ${COLUMNS}`,
          [
            key.accountId,
            key.region,
            key.FunctionName,
            alias ?? null,
            alphanumericId(random, URL_ID_LENGTH),
            settings.AuthType,
            settings.InvokeMode ?? null,
            settings.Cors ? JSON.stringify(settings.Cors) : null,
            new Date(clock.now()),
          ],
        );
        await recordFunctionChange(tx, key);
        return configOf(row as UrlRow);
      });
    } catch (error) {
      if (!isUniqueViolation(error, "function_urls_pkey")) throw error;
      const arn = functionArn({ ...key, Qualifier: alias });
      throw new ResourceConflictException(
        `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    }
  }

  /** Rejects with ResourceNotFoundException. */
  async get(key: FunctionKey, alias: string | undefined): Promise<FunctionUrlConfig> {
    const [row] = await this.#deps.database.prepared<UrlRow>(
      `SELECT ${COLUMNS} FROM function_urls WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4`,
      [key.accountId, key.region, key.FunctionName, alias ?? ""],
    );
    if (!row) throw noUrl();
    return configOf(row);
  }

  /** Applies `change` to the current settings. Rejects with ResourceNotFoundException. */
  async update(
    key: FunctionKey,
    alias: string | undefined,
    change: (current: FunctionUrlSettings) => FunctionUrlSettings,
  ): Promise<FunctionUrlConfig> {
    return await this.#deps.database.transaction(async (tx) => {
      const values = [key.accountId, key.region, key.FunctionName, alias ?? ""];
      const [current] = await tx.prepared<UrlRow>(
        `SELECT ${COLUMNS} FROM function_urls WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 FOR UPDATE`,
        values,
      );
      if (!current) throw (await findQualified(tx, key, alias ?? "$LATEST")) ? noUrl() : noFunction();
      const { AuthType, InvokeMode, Cors } = change(configOf(current));
      const [row] = await tx.prepared<UrlRow>(
        `UPDATE function_urls SET "AuthType" = $5, "InvokeMode" = $6, "Cors" = $7, "LastModifiedTime" = $8
          WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 RETURNING ${COLUMNS}`,
        [...values, AuthType, InvokeMode ?? null, Cors ? JSON.stringify(Cors) : null, new Date(this.#deps.clock.now())],
      );
      await recordFunctionChange(tx, key);
      return configOf(row as UrlRow);
    });
  }

  /** Rejects with ResourceNotFoundException. */
  async delete(key: FunctionKey, alias: string | undefined): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const deleted = await tx.prepared(
        `DELETE FROM function_urls WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName, alias ?? ""],
      );
      if (deleted.length === 0) throw noUrl();
      await recordFunctionChange(tx, key);
    });
  }

  /** The function that a URL belongs to, by the first label of its host name. */
  async ownerOf(urlId: string): Promise<FunctionKey | undefined> {
    const [row] = await this.#deps.database.prepared<FunctionKey>(
      `SELECT account_id AS "accountId", region, "FunctionName" FROM function_urls WHERE url_id = $1`,
      [urlId],
    );
    return row;
  }

  /** The function's own URL first, then ordered by alias. Rejects with ResourceNotFoundException when the function does not exist. */
  async list(key: FunctionKey, page: PageRequest): Promise<Page<FunctionUrlConfig>> {
    const [after] = page.Marker === undefined ? [null] : decodeMarker(page.Marker, ["string"]);
    const rows = await this.#deps.database.prepared<UrlRow>(
      `SELECT ${COLUMNS} FROM function_urls
        WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND ($4::text IS NULL OR qualifier > $4) ORDER BY qualifier LIMIT $5`,
      [key.accountId, key.region, key.FunctionName, after, page.MaxItems + 1],
    );
    if (rows.length === 0 && !(await findQualified(this.#deps.database, key, "$LATEST"))) throw noFunction();
    return pageOf(rows, page, configOf, (row) => [row.qualifier]);
  }
}

function noFunction(): ResourceNotFoundException {
  return new ResourceNotFoundException("Function does not exist");
}

function noUrl(): ResourceNotFoundException {
  return new ResourceNotFoundException("The resource you requested does not exist.");
}

function configOf(row: UrlRow): FunctionUrlConfig {
  return {
    urlId: row.url_id,
    ...(row.alias !== null && { Qualifier: row.alias }),
    AuthType: row.AuthType,
    ...(row.InvokeMode !== null && { InvokeMode: row.InvokeMode }),
    ...(row.Cors && { Cors: row.Cors }),
    CreationTime: row.CreationTime,
    LastModifiedTime: row.LastModifiedTime,
  };
}
