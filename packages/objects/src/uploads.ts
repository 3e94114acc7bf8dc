import { createHash } from "node:crypto";
import type { Random } from "@hearth/kit";
import {
  type Database,
  type S3BucketStore,
  type S3File,
  type S3FileStore,
  type S3PartRecord,
  type S3UploadRecord,
  S3UploadStore,
  type Transaction,
} from "@hearth/store";
import type { Bucket } from "./bucket.ts";
import { type Checksum, type ChecksumAlgorithm, type ChecksumType, newHasher } from "./checksums/checksum.ts";
import { invalidRequest, malformedXml, noSuchBucket, noSuchUpload, S3Error } from "./errors.ts";
import type { EventRequest } from "./events.ts";
import type { WriteConditions } from "./conditions.ts";
import type { ObjectFiles } from "./objectFiles.ts";
import type { Objects } from "./objects.ts";
import type { ObjectFacts, ObjectVersion, PartFact } from "./objectVersion.ts";
import { combinedCrc } from "./checksums/combinedCrc.ts";

export interface UploadsDeps {
  readonly database: Database;
  readonly buckets: S3BucketStore;
  readonly files: S3FileStore;
  readonly bytes: Pick<ObjectFiles, "remove">;
  readonly objects: Objects;
  readonly random: Random;
}

export interface UploadFacts extends ObjectFacts {
  /** What the parts' checksums are made with. */
  readonly algorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

export interface NamedPart {
  readonly PartNumber: number;
  readonly ETag: string;
  readonly checksum?: string | undefined;
}

export interface Completion extends WriteConditions {
  readonly key: string;
  readonly uploadId: string;
  readonly parts: readonly NamedPart[];
  /** Of the whole object, as the client has computed it. */
  readonly checksum?: string | undefined;
  readonly checksumType?: string | undefined;
  readonly objectSize?: number | undefined;
  readonly request: EventRequest;
}

export const MAX_PARTS = 10_000;
const MIN_PART_BYTES = 5 * 1024 * 1024;

/** Uploads in parts. A part is on disk before its row is; completing moves the parts' files to the object, and copies nothing. */
export class Uploads {
  readonly store: S3UploadStore;
  readonly #deps: UploadsDeps;

  constructor(deps: UploadsDeps) {
    this.#deps = deps;
    this.store = new S3UploadStore(deps.database);
  }

  async create(bucket: Bucket, upload: Omit<S3UploadRecord, "id">): Promise<string> {
    const { database, buckets, random } = this.#deps;
    const id = random.hex(32);
    await database.transaction(async (tx) => {
      if (!(await buckets.hold(tx, bucket.id))) throw noSuchBucket(bucket.name);
      await this.store.create(tx, bucket.id, { ...upload, id });
    });
    return id;
  }

  async find(bucket: Bucket, key: string, uploadId: string): Promise<S3UploadRecord> {
    const found = await this.store.find(bucket.id, key, uploadId);
    if (!found) throw noSuchUpload(uploadId);
    return found;
  }

  /** The part's bytes are on disk. Replaces an earlier part of its number. */
  async putPart(bucket: Bucket, upload: S3UploadRecord, part: S3PartRecord): Promise<void> {
    const { database, files, bytes } = this.#deps;
    let replaced: readonly S3File[] = [];
    try {
      replaced = await database.transaction(async (tx) => {
        if (!(await this.store.find(bucket.id, upload.key, upload.id, tx, "FOR UPDATE"))) throw noSuchUpload(upload.id);
        const old = await this.store.putPart(tx, upload.id, part);
        await files.add(tx, bucket.accountId, part.files);
        await files.remove(tx, old);
        return old;
      });
    } catch (error) {
      if (error instanceof S3Error) await bytes.remove(part.files.map(([id]) => id));
      throw error;
    }
    this.#deps.objects.removeFiles(replaced);
  }

  async abort(bucket: Bucket, key: string, uploadId: string): Promise<void> {
    const { database, files } = this.#deps;
    const gone = await database.transaction(async (tx) => {
      if (!(await this.store.find(bucket.id, key, uploadId, tx, "FOR UPDATE"))) throw noSuchUpload(uploadId);
      const parts = await this.store.parts(uploadId, 0, MAX_PARTS, tx);
      const all = parts.flatMap((part) => part.files);
      await files.remove(tx, all);
      await this.store.delete(tx, uploadId);
      return all;
    });
    this.#deps.objects.removeFiles(gone);
  }

