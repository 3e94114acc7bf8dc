import { invalidArgument, S3Error, seqOf } from "@hearth/objects";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { bucketOf, ofBucket, OWNER_HEADER, ownerOf, quoted } from "../words.ts";
import { xmlReply } from "../xml.ts";
import { checksumOf, encoderOf, limitOf, storageClassOf } from "./listObjects.ts";

export const listObjectVersions = operation({
  name: "ListObjectVersions",
  http: ["GET", "/{Bucket}?versions", 200],
  headers: OWNER_HEADER,
  query: {
    Delimiter: "delimiter",
    EncodingType: "encoding-type",
    KeyMarker: "key-marker",
    MaxKeys: "max-keys",
    Prefix: "prefix",
    VersionIdMarker: "version-id-marker",
  },
  input: z.object({
    ...ofBucket,
    Delimiter: z.string().default(""),
    EncodingType: z.string().optional(),
    KeyMarker: z.string().default(""),
    MaxKeys: z.string().optional(),
    Prefix: z.string().default(""),
    VersionIdMarker: z.string().optional(),
  }),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    const { Prefix: prefix, Delimiter: delimiter, KeyMarker, VersionIdMarker, EncodingType } = input;
    const encode = encoderOf(EncodingType);
    const limit = limitOf(input.MaxKeys);
    const keyMarker = Buffer.from(KeyMarker);
    const beforeSeq = await placeOf(VersionIdMarker, KeyMarker);
    const page = await storage.listing.versions(bucket, { prefix, delimiter, limit, keyMarker, beforeSeq });
    const owner = ownerOf(bucket.accountId);
    const rows = page.versions.map(({ key, versionId, isLatest, isMarker, modifiedAt, etag, size, facts }) => {
      const named = {
        Key: encode(key.toString()),
        VersionId: versionId ?? "null",
        IsLatest: isLatest,
        LastModified: new Date(modifiedAt),
      };
      const stored = { ETag: quoted(etag), ...checksumOf(facts), Size: size, StorageClass: storageClassOf(facts) };
      return { isMarker, xml: { ...named, ...(isMarker ? {} : stored), Owner: owner } };
    });
    return xmlReply("ListVersionsResult", {
      Name: bucket.name,
      Prefix: encode(prefix),
      KeyMarker: encode(KeyMarker),
      VersionIdMarker: VersionIdMarker ?? "",
      NextKeyMarker: page.next && encode(page.next.key.toString()),
      NextVersionIdMarker: page.next?.version && (page.next.version.versionId ?? "null"),
      MaxKeys: limit,
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      EncodingType,
      IsTruncated: page.next !== undefined,
      Version: rows.filter(({ isMarker }) => !isMarker).map(({ xml }) => xml),
      DeleteMarker: rows.filter(({ isMarker }) => isMarker).map(({ xml }) => xml),
      CommonPrefixes: page.commonPrefixes.map((one) => ({ Prefix: encode(one) })),
    });

    async function placeOf(marker: string | undefined, key: string): Promise<bigint | undefined> {
      if (marker === undefined || marker === "") return undefined;
      if (key === "") {
        throw invalidArgument(
          "A version-id marker cannot be specified without a key marker.",
          "version-id-marker",
          marker,
        );
      }
      if (marker !== "null") {
        const seq = seqOf(marker);
        if (seq !== undefined) return seq;
        throw new S3Error("InvalidArgument", 400, "Invalid version id specified");
      }
      return (await storage.objects.version(bucket, key, "null"))?.seq;
    }
  },
});
