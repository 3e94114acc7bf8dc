import { type Bucket, invalidArgument, type ListPage, S3Error } from "@hearth/objects";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { checkedNumber } from "../objectHeaders.ts";
import { bucketOf, ofBucket, OWNER_HEADER, ownerOf, quoted } from "../words.ts";
import { type Xml, xmlReply } from "../xml.ts";

const MAX_KEYS = 1_000;
const QUERY = { Delimiter: "delimiter", EncodingType: "encoding-type", MaxKeys: "max-keys", Prefix: "prefix" } as const;
const members = {
  ...ofBucket,
  Delimiter: z.string().default(""),
  EncodingType: z.string().optional(),
  MaxKeys: z.string().optional(),
  Prefix: z.string().default(""),
};

export const listObjects = operation({
  name: "ListObjects",
  http: ["GET", "/{Bucket}", 200],
  headers: OWNER_HEADER,
  query: { ...QUERY, Marker: "marker", ListType: "list-type" },
  input: z.object({ ...members, Marker: z.string().default(""), ListType: z.string().optional() }),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    if (input.ListType !== undefined) {
      throw invalidArgument("Invalid List Type specified in Request", "list-type", input.ListType);
    }
    const bucket = await bucketOf(input, { storage });
    const { Prefix: prefix, Delimiter: delimiter, Marker, EncodingType } = input;
    const encode = encoderOf(EncodingType);
    const limit = limitOf(input.MaxKeys);
    const page = await storage.listing.objects(bucket, { prefix, delimiter, after: Buffer.from(Marker), limit });
    return xmlReply("ListBucketResult", {
      Name: bucket.name,
      Prefix: encode(prefix),
      Marker: encode(Marker),
      // Without a delimiter clients go on from the last key themselves.
      NextMarker: page.last && delimiter !== "" ? encode(page.last.toString()) : undefined,
      MaxKeys: limit,
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      EncodingType,
      IsTruncated: page.last !== undefined,
      ...contentsOf(page, bucket, encode, true),
    });
  },
});

export const listObjectsV2 = operation({
  name: "ListObjectsV2",
  http: ["GET", "/{Bucket}?list-type=2", 200],
  headers: OWNER_HEADER,
  query: { ...QUERY, ContinuationToken: "continuation-token", FetchOwner: "fetch-owner", StartAfter: "start-after" },
  input: z.object({
    ...members,
    ContinuationToken: z.string().optional(),
    FetchOwner: z.string().optional(),
    StartAfter: z.string().default(""),
  }),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    const { Prefix: prefix, Delimiter: delimiter, StartAfter, ContinuationToken, EncodingType, FetchOwner } = input;
    const encode = encoderOf(EncodingType);
    const limit = limitOf(input.MaxKeys);
    const after = ContinuationToken === undefined ? Buffer.from(StartAfter) : placeOf(ContinuationToken);
    const page = await storage.listing.objects(bucket, { prefix, delimiter, after, limit });
    return xmlReply("ListBucketResult", {
      Name: bucket.name,
      Prefix: encode(prefix),
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      StartAfter: StartAfter === "" ? undefined : encode(StartAfter),
      ContinuationToken,
      NextContinuationToken: page.last?.toString("base64url"),
      KeyCount: page.objects.length + page.commonPrefixes.length,
      MaxKeys: limit,
      EncodingType,
      IsTruncated: page.last !== undefined,
      ...contentsOf(page, bucket, encode, FetchOwner === "true"),
    });
  },
});

export function limitOf(text: string | undefined, name = "maxKeys"): number {
  return Math.min(checkedNumber(text, name, 0, 2_147_483_647) ?? MAX_KEYS, MAX_KEYS);
}

export type Encode = (text: string) => string;

/** Keys may hold characters that XML cannot. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function encoderOf(encodingType: string | undefined): Encode {
  if (encodingType === undefined) return (text) => text;
  if (encodingType !== "url") {
    throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encodingType);
  }
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%2F", "/")
      .replaceAll("%20", "+");
}

function placeOf(token: string): Buffer {
  if (/^[A-Za-z0-9_-]+$/.test(token)) return Buffer.from(token, "base64url");
  throw invalidArgument("The continuation token provided is incorrect", "continuation-token");
}

function contentsOf(page: ListPage, { accountId }: Bucket, encode: Encode, withOwner: boolean): Record<string, Xml> {
  return {
    Contents: page.objects.map(({ key, size, etag, modifiedAt, facts }) => ({
      Key: encode(key.toString()),
      LastModified: new Date(modifiedAt),
      ETag: quoted(etag),
      ...checksumOf(facts),
      Size: size,
      ...(withOwner && { Owner: ownerOf(accountId) }),
      StorageClass: storageClassOf(facts),
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

export function checksumOf(facts: Readonly<Record<string, unknown>>): Record<string, Xml> {
  const checksum = facts["checksum"] as { readonly algorithm: string; readonly type: string } | undefined;
  return checksum ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type } : {};
}

export function storageClassOf(facts: Readonly<Record<string, unknown>>): string {
  const stored = facts["storageClass"];
  return typeof stored === "string" ? stored : "STANDARD";
}
