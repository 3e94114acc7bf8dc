import { createHash } from "node:crypto";
import type { Clock } from "@hearth/kit";
import {
  type AccountRegion,
  arn,
  type EventSourceSettings,
  functionArn,
  ResourceConflictException,
  ResourceInUseException,
  ResourceNotFoundException,
} from "@hearth/model";
import type { Database, Transaction } from "../postgres/database.ts";
import { isUniqueViolation } from "../postgres/databaseErrors.ts";
import type { FunctionKey } from "../functions/functionRows.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";
import { EVENT_SOURCE_CHANNEL, isTransitional, type MappingState } from "./mappingState.ts";
import { TaggedRows } from "../functions/taggedRows.ts";
import type { Tags } from "../functions/tags.ts";

export interface EventSourceMappingStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
}

export interface EventSourceMapping extends FunctionKey {
  readonly UUID: string;
  /** A version or an alias of the function. */
  readonly Qualifier?: string | undefined;
  readonly EventSourceArn?: string | undefined;
  readonly enabled: boolean;
  readonly settings: EventSourceSettings;
  readonly LastModified: Date;
  readonly State: MappingState;
  /** Changes with every change by a user. */
  readonly revision: string;
  /** Absent until a batch was processed. */
  readonly LastProcessingResult?: string | undefined;
}

export interface NewEventSourceMapping extends Omit<
  EventSourceMapping,
  "LastModified" | "State" | "revision" | "LastProcessingResult"
> {
  readonly Tags: Tags;
}

/** The members that an update may change. */
export type EventSourceMappingChange = Pick<
  EventSourceMapping,
  "FunctionName" | "Qualifier" | "enabled" | "settings" | "State"
>;

interface MappingRow {
  readonly id: string;
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly qualifier: string;
  readonly EventSourceArn: string | null;
  readonly enabled: boolean;
  readonly settings: EventSourceSettings;
  readonly LastModified: Date;
  readonly state: MappingState;
  readonly revision: bigint;
  readonly last_result: string | null;
}

const COLUMNS = `id, account_id, region, "FunctionName", qualifier, "EventSourceArn", enabled, settings, "LastModified", state, revision, last_result`;
const ANNOUNCE = `SELECT pg_notify('${EVENT_SOURCE_CHANNEL}', '')`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Mappings from event sources to functions. */
export class EventSourceMappingStore {
  readonly #deps: EventSourceMappingStoreDeps;
  /** By account and UUID. */
  readonly tags: TaggedRows;

  constructor(deps: EventSourceMappingStoreDeps) {
    this.#deps = deps;
    this.tags = new TaggedRows(deps.database, "event_source_mappings", noTaggedMapping);
  }

