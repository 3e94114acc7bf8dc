import type { Clock } from "@hearth/kit";
import { functionArn, LATEST, ResourceNotFoundException } from "@hearth/model";
import { recordFunctionChange } from "./functionChange.ts";
import type { Database } from "../postgres/database.ts";
import { type FunctionKey, lockLatest } from "./functionRows.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";
import { findQualified } from "./qualifiers.ts";

export interface EventInvokeConfigStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
}

/** The settings of a user. An absent member has AWS's default: two retries, six hours, no destination. */
export interface EventInvokeSettings {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
  /** ARNs. */
  readonly onSuccess?: string | undefined;
  readonly onFailure?: string | undefined;
}

export interface EventInvokeConfig extends EventInvokeSettings {
  /** `$LATEST`, a version number or an alias. */
  readonly qualifier: string;
  readonly LastModified: Date;
}

interface ConfigRow {
  readonly qualifier: string;
  readonly LastModified: Date;
  readonly MaximumRetryAttempts: number | null;
  readonly MaximumEventAgeInSeconds: number | null;
  readonly on_success: string | null;
  readonly on_failure: string | null;
}

const COLUMNS = `qualifier, "LastModified", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", on_success, on_failure`;

/** Settings of asynchronous invocation, of a function (`$LATEST`), version or alias. Every write is recorded in the change log. */
export class EventInvokeConfigStore {
  readonly #deps: EventInvokeConfigStoreDeps;

  constructor(deps: EventInvokeConfigStoreDeps) {
    this.#deps = deps;
  }

  /** Rejects with ResourceNotFoundException when there are none. */
  async get(key: FunctionKey, qualifier: string = LATEST): Promise<EventInvokeConfig> {
    const [row] = await this.#deps.database.prepared<ConfigRow>(
      `SELECT ${COLUMNS} FROM event_invoke_configs WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4`,
      [key.accountId, key.region, key.FunctionName, qualifier],
    );
    if (!row) throw this.#missing(key, qualifier);
    return configOf(row);
  }

  /** Ordered by qualifier. Rejects with ResourceNotFoundException when the function does not exist. */
  async list(key: FunctionKey, page: PageRequest): Promise<Page<EventInvokeConfig>> {
    const [after] = page.Marker === undefined ? [""] : decodeMarker(page.Marker, ["string"]);
    const rows = await this.#deps.database.prepared<ConfigRow>(
      `SELECT ${COLUMNS} FROM event_invoke_configs
        WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier > $4 ORDER BY qualifier LIMIT $5`,
      [key.accountId, key.region, key.FunctionName, after, page.MaxItems + 1],
    );
    if (rows.length === 0 && !(await findQualified(this.#deps.database, key, LATEST))) throw noFunction();
    return pageOf(rows, page, configOf, (row) => [row.qualifier]);
  }

  /** Replaces all settings. Rejects with ResourceNotFoundException when the function, version or alias does not exist. */
  put(key: FunctionKey, qualifier: string | undefined, settings: EventInvokeSettings): Promise<EventInvokeConfig> {
    return this.#write(key, qualifier, () => settings);
  }

  /** Applies `change` to the current settings. Rejects with ResourceNotFoundException when the function does not exist or there are no settings to change. */
  update(
    key: FunctionKey,
    qualifier: string = LATEST,
    change: (current: EventInvokeSettings) => EventInvokeSettings,
  ): Promise<EventInvokeConfig> {
    return this.#write(key, qualifier, (current) => {
      if (!current) throw this.#missing(key, qualifier);
      return change(current);
    });
  }

  /** Rejects with ResourceNotFoundException when there are none. */
  async delete(key: FunctionKey, qualifier: string = LATEST): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const deleted = await tx.prepared(
        `DELETE FROM event_invoke_configs WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName, qualifier],
      );
      if (deleted.length === 0) throw this.#missing(key, qualifier);
      await recordFunctionChange(tx, key);
    });
  }

  async #write(
    key: FunctionKey,
    qualifier: string = LATEST,
    settingsFrom: (current: EventInvokeConfig | undefined) => EventInvokeSettings,
  ): Promise<EventInvokeConfig> {
    return await this.#deps.database.transaction(async (tx) => {
      if (!(await lockLatest(tx, key))) throw noFunction();
      const [current] = await tx.prepared<ConfigRow>(
        `SELECT ${COLUMNS} FROM event_invoke_configs WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4`,
        [key.accountId, key.region, key.FunctionName, qualifier],
      );
      const settings = settingsFrom(current && configOf(current));
      const qualified = await findQualified(tx, key, qualifier);
      if (!qualified) throw noFunction();
      const [row] = await tx.prepared<ConfigRow>(
        `INSERT INTO event_invoke_configs (account_id, region, "FunctionName", number, alias, "LastModified", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", on_success, on_failure)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (account_id, region, "FunctionName", qualifier) DO UPDATE
            SET "LastModified" = excluded."LastModified", "MaximumRetryAttempts" = excluded."MaximumRetryAttempts",
                "MaximumEventAgeInSeconds" = excluded."MaximumEventAgeInSeconds", on_success = excluded.on_success, on_failure = excluded.on_failure
         RETURNING ${COLUMNS}`,
        [
          key.accountId,
          key.region,
          key.FunctionName,
          qualified.number,
          qualified.alias,
          new Date(this.#deps.clock.now()),
          settings.MaximumRetryAttempts ?? null,
          settings.MaximumEventAgeInSeconds ?? null,
          settings.onSuccess ?? null,
          settings.onFailure ?? null,
        ],
      );
      await recordFunctionChange(tx, key);
      return configOf(row as ConfigRow);
    });
  }

  #missing(key: FunctionKey, Qualifier: string): ResourceNotFoundException {
    const arn = functionArn({ ...key, Qualifier });
    return new ResourceNotFoundException(`The function ${arn} doesn't have an EventInvokeConfig`);
  }
}

function noFunction(): ResourceNotFoundException {
  return new ResourceNotFoundException("The function doesn't exist.");
}

function configOf(row: ConfigRow): EventInvokeConfig {
  return {
    qualifier: row.qualifier,
    LastModified: row.LastModified,
    MaximumRetryAttempts: row.MaximumRetryAttempts ?? undefined,
    MaximumEventAgeInSeconds: row.MaximumEventAgeInSeconds ?? undefined,
    onSuccess: row.on_success ?? undefined,
    onFailure: row.on_failure ?? undefined,
  };
}