  async complete(bucket: Bucket, completion: Completion): Promise<ObjectVersion> {
    const { key, uploadId, parts: named, checksum, objectSize, request, ifMatch, ifNoneMatch } = completion;
    const upload = await this.store.find(bucket.id, key, uploadId);
    if (!upload) return await this.#completedBefore(bucket, completion);
    const all = await this.store.parts(uploadId, 0, MAX_PARTS);
    const chosen = chooseParts(named, all);
    checkChecksums(completion, upload.facts);
    const size = chosen.reduce((sum, part) => sum + part.size, 0);
    if (objectSize !== undefined && objectSize !== size) {
      throw invalidRequest(
        `The provided 'x-amz-mp-object-size' header value ${objectSize} does not match what was computed: ${size}`,
      );
    }
    const { algorithm, checksumType, ...facts } = upload.facts as UploadFacts;
    const whole = algorithm && wholeChecksum(algorithm, checksumType ?? "COMPOSITE", chosen);
    if (whole && checksum !== undefined && checksum !== whole.value) {
      throw new S3Error(
        "BadDigest",
        400,
        `The ${whole.algorithm} you specified did not match the calculated checksum.`,
      );
    }
    const partFacts: PartFact[] = chosen.map((part) => ({
      number: part.number,
      size: part.size,
      ...(part.checksum !== null && { checksum: part.checksum }),
    }));
    const used = new Set(chosen.map((part) => part.number));
    const object = {
      key,
      files: chosen.flatMap((part) => part.files),
      size,
      etag: etagOf(chosen.map(({ etag }) => etag)),
      facts: { ...facts, parts: partFacts, uploadId, ...(whole && { checksum: whole }) },
      tags: upload.tags,
      event: "ObjectCreated:CompleteMultipartUpload",
      request,
      ifMatch,
      ifNoneMatch,
      filesAreKnown: true,
      also: (tx: Transaction) => this.#end(tx, bucket, upload, all, used),
    };
    try {
      return await this.#deps.objects.put(bucket, object);
    } catch (error) {
      if (!(error instanceof S3Error) || error.code !== "NoSuchUpload") throw error;
      return await this.#completedBefore(bucket, completion); // by an equal request at the same time
    }
  }

  /** A client that got no answer completes its upload again: it gets the object, as long as that is the key's latest version. */
  async #completedBefore(bucket: Bucket, { key, uploadId, parts }: Completion): Promise<ObjectVersion> {
    const made = await this.#deps.objects.find(bucket, key).catch((error: unknown) => {
      if (error instanceof S3Error) return undefined;
      throw error;
    });
    const isSame = made?.facts.uploadId === uploadId && made.etag === etagOf(parts.map(({ ETag }) => unquoted(ETag)));
    if (made && isSame) return made;
    throw noSuchUpload(uploadId);
  }

  /** The upload ends with the transaction that makes the object. Resolves with the files of parts that are not in the object. */
  async #end(
    tx: Transaction,
    bucket: Bucket,
    upload: S3UploadRecord,
    known: readonly S3PartRecord[],
    used: ReadonlySet<number>,
  ): Promise<readonly S3File[]> {
    const locked = await this.store.find(bucket.id, upload.key, upload.id, tx, "FOR UPDATE");
    if (!locked) throw noSuchUpload(upload.id);
    const present = await this.store.parts(upload.id, 0, MAX_PARTS, tx);
    const ids = (parts: readonly S3PartRecord[]): string =>
      JSON.stringify(parts.filter(({ number }) => used.has(number)).map(({ files }) => files));
    if (ids(present) !== ids(known)) throw invalidPart();
    await this.store.delete(tx, upload.id);
    return present.filter(({ number }) => !used.has(number)).flatMap(({ files }) => files);
  }
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', "");
}

/** Of an object in parts. */
function etagOf(parts: readonly string[]): string {
  const md5 = createHash("md5");
  for (const etag of parts) md5.update(Buffer.from(etag, "hex"));
  return `${md5.digest("hex")}-${parts.length}`;
}

/** A composite checksum is made of those of the parts, so the request names each. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
function checkChecksums({ checksumType: asked, parts }: Completion, facts: S3UploadRecord["facts"]): void {
  const { algorithm, checksumType = "COMPOSITE" } = facts as UploadFacts;
  if (asked !== undefined && algorithm && asked !== checksumType) {
    throw invalidRequest(
      `The upload was created using the ${checksumType} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  if (!algorithm || checksumType !== "COMPOSITE") return;
  const missing = parts.find(({ checksum }) => checksum === undefined);
  if (!missing) return;
  throw invalidRequest(
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${missing.PartNumber} in the request.`,
  );
}

function chooseParts(named: readonly NamedPart[], all: readonly S3PartRecord[]): readonly S3PartRecord[] {
  if (named.length === 0) throw malformedXml();
  const byNumber = new Map(all.map((part) => [part.number, part]));
  const chosen: S3PartRecord[] = [];
  for (const { PartNumber, ETag, checksum } of named) {
    const before = chosen.at(-1);
    if (before && PartNumber <= before.number) {
      throw new S3Error(
        "InvalidPartOrder",
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
      );
    }
    const part = byNumber.get(PartNumber);
    if (!part || part.etag !== unquoted(ETag)) throw invalidPart();
    if (checksum !== undefined && checksum !== part.checksum) throw invalidPart();
    chosen.push(part);
  }
  for (const { size, number, etag } of chosen.slice(0, -1)) {
    if (size >= MIN_PART_BYTES) continue;
    throw new S3Error("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size", {
      ProposedSize: String(size),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(number),
      ETag: etag,
    });
  }
  return chosen;
}

function invalidPart(): S3Error {
  return new S3Error(
    "InvalidPart",
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  );
}

/** `undefined` when a part has no checksum. */
function wholeChecksum(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly S3PartRecord[],
): Checksum | undefined {
  const digests: { readonly digest: Buffer; readonly size: number }[] = [];
  for (const { checksum, size } of parts) {
    if (checksum === null) return undefined;
    digests.push({ digest: Buffer.from(checksum, "base64"), size });
  }
  if (type === "FULL_OBJECT") {
    return { algorithm, type, value: combinedCrc(algorithm, digests).toString("base64") };
  }
  const hasher = newHasher(algorithm);
  for (const { digest } of digests) hasher.update(digest);
  return { algorithm, type, value: `${hasher.digest().toString("base64")}-${digests.length}` };
}
