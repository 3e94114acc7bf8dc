import type { Clock, Random } from "@hearth/kit";
import { type AccountRegion, layerArn, ResourceNotFoundException } from "@hearth/model";
import { claimCodeStorage, type CodeStorageDeps } from "../functions/codeStorage.ts";
import type { Database, Transaction } from "../postgres/database.ts";
import type { CodeArchive } from "../functions/functionRecord.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";
import {
  addStatement,
  checkPolicySize,
  checkRevision,
  noPolicy,
  policyDocument,
  type PolicyStatement,
  removeStatement,
} from "../resource-policies/policyStatements.ts";

export interface LayerStoreDeps extends CodeStorageDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export interface LayerKey extends AccountRegion {
  readonly LayerName: string;
}

export interface LayerVersionKey extends LayerKey {
  readonly Version: number;
}

/** The publisher's description of a layer version. */
export interface LayerDescription {
  readonly Description: string;
  readonly LicenseInfo: string | undefined;
  readonly CompatibleRuntimes: readonly string[] | undefined;
  readonly CompatibleArchitectures: readonly string[] | undefined;
}

export interface LayerVersionRecord extends LayerVersionKey, LayerDescription {
  readonly CreatedDate: Date;
  readonly code: CodeArchive;
  readonly policy: LayerPolicy | undefined;
}

export interface LayerPolicy {
  readonly RevisionId: string;
  readonly statements: readonly PolicyStatement[];
}

/** The versions that a listing includes. */
export interface LayerFilter {
  readonly CompatibleRuntime?: string | undefined;
  readonly CompatibleArchitecture?: string | undefined;
}

interface LayerRow {
  readonly account_id: string;
  readonly region: string;
  readonly LayerName: string;
  readonly Version: bigint;
  readonly CreatedDate: Date;
  readonly code_digest: string;
  readonly CodeSize: bigint;
  readonly Description: string;
  readonly LicenseInfo: string | null;
  readonly CompatibleRuntimes: readonly string[] | null;
  readonly CompatibleArchitectures: readonly string[] | null;
  readonly policy_revision: string | null;
  readonly policy_statements: readonly PolicyStatement[] | null;
}

const COLUMNS = `account_id, region, "LayerName", "Version", "CreatedDate", code_digest, "CodeSize", "Description", "LicenseInfo",
  "CompatibleRuntimes", "CompatibleArchitectures", policy_revision, policy_statements`;
const MATCHING = `($4::text IS NULL OR $4 = ANY ("CompatibleRuntimes")) AND ($5::text IS NULL OR $5 = ANY ("CompatibleArchitectures"))`;
const ONE = `account_id = $1 AND region = $2 AND "LayerName" = $3 AND "Version" = $4`;

/** Layers, their versions and the versions' resource policies. A function keeps what it uses of a version even when the version is deleted. */
export class LayerStore {
  readonly #deps: LayerStoreDeps;

  constructor(deps: LayerStoreDeps) {
    this.#deps = deps;
  }

