import type { Clock, Logger, Random } from "@hearth/kit";
import { type Database, S3BucketStore, S3FileStore, S3ObjectStore, type S3Versioning } from "@hearth/store";
import type { Bucket, BucketSettings } from "./bucket.ts";
import { BucketDirectory } from "./bucketDirectory.ts";
import { noSuchBucket } from "./errors.ts";
import type { EventPort } from "./events.ts";
import { Intake } from "./intake/intake.ts";
import { Listing } from "./listing.ts";
import { ObjectFiles } from "./objectFiles.ts";
import { Objects } from "./objects.ts";
import type { ObjectServer } from "./passedOn/objectServer.ts";
import { PassedOn } from "./passedOn/passedOn.ts";
import { Watches } from "./passedOn/watches.ts";
import { Orphans } from "./orphans.ts";
import { StorageLimit } from "./storageLimit.ts";
import { Uploads } from "./uploads.ts";

export interface ObjectStorageDeps {
  readonly database: Database;
  /** HEARTH_DATA. */
  readonly dataDir: string;
  readonly disk: { readonly isShort: boolean };
  /** What the objects of one account may take; 0 for no limit. */
  readonly limitBytes: number;
  /** Where new buckets are made, if not here. */
  readonly server?: ObjectServer | undefined;
  readonly watches?: Watches | undefined;
  /** Writes of one account to that server that are to be announced and not yet answered; 0, the default, for no limit. */
  readonly maxOpenWrites?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** S3 below its API: buckets, objects, uploads. Rows are in PostgreSQL, bytes in files of the data directory. */
export class ObjectStorage implements AsyncDisposable {
  readonly store: S3BucketStore;
  readonly directory: BucketDirectory;
  readonly files: S3FileStore;
  readonly bytes: ObjectFiles;
  readonly intake: Intake;
  readonly objects: Objects;
  readonly uploads: Uploads;
  readonly listing: Listing;
  readonly limit: StorageLimit;
  /** Absent where no other server is configured. */
  readonly passedOn: PassedOn | undefined;
  readonly #deps: ObjectStorageDeps;
  #events: EventPort = { isAwaited: () => false, prepare: () => Promise.resolve(undefined) };

  constructor(deps: ObjectStorageDeps) {
    const { database, clock, disk, limitBytes } = deps;
    this.#deps = deps;
    this.store = new S3BucketStore(database);
    this.directory = new BucketDirectory(this.store, clock);
    this.files = new S3FileStore(database);
    this.bytes = new ObjectFiles(deps.dataDir, deps);
    this.intake = new Intake(this.bytes, clock);
    const { store: buckets, directory, files, bytes } = this;
    const events: EventPort = {
      isAwaited: (bucket, event) => this.#events.isAwaited(bucket, event),
      prepare: (bucket, happened) => this.#events.prepare(bucket, happened),
    };
    const { server, watches = new Watches([]), maxOpenWrites = 0 } = deps;
    this.passedOn = server && new PassedOn({ ...deps, server, watches, maxOpenWrites, buckets, directory, events });
    this.objects = new Objects({
      ...deps,
      events,
      buckets,
      files,
      bytes,
      objects: new S3ObjectStore(database),
    });
    this.uploads = new Uploads({ ...deps, buckets, files, bytes, objects: this.objects });
    this.listing = new Listing(database);
    this.limit = new StorageLimit({ files, disk, limitBytes, clock });
  }

  /** From now on these are told what happens to objects. */
  tell(events: EventPort): void {
    this.#events = events;
  }

  /** Rejects with NoSuchBucket. */
  async bucket(name: string): Promise<Bucket> {
    const found = await this.directory.find(name);
    if (!found) throw noSuchBucket(name);
    return found;
  }

  /** Sets sub-resources; `null` removes one. */
  async change(
    bucket: Bucket,
    settings: { readonly [Name in keyof BucketSettings]?: BucketSettings[Name] | null },
    versioning?: S3Versioning,
  ): Promise<void> {
    const changed = await this.store.change(bucket.id, settings, versioning);
    this.directory.forget(bucket.name);
    if (!changed) throw noSuchBucket(bucket.name);
  }

  /** Removes files without rows, now and then. Start it in one process of a data directory. */
  collectOrphans(): Orphans {
    const { files, bytes } = this;
    return new Orphans({ ...this.#deps, files, bytes });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.intake[Symbol.asyncDispose]();
    await this.bytes[Symbol.asyncDispose]();
  }
}
