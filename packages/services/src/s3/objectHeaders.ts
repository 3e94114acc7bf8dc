import {
  type Checksum,
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  invalidArgument,
  invalidRequest,
  isDigest,
  type ObjectFacts,
  type ObjectVersion,
  S3Error,
} from "@hearth/objects";
import { z } from "zod";
import { GRANT_HEADERS } from "./acl.ts";
import { quoted } from "./words.ts";

/** Headers of objects that are answered as they came. */
export const CONTENT_HEADERS = {
  CacheControl: "cache-control",
  ContentDisposition: "content-disposition",
  ContentEncoding: "content-encoding",
  ContentLanguage: "content-language",
  ContentType: "content-type",
  Expires: "expires",
  WebsiteRedirectLocation: "x-amz-website-redirect-location",
} as const;

const CHECKSUM_HEADERS = {
  ChecksumCRC32: "x-amz-checksum-crc32",
  ChecksumCRC32C: "x-amz-checksum-crc32c",
  ChecksumCRC64NVME: "x-amz-checksum-crc64nvme",
  ChecksumSHA1: "x-amz-checksum-sha1",
  ChecksumSHA256: "x-amz-checksum-sha256",
} as const;

/** Of requests that make an object. */
export const newObjectHeaders = {
  ...CONTENT_HEADERS,
  StorageClass: "x-amz-storage-class",
  ServerSideEncryption: "x-amz-server-side-encryption",
  SSECustomerAlgorithm: "x-amz-server-side-encryption-customer-algorithm",
  ObjectLockMode: "x-amz-object-lock-mode",
  ObjectLockLegalHoldStatus: "x-amz-object-lock-legal-hold",
  ACL: "x-amz-acl",
  ...GRANT_HEADERS,
  Tagging: "x-amz-tagging",
} as const;
export const newObjectMembers = {
  ...textMembers(newObjectHeaders),
  Metadata: z.record(z.string(), z.string()).optional(),
};
export const METADATA_PREFIX = { Metadata: "x-amz-meta-" } as const;

/** Of requests that carry bytes. */
export const checksumHeaders = {
  ...CHECKSUM_HEADERS,
  ContentMD5: "content-md5",
  ChecksumAlgorithm: "x-amz-sdk-checksum-algorithm",
  Trailer: "x-amz-trailer",
} as const;
export const checksumMembers = textMembers(checksumHeaders);

export function textMembers<Name extends string>(
  names: Readonly<Record<Name, string>>,
): Record<Name, z.ZodOptional<z.ZodString>> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, z.string().optional()])) as Record<
    Name,
    z.ZodOptional<z.ZodString>
  >;
}

type Texts<Names> = { readonly [Name in keyof Names]?: string | undefined };

const MAX_METADATA_BYTES = 2_048;
const STORAGE_CLASSES = new Set(
  "STANDARD REDUCED_REDUNDANCY STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER DEEP_ARCHIVE GLACIER_IR".split(" "),
);

/** Throws an S3Error for headers that S3 refuses, and for features that Hearth has not. */
export function factsOf(
  input: Texts<typeof newObjectHeaders> & { readonly Metadata?: Readonly<Record<string, string>> | undefined },
): ObjectFacts {
  const metadata = input.Metadata ?? {};
  const bytes = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size", {
      Size: String(bytes),
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  }
  const { StorageClass, ServerSideEncryption, SSECustomerAlgorithm, ObjectLockMode, ObjectLockLegalHoldStatus } = input;
  if (StorageClass !== undefined && !STORAGE_CLASSES.has(StorageClass)) {
    throw new S3Error("InvalidStorageClass", 400, "The storage class you specified is not valid");
  }
  if (ServerSideEncryption !== undefined && ServerSideEncryption !== "AES256") {
    throw notImplemented("Encryption of objects with keys of KMS");
  }
  if (SSECustomerAlgorithm !== undefined) throw notImplemented("Encryption of objects with keys of the client");
  if (ObjectLockMode !== undefined || ObjectLockLegalHoldStatus !== undefined) {
    throw invalidRequest("Bucket is missing Object Lock Configuration");
  }
  const headers: Record<string, string> = {};
  for (const [member, name] of Object.entries(CONTENT_HEADERS)) {
    const value = contentHeader(member, input[member as keyof typeof CONTENT_HEADERS]);
    if (value !== undefined && value !== "") headers[name] = value;
  }
  return {
    headers,
    metadata,
    ...(StorageClass !== undefined && StorageClass !== "STANDARD" && { storageClass: StorageClass }),
  };
}

/** `aws-chunked` says how a request was sent, and is no property of the object. */
function contentHeader(member: string, value: string | undefined): string | undefined {
  if (member !== "ContentEncoding" || value === undefined) return value;
  return value
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "aws-chunked" && one !== "")
    .join(",");
}

export function notImplemented(feature: string): S3Error {
  return new S3Error("NotImplemented", 501, `${feature} is not implemented by Hearth.`);
}

interface Claimed {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: () => string | undefined;
}

