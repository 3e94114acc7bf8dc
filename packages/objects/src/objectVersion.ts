import type { S3VersionRecord } from "@hearth/store";
import type { Checksum } from "./checksums/checksum.ts";

/** A part of an object that was uploaded in parts. */
export interface PartFact {
  readonly number: number;
  readonly size: number;
  /** Base64. */
  readonly checksum?: string | undefined;
}

/** What belongs to an object besides its bytes and tags. */
export interface ObjectFacts {
  /** By lower-case name: `content-type` and others that are answered as they came. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly checksum?: Checksum | undefined;
  readonly parts?: readonly PartFact[] | undefined;
  /** Of an object in parts: the upload that it was made by. */
  readonly uploadId?: string | undefined;
  /** Where it is not STANDARD. */
  readonly storageClass?: string | undefined;
}

export interface ObjectVersion extends Omit<S3VersionRecord, "facts"> {
  readonly facts: ObjectFacts;
}

export function toVersion(record: S3VersionRecord): ObjectVersion {
  return { ...record, facts: record.facts as ObjectFacts };
}
