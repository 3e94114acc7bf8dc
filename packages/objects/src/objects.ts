import type { Clock, Logger, Random } from "@hearth/kit";
import {
  type Database,
  type S3BucketRecord,
  type S3File,
  type S3FileStore,
  type S3ObjectStore,
  type S3BucketStore,
  type S3VersionRecord,
  type Transaction,
} from "@hearth/store";
import type { Bucket } from "./bucket.ts";
import { checkWrite, type WriteConditions } from "./conditions.ts";
import { noSuchBucket, noSuchKey, noSuchVersion, S3Error } from "./errors.ts";
import type { EventPort, EventRequest, ObjectEvent, PreparedEvents } from "./events.ts";
import type { ObjectFiles } from "./objectFiles.ts";
import { type ObjectFacts, type ObjectVersion, toVersion } from "./objectVersion.ts";
import { newVersionId, seqOf } from "./versionId.ts";

export interface ObjectsDeps {
  readonly database: Database;
  readonly buckets: S3BucketStore;
  readonly objects: S3ObjectStore;
  readonly files: S3FileStore;
  readonly bytes: ObjectFiles;
  readonly events: EventPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** An object whose bytes are on disk. */
export interface NewObject extends WriteConditions {
  readonly key: string;
  readonly files: readonly S3File[];
  readonly size: number;
  readonly etag: string;
  readonly facts: ObjectFacts;
  readonly tags: Readonly<Record<string, string>>;
  /** `ObjectCreated:Put` and others. */
  readonly event: string;
  readonly request: EventRequest;
  /** Further work of the same transaction. Resolves with files that are no longer used. */
  readonly also?: (tx: Transaction) => Promise<readonly S3File[]>;
  /** The files have rows already, as those of parts. */
  readonly filesAreKnown?: boolean;
}

/** `ifMatch` is about the key's latest version, also when another one is deleted. */
export interface Deletion extends Pick<WriteConditions, "ifMatch"> {
  readonly key: string;
  /** `null` names the null version. Absent: what is the latest is deleted, or hidden by a marker. */
  readonly versionId?: string | undefined;
  readonly request: EventRequest;
}

export interface Deleted {
  /** Of the version that was deleted, or of the marker that was made. */
  readonly versionId: string | undefined;
  /** A marker was made or deleted. */
  readonly isMarker: boolean;
}

/** A newer change of the key was committed meanwhile. */
class Overtaken extends Error {}

/** Objects and their versions. Bytes are on disk before their row is, and a row is committed before its request is answered. */
export class Objects {
  readonly #deps: ObjectsDeps;
  /** The ids of files to be removed. */
  readonly #obsolete: string[] = [];
  #isRemoving = false;

  constructor(deps: ObjectsDeps) {
    this.#deps = deps;
  }

  /** Rejects with an S3Error when there is no such object, or a marker hides it. */
  async find(bucket: Bucket, key: string, versionId?: string): Promise<ObjectVersion> {
    const { objects } = this.#deps;
    if (versionId === undefined) {
      const latest = await objects.latest(bucket.id, key);
      if (!latest) throw noSuchKey(key);
      if (latest.isMarker) throw noSuchKey(key, markerHeaders(latest));
      return toVersion(latest);
    }
    const found = await this.version(bucket, key, versionId);
    if (!found) throw noSuchVersion(key, versionId);
    if (!found.isMarker) return toVersion(found);
    throw new S3Error(
      "MethodNotAllowed",
      405,
      "The specified method is not allowed against this resource.",
      {},
      {
        ...markerHeaders(found),
        Allow: "DELETE",
      },
    );
  }

  /** Makes the object the key's latest version. Removes its bytes when it rejects. */
  async put(bucket: Bucket, object: NewObject): Promise<ObjectVersion> {
    try {
      return (
        (this.#isPlain(bucket, object) && (await this.#putPlain(bucket, object))) || (await this.#put(bucket, object))
      );
    } catch (error) {
      if (!object.filesAreKnown && isRefusal(error)) await this.#deps.bytes.remove(object.files.map(([id]) => id));
      throw error;
    }
  }

  /** Nothing else belongs to the transaction. */
  #isPlain(bucket: Bucket, object: NewObject): boolean {
    if (bucket.versioning === "Enabled" || object.also || object.filesAreKnown) return false;
    if (object.ifMatch !== undefined || object.ifNoneMatch !== undefined) return false;
    return !this.#deps.events.isAwaited(bucket, { name: object.event, key: object.key });
  }

  /** In one statement. Resolves with `undefined` when the bucket's versioning has changed. */
  async #putPlain(bucket: Bucket, object: NewObject): Promise<ObjectVersion | undefined> {
    const { key, size, etag, facts, tags, files } = object;
    const stored = { key, size, etag, modifiedAt: this.#deps.clock.now(), files, facts, tags };
    const outcome = await this.#deps.objects.put(bucket, { ...stored, facts: facts as Record<string, unknown> });
    if (outcome === "gone") throw noSuchBucket(bucket.name);
    if (outcome === "overtaken") return undefined;
    this.removeFiles(outcome.obsolete);
    return { ...stored, seq: outcome.seq, versionId: null, isMarker: false, isLatest: true };
  }