  /** Rejects with ResourceConflictException when the function already has a mapping for this source. */
  async create(mapping: NewEventSourceMapping): Promise<EventSourceMapping> {
    return await this.#unique(mapping, () =>
      this.#deps.database.transaction(async (tx) => {
        await refuseSharedServers(tx, mapping);
        const [row] = await tx.prepared<MappingRow>(
          `INSERT INTO event_source_mappings (id, account_id, region, "FunctionName", qualifier, "EventSourceArn", source_digest, enabled, settings, "Tags", "LastModified", state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'Creating') RETURNING ${COLUMNS}`,
          [
            mapping.UUID,
            mapping.accountId,
            mapping.region,
            mapping.FunctionName,
            mapping.Qualifier ?? "",
            mapping.EventSourceArn ?? null,
            sourceDigest(mapping),
            mapping.enabled,
            JSON.stringify(mapping.settings),
            JSON.stringify(mapping.Tags),
            new Date(this.#deps.clock.now()),
          ],
        );
        await tx.prepared("INSERT INTO event_source_units (mapping_id, unit) VALUES ($1, '')", [mapping.UUID]);
        await tx.prepared(ANNOUNCE);
        return mappingOf(row as MappingRow);
      }),
    );
  }

  /** Rejects with ResourceNotFoundException. */
  async get(where: AccountRegion, id: string): Promise<EventSourceMapping> {
    const [row] = UUID.test(id)
      ? await this.#deps.database.prepared<MappingRow>(
          `SELECT ${COLUMNS} FROM event_source_mappings WHERE account_id = $1 AND region = $2 AND id = $3`,
          [where.accountId, where.region, id],
        )
      : [];
    if (!row) throw noMapping();
    return mappingOf(row);
  }

  /** Rejects with ResourceNotFoundException, or with ResourceConflictException when the result would equal another mapping. */
  async update(
    where: AccountRegion,
    id: string,
    change: (current: EventSourceMapping) => EventSourceMappingChange,
  ): Promise<EventSourceMapping> {
    if (!UUID.test(id)) throw noMapping();
    let changed: EventSourceMapping | undefined;
    return await this.#unique(
      () => changed,
      async () =>
        await this.#deps.database.transaction(async (tx) => {
          const [current] = await tx.prepared<MappingRow>(
            `SELECT ${COLUMNS} FROM event_source_mappings WHERE account_id = $1 AND region = $2 AND id = $3 FOR UPDATE`,
            [where.accountId, where.region, id],
          );
          if (!current) throw noMapping();
          if (isTransitional(current.state)) throw new ResourceInUseException(inUse("update"));
          changed = { ...mappingOf(current), ...change(mappingOf(current)) };
          await refuseSharedServers(tx, changed);
          const [row] = await tx.prepared<MappingRow>(
            `UPDATE event_source_mappings
                SET "FunctionName" = $4, qualifier = $5, source_digest = $6, enabled = $7, settings = $8, "LastModified" = $9, state = $10, revision = revision + 1
              WHERE account_id = $1 AND region = $2 AND id = $3 RETURNING ${COLUMNS}`,
            [
              where.accountId,
              where.region,
              id,
              changed.FunctionName,
              changed.Qualifier ?? "",
              sourceDigest(changed),
              changed.enabled,
              JSON.stringify(changed.settings),
              new Date(this.#deps.clock.now()),
              changed.State,
            ],
          );
          await tx.prepared(ANNOUNCE);
          return mappingOf(row as MappingRow);
        }),
    );
  }

  /**
   * Resolves with the mapping, whose state is Deleting now: it is gone once its poller has stopped. Rejects with ResourceNotFoundException, and with
   * ResourceInUseException while a change of it is under way.
   */
  async delete(where: AccountRegion, id: string): Promise<EventSourceMapping> {
    if (!UUID.test(id)) throw noMapping();
    return await this.#deps.database.transaction(async (tx) => {
      const [current] = await tx.prepared<MappingRow>(
        `SELECT ${COLUMNS} FROM event_source_mappings WHERE account_id = $1 AND region = $2 AND id = $3 FOR UPDATE`,
        [where.accountId, where.region, id],
      );
      if (!current) throw noMapping();
      if (isTransitional(current.state)) throw new ResourceInUseException(inUse("delete"));
      const [row] = await tx.prepared<MappingRow>(
        `UPDATE event_source_mappings SET state = 'Deleting', revision = revision + 1 WHERE id = $1 RETURNING ${COLUMNS}`,
        [id],
      );
      await tx.prepared(ANNOUNCE);
      return mappingOf(row as MappingRow);
    });
  }

  /** Mappings of all accounts, for the processes that poll. */
  async findAll(ids: readonly string[]): Promise<readonly EventSourceMapping[]> {
    const rows = await this.#deps.database.prepared<MappingRow>(
      `SELECT ${COLUMNS} FROM event_source_mappings WHERE id = ANY($1::uuid[])`,
      [ids],
    );
    return rows.map(mappingOf);
  }

  /** All mappings, the disabled ones too, whose EventSourceArn matches a pattern of LIKE. */
  async findByArn(like: string): Promise<readonly EventSourceMapping[]> {
    const rows = await this.#deps.database.prepared<MappingRow>(
      `SELECT ${COLUMNS} FROM event_source_mappings WHERE "EventSourceArn" LIKE $1 AND state <> 'Deleting'`,
      [like],
    );
    return rows.map(mappingOf);
  }

  /** Ordered by UUID; only those of the given source, of the given function, or of both. */
  async list(
    where: AccountRegion,
    page: PageRequest,
    { EventSourceArn, target }: { readonly EventSourceArn?: string | undefined; readonly target?: MappingTarget },
  ): Promise<Page<EventSourceMapping>> {
    const [after] = page.Marker === undefined ? [null] : decodeMarker(page.Marker, ["uuid"]);
    const rows = await this.#deps.database.prepared<MappingRow>(
      `SELECT ${COLUMNS} FROM event_source_mappings
        WHERE account_id = $1 AND region = $2 AND ($3::uuid IS NULL OR id > $3::uuid) AND ($4::text IS NULL OR "EventSourceArn" = $4)
          AND ($5::text IS NULL OR ("FunctionName" = $5 AND qualifier = $6)) ORDER BY id LIMIT $7`,
      [
        where.accountId,
        where.region,
        after,
        EventSourceArn ?? null,
        target?.FunctionName ?? null,
        target?.Qualifier ?? "",
        page.MaxItems + 1,
      ],
    );
    return pageOf(rows, page, mappingOf, (row) => [row.id]);
  }

  /** Runs `write`; on a conflict with a mapping of the same function and source, rejects with an error that names that mapping. */
  async #unique(
    written: EventSourceMapping | NewEventSourceMapping | (() => EventSourceMapping | undefined),
    write: () => Promise<EventSourceMapping>,
  ): Promise<EventSourceMapping> {
    try {
      return await write();
    } catch (error) {
      const mapping = typeof written === "function" ? written() : written;
      if (!mapping || !isUniqueViolation(error, "event_source_mappings_source")) throw error;
      const [same] = await this.#deps.database.prepared<{ id: string }>(
        `SELECT id FROM event_source_mappings WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 AND source_digest = $5`,
        [mapping.accountId, mapping.region, mapping.FunctionName, mapping.Qualifier ?? "", sourceDigest(mapping)],
      );
      throw conflict(mapping, same?.id ?? "");
    }
  }
}