/** The checksum that a request gives, in a header or, once its body has been read, in a trailer. Throws an S3Error when it gives two, or none that can be one. */
export function claimedChecksum(
  input: Texts<typeof checksumHeaders>,
  trailers: ReadonlyMap<string, string> | undefined,
): Claimed | undefined {
  const given: Claimed[] = [];
  const trailing = (input.Trailer ?? "").split(",").map((name) => name.trim().toLowerCase());
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const header = CHECKSUM_HEADERS[`Checksum${algorithm}`];
    const value = input[`Checksum${algorithm}`];
    if (value !== undefined) {
      if (!isDigest(algorithm, value)) throw invalidRequest(`Value for ${header} header is invalid.`);
      given.push({ algorithm, value: () => value });
    } else if (trailing.includes(header)) given.push({ algorithm, value: () => trailers?.get(header) });
  }
  if (given.length > 1)
    throw invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  const asked = algorithmOf(input.ChecksumAlgorithm);
  return given[0] ?? (asked && { algorithm: asked, value: () => undefined });
}

export function algorithmOf(text: string | undefined): ChecksumAlgorithm | undefined {
  if (text === undefined) return undefined;
  const found = CHECKSUM_ALGORITHMS.find((one) => one === text.toUpperCase());
  if (!found)
    throw invalidRequest(
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  return found;
}

/** Throws InvalidDigest unless the text can be the base64 of an MD5. */
export function checkMd5(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^[A-Za-z0-9+/]{22}==$/.test(text)) return text;
  throw new S3Error("InvalidDigest", 400, "The Content-MD5 you specified was invalid.", { "Content-MD5": text });
}

/** Of requests that read an object. The key itself is not read. */
export const CUSTOMER_KEY_HEADER = { SSECustomerAlgorithm: "x-amz-server-side-encryption-customer-algorithm" } as const;

/** Throws InvalidRequest when a request gives a key for an object: none is stored with a key of the client. */
export function checkCustomerKey({ SSECustomerAlgorithm }: Texts<typeof CUSTOMER_KEY_HEADER>): void {
  if (SSECustomerAlgorithm === undefined) return;
  throw invalidRequest("The encryption parameters are not applicable to this object.");
}

export function checksumAnswer(checksum: Checksum | undefined): Readonly<Record<string, string>> {
  if (!checksum) return {};
  return {
    [CHECKSUM_HEADERS[`Checksum${checksum.algorithm}`]]: checksum.value,
    "x-amz-checksum-type": checksum.type,
  };
}

/** `key=value&…`, as in `x-amz-tagging`. */
export function tagsOfHeader(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined || text === "") return {};
  const tags: [string, string][] = [...new URLSearchParams(text)];
  return checkedTags(tags, 10);
}

/** Throws InvalidTag. */
export function checkedTags(
  tags: readonly (readonly [string, string])[],
  limit: number,
): Readonly<Record<string, string>> {
  if (tags.length > limit) {
    throw limit === 10
      ? new S3Error("BadRequest", 400, "Object tags cannot be greater than 10")
      : new S3Error("BadRequest", 400, `Bucket tag count cannot be greater than ${limit}`);
  }
  const keys = new Set<string>();
  for (const [key, value] of tags) {
    if (key.length < 1 || key.length > 128 || !TAG_TEXT.test(key)) {
      throw new S3Error("InvalidTag", 400, "The TagKey you have provided is invalid");
    }
    if (value.length > 256 || !TAG_TEXT.test(value)) {
      throw new S3Error("InvalidTag", 400, "The TagValue you have provided is invalid");
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw new S3Error("InvalidTag", 400, "System tags cannot be added/updated by requester");
    }
    if (keys.has(key)) throw new S3Error("InvalidTag", 400, "Cannot provide multiple Tags with the same key");
    keys.add(key);
  }
  return Object.fromEntries(tags);
}

const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** What GetObject and HeadObject answer about an object. */
export function objectAnswer(version: ObjectVersion, isVersioned: boolean): Record<string, string> {
  const { facts, etag, modifiedAt, versionId, tags } = version;
  const metadata = Object.entries(facts.metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const tagCount = Object.keys(tags).length;
  return {
    "content-type": "binary/octet-stream",
    ...facts.headers,
    ...(Object.fromEntries(metadata) as Record<string, string>),
    etag: quoted(etag),
    "last-modified": new Date(modifiedAt).toUTCString(),
    "accept-ranges": "bytes",
    "x-amz-server-side-encryption": "AES256",
    ...(isVersioned && { "x-amz-version-id": versionId ?? "null" }),
    ...(facts.storageClass !== undefined && { "x-amz-storage-class": facts.storageClass }),
    ...(tagCount > 0 && { "x-amz-tagging-count": String(tagCount) }),
  };
}

export function checkedNumber(text: string | undefined, name: string, min: number, max: number): number | undefined {
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw invalidArgument(`Argument ${name} must be an integer between ${min} and ${max}`, name, text);
}
