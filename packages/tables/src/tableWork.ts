import type { Item } from "./attributeValue.ts";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Streams } from "@hearth/streams";
import { indexKey } from "./keys.ts";
import { scan } from "./reading.ts";
import { decodeItem } from "./storedItem.ts";
import { keyNames, streamNameOf, type Table, tableArn, type TableDefinition } from "./table.ts";
import { FRESH_MS } from "./tableDirectory.ts";
import type { Tables } from "./tables.ts";

export interface TableWorkDeps {
  readonly tables: Tables;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 5_000;
const HOURLY = 3_600_000 / EVERY_MS;
const EXPIRED_AT_ONCE = 500;
/** An item whose time lies back further is not deleted: its attribute has another meaning, such as 0 for an item that stays. */
const OLDEST_SECONDS = 5 * 365.25 * 86_400;
/** Of one table, before others have their turn. */
const EXPIRED_ROUNDS = 20;
const FILL_MS = 10_000;
/** Of the tables of one account, before those of others have their turn. */
const ACCOUNT_MS = 15_000;
/** Each hour. */
const RECOUNT_MS = 10_000;
const GARBAGE_ROWS = 5_000;
/** A shard of a table's stream takes records for this long. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const SHARD_MS = 4 * 3_600_000;

/**
 * What happens to tables by itself: items are deleted when their time to live is over, new indexes get the items that were there before, the shards of streams are
 * followed by new ones, and what is left of deleted tables goes. Several processes may run this: each write happens only if its item is as it was read.
 */
export class TableWork implements AsyncDisposable {
  readonly #deps: TableWorkDeps;
  readonly #loop: BackgroundLoop;
  #steps = 0;
  /** By the ids of new indexes, the item after which filling them goes on. */
  readonly #filledTo = new Map<string, Item>();

  constructor(deps: TableWorkDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("DynamoDB tables", EVERY_MS, (signal) => this.step(signal), deps);
  }

  /** Looks for work soon. */
  wake(): void {
    this.#loop.wake();
  }

  /** Runs one step. */
  async step(signal: AbortSignal): Promise<void> {
    const { tables, clock } = this.#deps;
    await this.fillIndexes(signal);
    if (this.#steps % 12 === 0) {
      await this.deleteExpired(signal);
      await this.rotateShards();
    }
    if (this.#steps % (HOURLY / 6) === 0) await this.collect();
    if (this.#steps % HOURLY === 0) {
      const sinceMs = clock.monotonicMs();
      while (clock.monotonicMs() - sinceMs < RECOUNT_MS && !signal.aborted && (await tables.usage.recount()));
      await tables.tokens.forgetOld();
    }
    this.#steps++;
  }

  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
  async deleteExpired(signal: AbortSignal): Promise<void> {
    const { tables, clock } = this.#deps;
    const withTimeToLive = await tables.store.thoseWith("definition ->> 'timeToLive' IS NOT NULL");
    await this.#each(withTimeToLive, async (record) => {
      const table: Table = { ...record, arn: tableArn(record) };
      const attribute = table.definition.timeToLive ?? "";
      const now = Math.floor(clock.now() / 1000);
      const since = now - OLDEST_SECONDS;
      for (let found = EXPIRED_AT_ONCE, rounds = 0; found === EXPIRED_AT_ONCE && rounds < EXPIRED_ROUNDS; rounds++) {
        if (signal.aborted) return;
        const expired = await tables.items.expired(table.id, { since, before: now }, EXPIRED_AT_ONCE);
        await Promise.all(
          expired.map(async ({ item }) => {
            const key = decodeItem(item);
            const isOver = (text: string | undefined): boolean =>
              text !== undefined && Number(text) < now && Number(text) >= since;
            // It may have been given a longer life meanwhile.
            await tables.write(table, key, (before) => (isOver(before?.[attribute]?.N) ? undefined : before), {
              isByTimeToLive: true,
            });
          }),
        );
        found = expired.length;
      }
    });
  }