  async #put(bucket: Bucket, object: NewObject): Promise<ObjectVersion> {
    const { objects, files, random, clock } = this.#deps;
    const { key, size, etag, facts, tags } = object;
    return await this.#change(
      bucket,
      key,
      (versioning, seq, time) => {
        const versionId = versioning === "Enabled" ? newVersionId(seq, random) : null;
        const event = { name: object.event, key, size, etag, versionId: shownId(versionId, versioning), seq, time };
        return { versionId, events: [{ ...event, request: object.request }] };
      },
      async (tx, { versioning, latest, seq, time, versionId }) => {
        checkWrite(object, key, latest);
        const obsolete: S3File[] = [];
        if (versionId === null) obsolete.push(...(await this.#removeNull(tx, bucket, key, latest, versioning)));
        else if (latest) await objects.demote(tx, bucket.id, key);
        if (!object.filesAreKnown) await files.add(tx, bucket.accountId, object.files);
        const stored = {
          key,
          seq,
          versionId,
          isMarker: false,
          size,
          etag,
          modifiedAt: time,
          files: object.files,
          tags,
        };
        await objects.insert(tx, bucket.id, { ...stored, facts: facts as Record<string, unknown> });
        const more = (await object.also?.(tx)) ?? [];
        await files.remove(tx, [...obsolete, ...more]);
        return { result: { ...stored, facts, isLatest: true }, obsolete: [...obsolete, ...more] };
      },
      clock.now(),
    );
  }

  async delete(bucket: Bucket, deletion: Deletion): Promise<Deleted> {
    return deletion.versionId === undefined
      ? await this.#deleteLatest(bucket, deletion)
      : await this.#deleteVersion(bucket, deletion, deletion.versionId);
  }

