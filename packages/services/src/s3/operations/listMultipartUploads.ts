import { S3Error, type UploadFacts } from "@hearth/objects";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { bucketOf, ofBucket, OWNER_HEADER, ownerOf } from "../words.ts";
import { xmlReply } from "../xml.ts";
import { encoderOf, limitOf } from "./listObjects.ts";

const END = Buffer.from([0xff]);

export const listMultipartUploads = operation({
  name: "ListMultipartUploads",
  http: ["GET", "/{Bucket}?uploads", 200],
  headers: OWNER_HEADER,
  query: {
    Delimiter: "delimiter",
    EncodingType: "encoding-type",
    KeyMarker: "key-marker",
    MaxUploads: "max-uploads",
    Prefix: "prefix",
    UploadIdMarker: "upload-id-marker",
  },
  input: z.object({
    ...ofBucket,
    Delimiter: z.string().default(""),
    EncodingType: z.string().optional(),
    KeyMarker: z.string().default(""),
    MaxUploads: z.string().optional(),
    Prefix: z.string().default(""),
    UploadIdMarker: z.string().optional(),
  }),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    const { Prefix, Delimiter, KeyMarker, UploadIdMarker, EncodingType } = input;
    const encode = encoderOf(EncodingType);
    const limit = limitOf(input.MaxUploads, "max-uploads");
    const uploads: Awaited<ReturnType<typeof storage.uploads.store.list>>[number][] = [];
    const prefixes: string[] = [];
    // Behind the marker: all of its uploads, or those after one of them.
    let from = { key: Buffer.from(KeyMarker), id: KeyMarker === "" ? "" : (UploadIdMarker ?? "~") };
    if (from.key.compare(Buffer.from(Prefix)) < 0) from = { key: Buffer.from(Prefix), id: "" };
    let next: { readonly key: string; readonly id: string } | undefined;
    for (let isMore = limit > 0; isMore;) {
      const rows = await storage.uploads.store.list(bucket.id, from, END, limit + 1);
      isMore = rows.length > limit;
      for (const row of rows) {
        if (!row.key.startsWith(Prefix)) {
          isMore = false;
          break;
        }
        const at = Delimiter === "" ? -1 : row.key.indexOf(Delimiter, Prefix.length);
        const common = at < 0 ? undefined : row.key.slice(0, at + Delimiter.length);
        from = { key: Buffer.from(row.key), id: row.id };
        if (common !== undefined && (prefixes.at(-1) === common || common === KeyMarker)) continue;
        if (uploads.length + prefixes.length === limit) {
          const last = uploads.at(-1);
          const lastPrefix = prefixes.at(-1);
          next =
            last && !(lastPrefix !== undefined && lastPrefix > last.key) ? last : { key: lastPrefix ?? "", id: "~" };
          isMore = false;
          break;
        }
        if (common === undefined) uploads.push(row);
        else prefixes.push(common);
      }
    }
    return xmlReply("ListMultipartUploadsResult", {
      Bucket: bucket.name,
      KeyMarker: encode(KeyMarker),
      UploadIdMarker: UploadIdMarker ?? "",
      NextKeyMarker: next && encode(next.key),
      NextUploadIdMarker: next?.id,
      Prefix: encode(Prefix),
      Delimiter: Delimiter === "" ? undefined : encode(Delimiter),
      EncodingType,
      MaxUploads: limit,
      IsTruncated: next !== undefined,
      Upload: uploads.map(({ key, id, initiatedAt, facts }) => ({
        Key: encode(key),
        UploadId: id,
        Owner: ownerOf(bucket.accountId),
        StorageClass: (facts as UploadFacts).storageClass ?? "STANDARD",
        Initiated: new Date(initiatedAt),
      })),
      CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    });
  },
});