export interface MappingTarget {
  readonly FunctionName: string;
  readonly Qualifier?: string | undefined;
}

type SourceOf = Pick<EventSourceMapping, "EventSourceArn" | "settings">;

/**
 * Identifies a source, for the check that a function has one mapping per stream, queue, topic or collection: with two, both would get every record.
 */
function sourceDigest({ EventSourceArn, settings }: SourceOf): string {
  const { Topics, Queues, DocumentDBEventSourceConfig } = settings;
  const { DatabaseName, CollectionName } = DocumentDBEventSourceConfig ?? {};
  const servers = bootstrapServers(settings);
  const parts = [EventSourceArn, servers, Topics, Queues, DatabaseName, CollectionName];
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest("hex");
}

/**
 * Throws ResourceConflictException when the function has another mapping for a topic of the same self-managed cluster, which one server in common
 * shows. Until the end of the transaction no other mapping of the function can be written.
 */
async function refuseSharedServers(
  tx: Transaction,
  mapping: NewEventSourceMapping | EventSourceMapping,
): Promise<void> {
  const { accountId, region, FunctionName, Qualifier, UUID, settings } = mapping;
  const servers = bootstrapServers(settings);
  if (!servers) return;
  const lock = `event sources:${accountId}:${region}:${FunctionName}`;
  await tx.prepared("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", [lock]);
  // Compared here: PostgreSQL cannot look into JSON that has half a surrogate pair anywhere.
  const others = await tx.prepared<Pick<MappingRow, "id" | "settings">>(
    `SELECT id, settings FROM event_source_mappings
      WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4 AND id <> $5 AND "EventSourceArn" IS NULL`,
    [accountId, region, FunctionName, Qualifier ?? "", UUID],
  );
  const same = others.find(
    (other) =>
      other.settings.Topics?.join(",") === settings.Topics?.join(",") &&
      bootstrapServers(other.settings)?.some((server) => servers.includes(server)),
  );
  if (!same) return;
  const arn = functionArn({ accountId, region, FunctionName, Qualifier });
  throw new ResourceConflictException(
    `An event source mapping with event source ("${servers.join(",")}"), function ("${arn}"), topics ("${settings.Topics?.join(",")}") already exists. ${existing(same.id)}`,
  );
}

function bootstrapServers(settings: EventSourceSettings): readonly string[] | undefined {
  return settings.SelfManagedEventSource?.Endpoints?.["KAFKA_BOOTSTRAP_SERVERS"];
}

function inUse(operation: "update" | "delete"): string {
  return `Cannot ${operation} the event source mapping because it is in use.`;
}

function existing(id: string): string {
  return `Please update or delete the existing mapping with UUID ${id}`;
}

/** The spaces and quotes are the same as in AWS's message. */
function conflict(mapping: MappingTarget & SourceOf, id: string): ResourceConflictException {
  const { EventSourceArn, FunctionName } = mapping;
  const source = `(" ${EventSourceArn} ") and function (" ${FunctionName} ")`;
  return new ResourceConflictException(
    EventSourceArn?.split(":")[2] === "sqs"
      ? `An event source mapping with SQS arn ${source} already exists. ${existing(id)}`
      : `The event source arn ${source} provided mapping already exists. ${existing(id)}`,
  );
}

function noTaggedMapping(where: AccountRegion, id: string): ResourceNotFoundException {
  const resource = `event-source-mapping:${id}`;
  return new ResourceNotFoundException(
    `Event source mapping not found: ${arn({ service: "lambda", ...where, resource })}`,
  );
}

function noMapping(): ResourceNotFoundException {
  return new ResourceNotFoundException("The resource you requested does not exist.");
}

function mappingOf(row: MappingRow): EventSourceMapping {
  return {
    UUID: row.id,
    accountId: row.account_id,
    region: row.region,
    FunctionName: row.FunctionName,
    ...(row.qualifier !== "" && { Qualifier: row.qualifier }),
    ...(row.EventSourceArn !== null && { EventSourceArn: row.EventSourceArn }),
    enabled: row.enabled,
    settings: row.settings,
    LastModified: row.LastModified,
    State: row.state,
    revision: String(row.revision),
    ...(row.last_result !== null && { LastProcessingResult: row.last_result }),
  };
}
