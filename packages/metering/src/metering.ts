import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  BackgroundLoop,
  type Clock,
  Counter,
  Gauge,
  type Logger,
  Mutex,
  type Random,
  type Registry,
} from "@hearth/kit";
import type { UsageRecord } from "@hearth/model";
import { isUnwritableData, type UsageStore } from "@hearth/store";
import { findOrphans, Journal, readSegment, type Segment } from "./journal.ts";

export interface MeteringOptions {
  /** The folder of the journals, on a persistent volume. */
  readonly directory: string;
  /** Of records in journals that were written before records said theirs. */
  readonly region: string;
  readonly syncEveryMs?: number;
  readonly flushEveryMs?: number;
}

export interface MeteringDeps {
  readonly usage: Pick<UsageStore, "insert">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** Segments whose records stay in memory while PostgreSQL is away; those of older segments are read from disk again. */
const SEGMENTS_IN_MEMORY = 4;
const BATCH_RECORDS = 2_000;
const ADOPT_EVERY_FLUSHES = 30;

/**
 * Usage records: journalled before the caller gets its answer, synced in batches, flushed to PostgreSQL, each exactly once.
 * SIGKILL loses nothing; a power cut loses at most what was written since the last sync (50 ms). A record is in PostgreSQL before its
 * segment is deleted, and inserting it again does nothing, so a crash in between doubles nothing.
 */
export class Metering implements AsyncDisposable {
  readonly #deps: MeteringDeps;
  readonly #directory: string;
  readonly #region: string;
  readonly #journal: Journal;
  readonly #syncing: BackgroundLoop;
  readonly #flushing: BackgroundLoop;
  readonly #oneFlush = new Mutex();
  readonly #pending: Segment[] = [];
  readonly #failures: Counter;
  #unwritten: UsageRecord[] = [];
  #flushes = 0;

  constructor({ directory, region, syncEveryMs = 50, flushEveryMs = 1_000 }: MeteringOptions, deps: MeteringDeps) {
    this.#deps = deps;
    this.#directory = directory;
    this.#region = region;
    this.#journal = new Journal(directory, deps.random);
    const registers = [deps.registry];
    this.#failures = new Counter({
      name: "hearth_metering_journal_failures_total",
      help: "Usage records that the journal's disk did not take; they were kept in memory.",
      registers,
    });
    const pending = this.#pending;
    new Gauge({
      name: "hearth_metering_pending_segments",
      help: "Closed journal segments that are not in PostgreSQL yet.",
      registers,
      collect() {
        this.set(pending.length);
      },
    });
    this.#syncing = new BackgroundLoop("metering sync", syncEveryMs, () => this.#journal.sync(), deps);
    this.#flushing = new BackgroundLoop("metering flush", flushEveryMs, () => this.flush(), deps);
  }

  /** Call it before the answer is sent. Never throws: when the record cannot be written to disk, it is kept in memory and an error is logged. */
  record(record: UsageRecord): void {
    try {
      this.#journal.append(record);
    } catch (error) {
      this.#failures.inc();
      if (this.#unwritten.length === 0)
        this.#deps.logger.error({ err: error }, "the metering journal cannot be written; usage is kept in memory only");
      this.#unwritten.push(record);
    }
  }

  /** Resolves when every record that was recorded before the call is in PostgreSQL. The first call, and every thirtieth, adopts the journals of dead processes. */
  async flush(): Promise<void> {
    using _ = await this.#oneFlush.acquire();
    const segment = this.#journal.rotate();
    if (segment) this.#pending.push(segment);
    for (const old of this.#pending.slice(0, -SEGMENTS_IN_MEMORY)) old.records = undefined;
    for (let next = this.#pending[0]; next; next = this.#pending[0]) {
      await this.#store(next);
      this.#pending.shift();
    }
    const unwritten = this.#unwritten;
    await this.#insert(unwritten);
    this.#unwritten = this.#unwritten.slice(unwritten.length);
    if (this.#flushes++ % ADOPT_EVERY_FLUSHES === 0) await this.#adopt();
  }

  async #adopt(): Promise<void> {
    for (const found of findOrphans(this.#directory)) {
      await using orphan = found;
      for (const segment of orphan.segments) {
        const records = await this.#store(segment);
        if (records > 0)
          this.#deps.logger.info({ records, segment: segment.path }, "adopted usage records of a dead process");
      }
    }
  }

  async #store(segment: Segment): Promise<number> {
    const { records, torn } = await readSegment(segment);
    if (torn > 0)
      this.#deps.logger.warn(
        { torn, segment: segment.path },
        "a journal segment has torn lines; their records were never acknowledged",
      );
    // A journal from before records had a region is from a Hearth that served one.
    await this.#insert(records.map((record) => ({ ...record, region: record.region ?? this.#region })));
    await rm(segment.path, { force: true });
    return records.length;
  }

  async #insert(records: readonly UsageRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += BATCH_RECORDS) {
      const batch = records.slice(at, at + BATCH_RECORDS);
      try {
        await this.#deps.usage.insert(batch);
      } catch (error) {
        if (!isUnwritableData(error)) throw error;
        for (const record of batch) await this.#insertAlone(record);
      }
    }
  }

  /** A record that PostgreSQL refuses is put aside in a file, so that those behind it go on. */
  async #insertAlone(record: UsageRecord): Promise<void> {
    try {
      await this.#deps.usage.insert([record]);
    } catch (error) {
      if (!isUnwritableData(error)) throw error;
      const path = join(this.#directory, "unwritable.jsonl");
      await appendFile(path, `${JSON.stringify(record)}\n`, { flush: true });
      this.#deps.logger.error(
        { err: error, id: record.id, path },
        "PostgreSQL refuses a usage record; it was put aside",
      );
    }
  }

  /** Flushes and closes. When PostgreSQL is away the segments stay on disk for the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flushing[Symbol.asyncDispose]();
    await this.#syncing[Symbol.asyncDispose]();
    try {
      await this.flush();
    } catch (error) {
      this.#deps.logger.warn({ err: error }, "usage records could not be flushed; the next start adopts the journal");
      await this.#journal.sync();
    }
    await this.#journal.close();
  }
}
