import type { S3VersionRecord } from "@hearth/store";
import { noSuchKey, preconditionFailed } from "./errors.ts";

/** Conditions of a write on what is there. */
export interface WriteConditions {
  /** An ETag, with or without quotes, or `*`. */
  readonly ifMatch?: string | undefined;
  /** `*`: only when there is no object. */
  readonly ifNoneMatch?: string | undefined;
}

/** Throws when what is there does not meet them. */
export function checkWrite(
  { ifMatch, ifNoneMatch }: WriteConditions,
  key: string,
  latest: Pick<S3VersionRecord, "isMarker" | "etag"> | undefined,
): void {
  const present = latest?.isMarker ? undefined : latest;
  if (ifMatch !== undefined) {
    if (!present) throw noSuchKey(key);
    if (!matches(ifMatch, present.etag)) throw preconditionFailed("If-Match");
  }
  if (ifNoneMatch !== undefined && present && matches(ifNoneMatch, present.etag)) {
    throw preconditionFailed("If-None-Match");
  }
}

/** Whether a list of ETags, or `*`, names this one. */
export function matches(list: string, etag: string): boolean {
  return list.split(",").some((one) => {
    const text = one.trim();
    return text === "*" || text.replace(/^W\//, "").replaceAll('"', "") === etag;
  });
}