  /**
   * Adds the next version of a layer; the first version creates the layer. Numbers are never reused. Rejects with CodeStorageExceededException.
   */
  async publish(key: LayerKey, code: CodeArchive, described: LayerDescription): Promise<LayerVersionRecord> {
    return await this.#deps.database.transaction(async (tx) => {
      const [layer] = await tx.prepared<{ last_version: bigint }>(
        `INSERT INTO layers (account_id, region, "LayerName", last_version) VALUES ($1, $2, $3, 1)
         ON CONFLICT (account_id, region, "LayerName") DO UPDATE SET last_version = layers.last_version + 1 RETURNING last_version`,
        [key.accountId, key.region, key.LayerName],
      );
      await claimCodeStorage(tx, key.accountId, code.sizeBytes, this.#deps);
      const { Description, LicenseInfo, CompatibleRuntimes, CompatibleArchitectures } = described;
      const Version = Number(layer?.last_version);
      const CreatedDate = new Date(this.#deps.clock.now());
      await tx.prepared(
        `INSERT INTO layer_versions (account_id, region, "LayerName", "Version", "CreatedDate", code_digest, "CodeSize", "Description", "LicenseInfo",
                "CompatibleRuntimes", "CompatibleArchitectures") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          key.accountId,
          key.region,
          key.LayerName,
          Version,
          CreatedDate,
          code.digest,
          code.sizeBytes,
          Description,
          LicenseInfo ?? null,
          CompatibleRuntimes ?? null,
          CompatibleArchitectures ?? null,
        ],
      );
      return { ...key, Version, ...described, CreatedDate, code, policy: undefined };
    });
  }

  async find(key: LayerVersionKey): Promise<LayerVersionRecord | undefined> {
    const [row] = await this.#deps.database.prepared<LayerRow>(
      `SELECT ${COLUMNS} FROM layer_versions WHERE ${ONE}`,
      keyValues(key),
    );
    return row && recordOf(row);
  }

  /** The newest matching version of each layer that has one, ordered by layer name. */
  async list(
    { accountId, region }: AccountRegion,
    page: PageRequest,
    filter: LayerFilter,
  ): Promise<Page<LayerVersionRecord>> {
    const [after] = page.Marker === undefined ? [""] : decodeMarker(page.Marker, ["string"]);
    const rows = await this.#deps.database.prepared<LayerRow>(
      `SELECT v.* FROM layers l
        CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM layer_versions
                             WHERE account_id = l.account_id AND region = l.region AND "LayerName" = l."LayerName" AND ${MATCHING}
                             ORDER BY "Version" DESC LIMIT 1) v
        WHERE l.account_id = $1 AND l.region = $2 AND l."LayerName" > $3 ORDER BY l."LayerName" LIMIT $6`,
      [accountId, region, after, ...filterValues(filter), page.MaxItems + 1],
    );
    return pageOf(rows, page, recordOf, (row) => [row.LayerName]);
  }

  /** The matching versions, newest first; none for a layer that does not exist. */
  async listVersions(key: LayerKey, page: PageRequest, filter: LayerFilter): Promise<Page<LayerVersionRecord>> {
    const [before] = page.Marker === undefined ? [Number.MAX_SAFE_INTEGER] : decodeMarker(page.Marker, ["number"]);
    const rows = await this.#deps.database.prepared<LayerRow>(
      `SELECT ${COLUMNS} FROM layer_versions
        WHERE account_id = $1 AND region = $2 AND "LayerName" = $3 AND ${MATCHING} AND "Version" < $6 ORDER BY "Version" DESC LIMIT $7`,
      [key.accountId, key.region, key.LayerName, ...filterValues(filter), before, page.MaxItems + 1],
    );
    return pageOf(rows, page, recordOf, (row) => [Number(row.Version)]);
  }

  /** Idempotent. */
  async delete(key: LayerVersionKey): Promise<void> {
    await this.#deps.database.prepared(`DELETE FROM layer_versions WHERE ${ONE}`, keyValues(key));
  }

  /** Adds `statement` and resolves with the policy's new RevisionId. Rejects with the same errors as `PolicyStore.add`. */
  async addPermission(key: LayerVersionKey, statement: PolicyStatement, RevisionId?: string): Promise<string> {
    return await this.#deps.database.transaction(async (tx) => {
      const current = await this.#lockPolicy(tx, key);
      checkRevision(current?.RevisionId, RevisionId, STALE_REVISION);
      return await this.#writePolicy(tx, key, addStatement(current?.statements ?? [], statement));
    });
  }

  /**
   * Removes the statement `Sid`; removing the last statement deletes the policy. Rejects with ResourceNotFoundException or
   * PreconditionFailedException.
   */
  async removePermission(key: LayerVersionKey, Sid: string, RevisionId?: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const current = await this.#lockPolicy(tx, key);
      if (!current) throw noPolicy();
      checkRevision(current.RevisionId, RevisionId, STALE_REVISION);
      await this.#writePolicy(tx, key, removeStatement(current.statements, Sid));
    });
  }

  async #lockPolicy(tx: Transaction, key: LayerVersionKey): Promise<LayerPolicy | undefined> {
    const [row] = await tx.prepared<LayerRow>(
      `SELECT ${COLUMNS} FROM layer_versions WHERE ${ONE} FOR UPDATE`,
      keyValues(key),
    );
    if (!row) {
      throw new ResourceNotFoundException(`Layer version ${layerArn(key)} does not exist.`);
    }
    return recordOf(row).policy;
  }

  async #writePolicy(tx: Transaction, key: LayerVersionKey, statements: readonly PolicyStatement[]): Promise<string> {
    checkPolicySize(policyDocument(statements));
    const RevisionId = this.#deps.random.uuid();
    const none = statements.length === 0;
    await tx.prepared(`UPDATE layer_versions SET policy_revision = $5, policy_statements = $6 WHERE ${ONE}`, [
      ...keyValues(key),
      none ? null : RevisionId,
      none ? null : JSON.stringify(statements),
    ]);
    return RevisionId;
  }
}

function recordOf(row: LayerRow): LayerVersionRecord {
  return {
    accountId: row.account_id,
    region: row.region,
    LayerName: row.LayerName,
    Version: Number(row.Version),
    Description: row.Description,
    LicenseInfo: row.LicenseInfo ?? undefined,
    CompatibleRuntimes: row.CompatibleRuntimes ?? undefined,
    CompatibleArchitectures: row.CompatibleArchitectures ?? undefined,
    CreatedDate: row.CreatedDate,
    code: { digest: row.code_digest, sizeBytes: Number(row.CodeSize) },
    policy:
      row.policy_revision !== null && row.policy_statements !== null
        ? { RevisionId: row.policy_revision, statements: row.policy_statements }
        : undefined,
  };
}

/** Numbers that do not fit into a bigint column cannot be version numbers. */
function keyValues({ accountId, region, LayerName, Version }: LayerVersionKey): readonly unknown[] {
  return [accountId, region, LayerName, Number.isSafeInteger(Version) ? Version : 0];
}

function filterValues({ CompatibleRuntime, CompatibleArchitecture }: LayerFilter): readonly (string | null)[] {
  return [CompatibleRuntime ?? null, CompatibleArchitecture ?? null];
}

const STALE_REVISION =
  "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id";