  async #deleteLatest(bucket: Bucket, { key, ifMatch, request }: Deletion): Promise<Deleted> {
    const { objects, files, random, clock } = this.#deps;
    return await this.#change<Deleted>(
      bucket,
      key,
      (versioning, seq, time) => {
        const versionId = versioning === "Enabled" ? newVersionId(seq, random) : null;
        const name = versioning === null ? "ObjectRemoved:Delete" : "ObjectRemoved:DeleteMarkerCreated";
        return { versionId, events: [{ name, key, versionId: shownId(versionId, versioning), seq, time, request }] };
      },
      async (tx, { versioning, latest, seq, time, versionId }) => {
        if (ifMatch !== undefined) checkWrite({ ifMatch }, key, latest);
        const gone = { versionId: undefined, isMarker: false };
        if (versioning === null) {
          if (!latest) return { result: gone, obsolete: [], isUnchanged: true };
          await objects.remove(tx, bucket.id, latest);
          await files.remove(tx, latest.files);
          return { result: gone, obsolete: latest.files };
        }
        let obsolete: readonly S3File[] = [];
        if (versionId === null) obsolete = await this.#removeNull(tx, bucket, key, latest, versioning);
        else if (latest) await objects.demote(tx, bucket.id, key);
        await files.remove(tx, obsolete);
        const marker = { key, seq, versionId, isMarker: true, size: 0, etag: "", modifiedAt: time };
        await objects.insert(tx, bucket.id, { ...marker, files: [], facts: {}, tags: {} });
        return { result: { versionId: versionId ?? "null", isMarker: true }, obsolete };
      },
      clock.now(),
    );
  }

  async #deleteVersion(bucket: Bucket, { key, ifMatch, request }: Deletion, versionId: string): Promise<Deleted> {
    const { objects, files, clock } = this.#deps;
    const present = await this.version(bucket, key, versionId);
    return await this.#change<Deleted>(
      bucket,
      key,
      (_versioning, seq, time) => ({
        versionId: null,
        events: [{ name: "ObjectRemoved:Delete", key, versionId, seq, time, request }],
      }),
      async (tx, { latest }) => {
        if (ifMatch !== undefined) checkWrite({ ifMatch }, key, latest);
        const found =
          present && (await objects.version(bucket.id, key, present.versionId === null ? undefined : present.seq, tx));
        const result = { versionId, isMarker: found?.isMarker ?? false };
        if (!found) return { result, obsolete: [], isUnchanged: true };
        await objects.remove(tx, bucket.id, found);
        await files.remove(tx, found.files);
        if (found.isLatest) await objects.promote(tx, bucket.id, key);
        return { result, obsolete: found.files };
      },
      clock.now(),
    );
  }

  async setTags(
    bucket: Bucket,
    version: ObjectVersion,
    tags: Readonly<Record<string, string>>,
    event: ObjectEvent,
  ): Promise<void> {
    const prepared = await this.#deps.events.prepare(bucket, [event]);
    await this.#deps.database.transaction(async (tx) => {
      await this.#deps.objects.setTags(tx, bucket.id, version as S3VersionRecord, tags);
      await prepared?.write(tx);
    });
    prepared?.committed();
  }

  /** The null version is replaced or removed: its files. What is the latest is no longer. */
  async #removeNull(
    tx: Transaction,
    bucket: Bucket,
    key: string,
    latest: S3VersionRecord | undefined,
    versioning: S3BucketRecord["versioning"],
  ): Promise<readonly S3File[]> {
    const { objects } = this.#deps;
    if (!latest) return [];
    const old =
      latest.versionId === null || versioning === null ? latest : await objects.version(bucket.id, key, undefined, tx);
    if (old) await objects.remove(tx, bucket.id, old);
    if (latest.seq !== old?.seq) await objects.demote(tx, bucket.id, key);
    return old?.files ?? [];
  }

  /**
   * One change of a key: in a transaction that has locked the key, with the events that tell of it. Events are prepared before, and again when another change
   * has overtaken this one.
   */
  async #change<Result>(
    bucket: Bucket,
    key: string,
    announce: (
      versioning: S3BucketRecord["versioning"],
      seq: bigint,
      time: number,
    ) => { readonly versionId: string | null; readonly events: readonly ObjectEvent[] },
    work: (tx: Transaction, at: At) => Promise<Outcome<Result>>,
    time: number,
  ): Promise<Result> {
    const { database, buckets, objects, events } = this.#deps;
    for (let versioning = bucket.versioning, attempt = 1; ; attempt++) {
      const seq = await objects.nextSeq();
      const { versionId, events: happened } = announce(versioning, seq, time);
      const prepared: PreparedEvents | undefined = await events.prepare(bucket, happened);
      try {
        const outcome = await database.transaction(async (tx) => {
          const held = await buckets.holdForKey(tx, bucket.id, key);
          if (!held) throw noSuchBucket(bucket.name);
          if (held.versioning !== versioning) {
            versioning = held.versioning;
            throw new Overtaken();
          }
          const latest = await objects.latest(bucket.id, key, tx);
          if (latest && latest.seq > seq) throw new Overtaken();
          const done = await work(tx, { versioning, latest, seq, time, versionId });
          if (!done.isUnchanged) await prepared?.write(tx);
          return done;
        });
        if (!outcome.isUnchanged) prepared?.committed();
        this.removeFiles(outcome.obsolete);
        return outcome.result;
      } catch (error) {
        if (!(error instanceof Overtaken) || attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** `null` names the null version. Resolves with `undefined` when there is none. */
  async version(bucket: Bucket, key: string, versionId: string): Promise<S3VersionRecord | undefined> {
    const { objects } = this.#deps;
    if (versionId === "null") return await objects.version(bucket.id, key, undefined);
    const seq = seqOf(versionId);
    if (seq === undefined) {
      throw new S3Error("InvalidArgument", 400, "Invalid version id specified", {
        ArgumentName: "versionId",
        ArgumentValue: versionId,
      });
    }
    const found = await objects.version(bucket.id, key, seq);
    return found?.versionId === versionId ? found : undefined;
  }

  /** Their rows are gone. What cannot be removed now is collected later. What becomes obsolete while some are removed is removed together. */
  removeFiles(files: readonly S3File[]): void {
    if (files.length === 0) return;
    this.#obsolete.push(...files.map(([id]) => id));
    if (this.#isRemoving) return;
    this.#isRemoving = true;
    void this.#removeObsolete();
  }

  async #removeObsolete(): Promise<void> {
    const { bytes, logger } = this.#deps;
    while (this.#obsolete.length > 0) {
      await bytes.remove(this.#obsolete.splice(0)).catch((error: unknown) => {
        logger.warn({ err: error }, "files of deleted objects could not be removed; they are collected later");
      });
    }
    this.#isRemoving = false;
  }
}

const MAX_ATTEMPTS = 20;

interface At {
  readonly versioning: S3BucketRecord["versioning"];
  readonly latest: S3VersionRecord | undefined;
  readonly seq: bigint;
  readonly time: number;
  readonly versionId: string | null;
}

interface Outcome<Result> {
  readonly result: Result;
  readonly obsolete: readonly S3File[];
  /** Nothing was changed, so nothing is told. */
  readonly isUnchanged?: boolean;
}

/** The transaction was not committed for certain: when the connection broke, the row may be there, and its files are collected if it is not. */
function isRefusal(error: unknown): boolean {
  return error instanceof S3Error || error instanceof Overtaken;
}

function shownId(versionId: string | null, versioning: S3BucketRecord["versioning"]): string | undefined {
  return versioning === null ? undefined : (versionId ?? "null");
}

function markerHeaders({ versionId }: S3VersionRecord): Readonly<Record<string, string>> {
  return { "x-amz-delete-marker": "true", "x-amz-version-id": versionId ?? "null" };
}
