import type { Database, S3ListedObject, S3ListedVersion } from "@hearth/store";
import { S3Listing } from "@hearth/store";
import type { Bucket } from "./bucket.ts";

export interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  /** Keys and common prefixes up to this one are left out; in bytes. */
  readonly after: Buffer;
  readonly limit: number;
}

export interface ListPage {
  readonly objects: readonly S3ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** The last key or common prefix, where there are more. */
  readonly last: Buffer | undefined;
}

export interface VersionListRequest extends Omit<ListRequest, "after"> {
  readonly keyMarker: Buffer;
  /** Of the key's versions only those before this one. */
  readonly beforeSeq: bigint | undefined;
}

export interface VersionListPage {
  readonly versions: readonly S3ListedVersion[];
  readonly commonPrefixes: readonly string[];
  readonly next: { readonly key: Buffer; readonly version: S3ListedVersion | undefined } | undefined;
}

/** Keys are UTF-8, so none begins with it. */
const END = Buffer.from([0xff]);
const ZERO = Buffer.from([0]);

/** Pages of keys in byte order. */
export class Listing {
  readonly #store: S3Listing;

  constructor(database: Database) {
    this.#store = new S3Listing(database);
  }

  async objects(bucket: Bucket, { prefix, delimiter, after, limit }: ListRequest): Promise<ListPage> {
    if (limit === 0) return { objects: [], commonPrefixes: [], last: undefined };
    const start = Buffer.from(prefix);
    const separator = Buffer.from(delimiter);
    const range = {
      bucketId: bucket.id,
      from: later(start, afterKey(after, start, separator)),
      to: endOf(start),
      limit: limit + 1,
    };
    const found =
      delimiter === "" ? await this.#store.objects(range) : await this.#store.grouped(range, start.length, separator);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      objects: page.flatMap((one) => ("common" in one ? [] : [one])),
      commonPrefixes: page.flatMap((one) => ("common" in one ? [one.common.toString()] : [])),
      last: last && ("common" in last ? last.common : last.key),
    };
  }

  async versions(bucket: Bucket, request: VersionListRequest): Promise<VersionListPage> {
    const { prefix, delimiter, keyMarker, beforeSeq, limit } = request;
    const start = Buffer.from(prefix);
    const separator = Buffer.from(delimiter);
    const to = endOf(start);
    const versions: S3ListedVersion[] = [];
    const commonPrefixes: Buffer[] = [];
    let from =
      beforeSeq === undefined
        ? { key: later(start, afterKey(keyMarker, start, separator)), beforeSeq }
        : { key: later(start, keyMarker), beforeSeq: keyMarker.compare(start) >= 0 ? beforeSeq : undefined };
    let last: { readonly key: Buffer; readonly version: S3ListedVersion | undefined } | undefined;
    while (limit > 0) {
      const rows = await this.#store.versions(bucket.id, from, to, limit + 1);
      let skipped: Buffer | undefined;
      for (const row of rows) {
        if (skipped && row.key.subarray(0, skipped.length).equals(skipped)) continue;
        if (versions.length + commonPrefixes.length === limit) return pageOf(versions, commonPrefixes, last);
        const common = commonOf(row.key, start, separator);
        if (common) {
          commonPrefixes.push(common);
          skipped = common;
        } else versions.push(row);
        last = { key: common ?? row.key, version: common ? undefined : row };
      }
      const end = rows.at(-1);
      if (!end || rows.length <= limit) break;
      const isSkipped = skipped && end.key.subarray(0, skipped.length).equals(skipped);
      from =
        isSkipped && skipped ? { key: endOf(skipped), beforeSeq: undefined } : { key: end.key, beforeSeq: end.seq };
    }
    return pageOf(versions, commonPrefixes, undefined);
  }
}

function pageOf(
  versions: readonly S3ListedVersion[],
  commonPrefixes: readonly Buffer[],
  next: VersionListPage["next"],
): VersionListPage {
  return { versions, commonPrefixes: commonPrefixes.map((one) => one.toString()), next };
}

/** The first key that may come after a marker; a marker that is a common prefix stands for all keys that begin with it. */
function afterKey(marker: Buffer, prefix: Buffer, delimiter: Buffer): Buffer {
  if (marker.length === 0) return marker;
  const common = commonOf(marker, prefix, delimiter);
  return common?.equals(marker) ? endOf(common) : Buffer.concat([marker, ZERO]);
}

function commonOf(key: Buffer, prefix: Buffer, delimiter: Buffer): Buffer | undefined {
  if (delimiter.length === 0 || !key.subarray(0, prefix.length).equals(prefix)) return undefined;
  const found = key.indexOf(delimiter, prefix.length);
  return found < 0 ? undefined : key.subarray(0, found + delimiter.length);
}

/** The first key after all that begin with `prefix`. */
function endOf(prefix: Buffer): Buffer {
  if (prefix.length === 0) return END;
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1; // a byte of UTF-8 is below 255
  return end;
}

function later(a: Buffer, b: Buffer): Buffer {
  return a.compare(b) > 0 ? a : b;
}