  /**
   * Works on each table. What fails with one, or takes long, does not keep the others from their turn: the tables of an account that have taken too long
   * together wait for the next time, which begins with another table.
   */
  async #each<Record extends { readonly TableName: string; readonly accountId: string; readonly region: string }>(
    records: readonly Record[],
    work: (record: Record) => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#deps;
    const first = records.length > 0 ? this.#steps % records.length : 0;
    const taken = new Map<string, number>();
    for (const record of [...records.slice(first), ...records.slice(0, first)]) {
      const before = taken.get(record.accountId) ?? 0;
      if (before > ACCOUNT_MS) continue;
      const sinceMs = clock.monotonicMs();
      using _taken = { [Symbol.dispose]: () => taken.set(record.accountId, before + clock.monotonicMs() - sinceMs) };
      try {
        await work(record);
      } catch (error) {
        const { accountId, region, TableName } = record;
        this.#deps.logger.error({ err: error, accountId, region, TableName }, "the work on a table failed");
      }
    }
  }

  /** Adds items that were there before an index to it. Writes of other processes know the index by then. */
  async fillIndexes(signal: AbortSignal): Promise<void> {
    const { tables, clock, logger } = this.#deps;
    const creating = await tables.store.thoseWith(`definition::text LIKE '%"CREATING"%'`);
    await this.#each(creating, async (record) => {
      const table: Table = { ...record, arn: tableArn(record) };
      const fresh = table.definition.indexes.filter(
        ({ status, createdAt }) => status === "CREATING" && clock.now() - createdAt > 2 * FRESH_MS,
      );
      if (fresh.length === 0) return;
      const work = fresh.map(({ id }) => id).join(" ");
      const sinceMs = clock.monotonicMs();
      let after = this.#filledTo.get(work);
      this.#filledTo.delete(work);
      do {
        const page = await scan(tables, table, { after });
        for (const { item } of page.items) {
          if (signal.aborted) return;
          if (!fresh.some((index) => indexKey(index.key, item))) continue;
          const key = Object.fromEntries(
            keyNames(table.definition.key).flatMap((name) => (item[name] ? [[name, item[name]]] : [])),
          );
          await tables.write(table, key, (before) => before, { fillsIndexes: true });
        }
        after = page.lastKey;
        if (after && clock.monotonicMs() - sinceMs > FILL_MS) {
          this.#filledTo.set(work, after);
          this.wake();
          return;
        }
      } while (after);
      const ids = new Set(fresh.map(({ id }) => id));
      await tables.store.change(table, ({ definition }) => ({
        definition: {
          ...definition,
          indexes: definition.indexes.map((index) => (ids.has(index.id) ? { ...index, status: "ACTIVE" } : index)),
        } satisfies TableDefinition,
      }));
      tables.directory.forget(table);
      // Items that were written meanwhile were counted twice.
      await tables.counter.flush();
      await tables.usage.recount(table.id);
      const { accountId, region, TableName } = table;
      logger.info(
        { accountId, region, TableName, indexes: fresh.map(({ name }) => name) },
        "new indexes have all items of their table",
      );
    });
  }

  /** Closes shards that have taken records for long enough, each followed by a new one. */
  async rotateShards(): Promise<void> {
    const { tables, streams, clock } = this.#deps;
    const withStream = await tables.store.thoseWith(`(definition -> 'stream' ->> 'isEnabled')::boolean`);
    await this.#each(withStream, async (record) => {
      const { accountId, region, TableName, definition } = record;
      const key = { accountId, region, StreamName: streamNameOf(TableName, definition.stream?.label ?? "") };
      const stream = await streams.find(key);
      const openedAt = (firstSeq: bigint): number => Number(firstSeq >> 20n);
      if (
        !stream?.shards.some(
          ({ closedAt, firstSeq }) => closedAt === null && clock.now() - openedAt(firstSeq) > SHARD_MS,
        )
      )
        return;
      await streams.store.reshard(key, (_stream, shards) => {
        const old = shards.filter(
          ({ closedAt, firstSeq }) => closedAt === null && clock.now() - openedAt(firstSeq) > SHARD_MS,
        );
        return {
          closed: old.map(({ shardNo }) => shardNo),
          added: old.map(({ shardNo, fromHash, toHash }) => ({ parents: [shardNo], fromHash, toHash })),
        };
      });
      streams.changed(stream);
    });
  }

  /** Deletes what is left of tables and indexes that are gone. */
  async collect(): Promise<void> {
    const { tables, streams } = this.#deps;
    const { items } = tables;
    await streams.store.deleteUnwritten();
    while ((await items.collect(GARBAGE_ROWS)) >= GARBAGE_ROWS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
