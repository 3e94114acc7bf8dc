import { closeSync, fdatasync, openSync, readdirSync, writeSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { makePrivateFolder, type Random, tryLockFile } from "@hearth/kit";
import type { UsageRecord } from "@hearth/model";
import { frame, readFrames } from "./frame.ts";

/** A closed part of a journal: it is flushed, then deleted. */
export interface Segment {
  readonly path: string;
  /** Its records while they are in memory; `undefined` when they must be read from the file. */
  records: readonly UsageRecord[] | undefined;
}

/**
 * Usage records on their way to PostgreSQL, on disk. A process appends to segments of its own, `<id>.<number>.journal`, and holds the lock
 * `<id>.lock` while it lives, so that a later process recognises the segments of dead processes and adopts them.
 */
export class Journal {
  readonly #directory: string;
  readonly #id: string;
  readonly #lock: Disposable;
  #number = 0;
  #fd: number;
  #path: string;
  #records: UsageRecord[] = [];
  #dirty = false;
  #isNew = true;
  #torn = false;
  #syncing: Promise<void> = Promise.resolve();

  constructor(directory: string, random: Random) {
    makePrivateFolder(directory);
    this.#directory = directory;
    this.#id = random.hex(8);
    const lock = tryLockFile(join(directory, `${this.#id}.lock`));
    if (!lock) throw new Error(`a new journal in ${directory} is locked already`);
    this.#lock = lock;
    this.#path = this.#nextPath();
    this.#fd = openSync(this.#path, "a", 0o600);
  }

  /** Appends with write(2): after it returns, SIGKILL does not lose the record. Throws when the write fails. */
  append(record: UsageRecord): void {
    this.#records.push(record);
    const line = this.#torn ? `\n${frame(record)}` : frame(record);
    this.#dirty = true;
    this.#torn = true;
    const written = writeSync(this.#fd, line);
    if (written < line.length)
      throw new Error(`only ${written} of ${line.length} bytes of a usage record were written`);
    this.#torn = false;
  }

  /** Syncs appended records to the disk: after it a power cut does not lose them. */
  async sync(): Promise<void> {
    if (!this.#dirty) return;
    const isNew = this.#isNew;
    this.#dirty = false;
    this.#isNew = false;
    await this.#afterSync(this.#fd, isNew);
  }

  /** Runs syncs one after the other, so that a descriptor is never closed during its sync. */
  #afterSync(fd: number, isNew: boolean): Promise<void> {
    const before = this.#syncing;
    const done = (async () => {
      await before.catch(() => undefined); // reported by the caller that started it
      await promisify(fdatasync)(fd);
      if (!isNew) return;
      await using directory = await open(this.#directory, "r");
      await directory.sync();
    })();
    this.#syncing = done;
    return done;
  }

  /** Closes the current segment, if it has records, and begins a new one. */
  rotate(): Segment | undefined {
    if (this.#records.length === 0) return undefined;
    const segment: Segment = { path: this.#path, records: this.#records };
    const path = this.#nextPath();
    const fd = openSync(path, "a", 0o600);
    this.#retire(this.#fd);
    this.#fd = fd;
    this.#path = path;
    this.#records = [];
    this.#dirty = false;
    this.#isNew = true;
    this.#torn = false;
    return segment;
  }

  #retire(fd: number): void {
    const close = (): void => closeSync(fd);
    this.#afterSync(fd, this.#isNew).then(close, close);
  }

  /** Closes the journal and deletes its empty segment and its lock; segments that were not flushed stay for the next process. */
  async close(): Promise<void> {
    await this.#syncing.catch(() => undefined); // reported by the caller that started it
    closeSync(this.#fd);
    if (this.#records.length === 0) await rm(this.#path, { force: true });
    this.#lock[Symbol.dispose]();
    const others = readdirSync(this.#directory).some(
      (name) => name.startsWith(`${this.#id}.`) && name.endsWith(".journal"),
    );
    if (!others) await rm(join(this.#directory, `${this.#id}.lock`), { force: true });
  }

  #nextPath(): string {
    return join(this.#directory, `${this.#id}.${String(++this.#number)}.journal`);
  }
}

/** The journal of a dead process, locked against adoption by other processes until it is disposed. */
export interface Orphan extends AsyncDisposable {
  readonly segments: readonly Segment[];
}

/** Finds the journals of dead processes in `directory`. */
export function findOrphans(directory: string): readonly Orphan[] {
  const names = readdirSync(directory);
  const ids = new Set(
    names.filter((name) => /^[0-9a-f]{16}\.(lock|\d+\.journal)$/.test(name)).map((name) => name.slice(0, 16)),
  );
  const orphans: Orphan[] = [];
  for (const id of ids) {
    const lockPath = join(directory, `${id}.lock`);
    const lock = tryLockFile(lockPath);
    if (!lock) continue;
    const segments = names
      .filter((name) => name.startsWith(`${id}.`) && name.endsWith(".journal"))
      .map((name) => ({ path: join(directory, name), records: undefined }));
    orphans.push({
      segments,
      [Symbol.asyncDispose]: async () => {
        lock[Symbol.dispose]();
        if (!readdirSync(directory).some((name) => name.startsWith(`${id}.`) && name.endsWith(".journal")))
          await rm(lockPath, { force: true });
      },
    });
  }
  return orphans;
}

/** The records of a segment, from memory or from its file. */
export async function readSegment(
  segment: Segment,
): Promise<{ readonly records: readonly UsageRecord[]; readonly torn: number }> {
  if (segment.records) return { records: segment.records, torn: 0 };
  return readFrames(await readFile(segment.path, "utf8"));
}
