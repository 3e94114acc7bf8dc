import type { Clock, Random } from "@hearth/kit";
import {
  type AccountRegion,
  arn,
  CodeSigningConfigNotFoundException,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";
import { alphanumericId } from "../functions/alphanumericId.ts";
import type { Database } from "../postgres/database.ts";
import { isForeignKeyViolation } from "../postgres/databaseErrors.ts";
import { type FunctionKey, functionNotFound } from "../functions/functionRows.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";
import type { Queryable } from "../postgres/queryable.ts";
import { TaggedRows } from "../functions/taggedRows.ts";
import type { Tags } from "../functions/tags.ts";

export interface CodeSigningConfigStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export interface CodeSigningSettings {
  readonly Description?: string | undefined;
  readonly SigningProfileVersionArns: readonly string[];
  /** The action for code that is not signed by one of the profiles. */
  readonly UntrustedArtifactOnDeployment: "Warn" | "Enforce";
}

export interface CodeSigningConfig extends CodeSigningSettings {
  /** `csc-` and 17 letters and digits. */
  readonly id: string;
  readonly arn: string;
  readonly LastModified: Date;
}

interface ConfigRow {
  readonly id: string;
  readonly account_id: string;
  readonly region: string;
  readonly Description: string | null;
  readonly SigningProfileVersionArns: readonly string[];
  readonly UntrustedArtifactOnDeployment: "Warn" | "Enforce";
  readonly LastModified: Date;
}

const COLUMNS = `c.id, c.account_id, c.region, c."Description", c."SigningProfileVersionArns", c."UntrustedArtifactOnDeployment", c."LastModified"`;

/** Code signing configurations, and the functions that they are assigned to. */
export class CodeSigningConfigStore {
  readonly #deps: CodeSigningConfigStoreDeps;
  /** By account and id. */
  readonly tags: TaggedRows;

  constructor(deps: CodeSigningConfigStoreDeps) {
    this.#deps = deps;
    this.tags = new TaggedRows(deps.database, "code_signing_configs", (where, id) => notFound(configArn(where, id)));
  }

  async create(where: AccountRegion, settings: CodeSigningSettings, tags: Tags): Promise<CodeSigningConfig> {
    const { database, clock, random } = this.#deps;
    const [row] = await database.prepared<ConfigRow>(
      `INSERT INTO code_signing_configs AS c (id, account_id, region, "Description", "SigningProfileVersionArns", "UntrustedArtifactOnDeployment", "Tags", "LastModified")
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
      [
        `csc-${alphanumericId(random, 17)}`,
        where.accountId,
        where.region,
        settings.Description ?? null,
        settings.SigningProfileVersionArns,
        settings.UntrustedArtifactOnDeployment,
        JSON.stringify(tags),
        new Date(clock.now()),
      ],
    );
    return this.#configOf(row as ConfigRow);
  }

  async find(where: AccountRegion, id: string): Promise<CodeSigningConfig | undefined> {
    const [row] = await this.#deps.database.prepared<ConfigRow>(
      `SELECT ${COLUMNS} FROM code_signing_configs c WHERE c.account_id = $1 AND c.region = $2 AND c.id = $3`,
      [where.accountId, where.region, id],
    );
    return row && this.#configOf(row);
  }

  /** Rejects with ResourceNotFoundException. */
  async get(where: AccountRegion, id: string): Promise<CodeSigningConfig> {
    const config = await this.find(where, id);
    if (!config) throw notFound(configArn(where, id));
    return config;
  }

  /** Changes the members present in `change`. Rejects with ResourceNotFoundException. */
  async update(where: AccountRegion, id: string, change: Partial<CodeSigningSettings>): Promise<CodeSigningConfig> {
    const [row] = await this.#deps.database.prepared<ConfigRow>(
      `UPDATE code_signing_configs c
          SET "Description" = coalesce($4, c."Description"), "SigningProfileVersionArns" = coalesce($5, c."SigningProfileVersionArns"),
              "UntrustedArtifactOnDeployment" = coalesce($6, c."UntrustedArtifactOnDeployment"), "LastModified" = $7
        WHERE c.account_id = $1 AND c.region = $2 AND c.id = $3 RETURNING ${COLUMNS}`,
      [
        where.accountId,
        where.region,
        id,
        change.Description ?? null,
        change.SigningProfileVersionArns ?? null,
        change.UntrustedArtifactOnDeployment ?? null,
        new Date(this.#deps.clock.now()),
      ],
    );
    if (!row) throw notFound(configArn(where, id));
    return this.#configOf(row);
  }

  /** Rejects with ResourceNotFoundException, or with ResourceConflictException while a function uses the configuration. */
  async delete(where: AccountRegion, id: string): Promise<void> {
    try {
      const deleted = await this.#deps.database.prepared(
        `DELETE FROM code_signing_configs WHERE account_id = $1 AND region = $2 AND id = $3 RETURNING 1`,
        [where.accountId, where.region, id],
      );
      if (deleted.length === 0) throw notFound(configArn(where, id));
    } catch (error) {
      if (!isForeignKeyViolation(error, "function_code_signing_config")) throw error;
      throw new ResourceConflictException(
        `The code signing configuration ${configArn(where, id)} is in use by functions. Remove it from them first.`,
      );
    }
  }

  /** Ordered by id. */
  async list(where: AccountRegion, page: PageRequest): Promise<Page<CodeSigningConfig>> {
    const [after] = page.Marker === undefined ? [""] : decodeMarker(page.Marker, ["string"]);
    const rows = await this.#deps.database.prepared<ConfigRow>(
      `SELECT ${COLUMNS} FROM code_signing_configs c WHERE c.account_id = $1 AND c.region = $2 AND c.id > $3 ORDER BY c.id LIMIT $4`,
      [where.accountId, where.region, after, page.MaxItems + 1],
    );
    return pageOf(
      rows,
      page,
      (row) => this.#configOf(row),
      (row) => [row.id],
    );
  }

  /** The names of the functions that use the configuration. Rejects with ResourceNotFoundException. */
  async listFunctions(where: AccountRegion, id: string, page: PageRequest): Promise<Page<string>> {
    const [after] = page.Marker === undefined ? [""] : decodeMarker(page.Marker, ["string"]);
    const rows = await this.#deps.database.prepared<{ FunctionName: string }>(
      `SELECT "FunctionName" FROM function_code_signing
        WHERE account_id = $1 AND region = $2 AND config_id = $3 AND "FunctionName" > $4 ORDER BY "FunctionName" LIMIT $5`,
      [where.accountId, where.region, id, after, page.MaxItems + 1],
    );
    if (rows.length === 0) await this.get(where, id);
    return pageOf(
      rows,
      page,
      ({ FunctionName }) => FunctionName,
      ({ FunctionName }) => [FunctionName],
    );
  }

  /** The configuration that new code of a function must satisfy, if any. */
  async ofFunction({ accountId, region, FunctionName }: FunctionKey): Promise<CodeSigningConfig | undefined> {
    const [row] = await this.#deps.database.prepared<ConfigRow>(
      `SELECT ${COLUMNS} FROM function_code_signing f JOIN code_signing_configs c ON c.account_id = f.account_id AND c.region = f.region AND c.id = f.config_id
        WHERE f.account_id = $1 AND f.region = $2 AND f."FunctionName" = $3`,
      [accountId, region, FunctionName],
    );
    return row && this.#configOf(row);
  }

  /** Rejects with ResourceNotFoundException (function) or CodeSigningConfigNotFoundException. */
  async attach(key: FunctionKey, id: string): Promise<void> {
    const { database } = this.#deps;
    try {
      await attachCodeSigning(database, key, id);
    } catch (error) {
      if (isForeignKeyViolation(error)) throw functionNotFound(key);
      throw error;
    }
  }

  /** Does nothing when the function has none. */
  async detach({ accountId, region, FunctionName }: FunctionKey): Promise<void> {
    await this.#deps.database.prepared(
      `DELETE FROM function_code_signing WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3`,
      [accountId, region, FunctionName],
    );
  }

  #configOf({ Description, account_id, region, ...row }: ConfigRow): CodeSigningConfig {
    return {
      ...row,
      arn: configArn({ accountId: account_id, region }, row.id),
      ...(Description !== null && { Description }),
    };
  }
}

/**
 * Assigns a configuration to a function that exists or is created in the same transaction, and replaces an earlier one. Rejects with
 * CodeSigningConfigNotFoundException.
 */
export async function attachCodeSigning(
  database: Queryable,
  { accountId, region, FunctionName }: FunctionKey,
  id: string,
): Promise<void> {
  try {
    await database.prepared(
      `INSERT INTO function_code_signing (account_id, region, "FunctionName", config_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT (account_id, region, "FunctionName") DO UPDATE SET config_id = excluded.config_id`,
      [accountId, region, FunctionName, id],
    );
  } catch (error) {
    if (isForeignKeyViolation(error, "function_code_signing_config"))
      throw configNotFound(configArn({ accountId, region }, id));
    throw error;
  }
}

function configArn(where: AccountRegion, id: string): string {
  return arn({
    service: "lambda",
    region: where.region,
    accountId: where.accountId,
    resource: `code-signing-config:${id}`,
  });
}

export function configNotFound(arn: string): CodeSigningConfigNotFoundException {
  return new CodeSigningConfigNotFoundException(
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
  );
}

function notFound(arn: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`The Lambda code signing configuration ${arn} can not be found.`, {
    withType: false,
  });
}
