import { CHECKSUM_ALGORITHMS, invalidRequest, malformedXml, S3Error } from "@hearth/objects";
import { operation, wire } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { eventRequest } from "../eventRequest.ts";
import { checksumHeaders, checksumMembers } from "../objectHeaders.ts";
import { bucketOf, checkKey, ofBucket, ofObject, OWNER_HEADER } from "../words.ts";
import { headersReply, type Xml, xmlReply } from "../xml.ts";

const MAX_DELETES = 1_000;
const CHECKSUMS = CHECKSUM_ALGORITHMS.map((algorithm) => `Checksum${algorithm}` as const);
/** So many keys of one request are deleted at a time. */
const AT_ONCE = 4;

export const deleteObject = operation({
  name: "DeleteObject",
  http: ["DELETE", "/{Bucket}/{Key+}", 204],
  headers: { ...OWNER_HEADER, IfMatch: "if-match" },
  query: { VersionId: "versionId" },
  isDataEvent: true,
  input: z.object({ ...ofObject, VersionId: z.string().optional(), IfMatch: z.string().optional() }),
  errors: [S3Error],
  async handle(input, context, { storage }: Pick<S3Deps, "storage">) {
    checkKey(input.Key);
    const bucket = await bucketOf(input, { storage });
    const { Key: key, VersionId: versionId, IfMatch: ifMatch } = input;
    const deleted = await storage.objects.delete(bucket, { key, versionId, ifMatch, request: eventRequest(context) });
    return headersReply(204, {
      "x-amz-version-id": deleted.versionId,
      "x-amz-delete-marker": deleted.isMarker ? "true" : undefined,
    });
  },
});

export const deleteObjects = operation({
  name: "DeleteObjects",
  http: ["POST", "/{Bucket}?delete", 200],
  headers: { ...OWNER_HEADER, ...checksumHeaders },
  payload: "Delete",
  maxBodyBytes: 4 * 1024 ** 2,
  isDataEvent: true,
  input: z.object({
    ...ofBucket,
    ...checksumMembers,
    Delete: z.object({
      Object: wire(
        z.array(z.object({ Key: z.string(), VersionId: z.string().optional(), ETag: z.string().optional() })),
        { flattened: true },
      ),
      Quiet: z.boolean().optional(),
    }),
  }),
  errors: [S3Error],
  async handle(input, context, { storage }: Pick<S3Deps, "storage">) {
    const { Delete, ContentMD5 } = input;
    // Clients that give no checksum of the list would not notice when it was changed on its way.
    if (ContentMD5 === undefined && CHECKSUMS.every((name) => input[name] === undefined)) {
      throw invalidRequest("Missing required header for this request: Content-MD5");
    }
    if (Delete.Object.length === 0 || Delete.Object.length > MAX_DELETES) throw malformedXml();
    const bucket = await bucketOf(input, { storage });
    const request = eventRequest(context);
    const results: { readonly Deleted?: Xml; readonly Error?: Xml }[] = [];
    const one = async (index: number): Promise<void> => {
      const { Key, VersionId, ETag } = Delete.Object[index] as (typeof Delete.Object)[number];
      const named = { Key, ...(VersionId !== undefined && { VersionId }) };
      try {
        checkKey(Key);
        const refusal = await context.refusalOf("DeleteObject", { Bucket: bucket.name, ...named });
        if (refusal) throw new S3Error("AccessDenied", 403, refusal.message || "Access Denied");
        const deleted = await storage.objects.delete(bucket, {
          key: Key,
          versionId: VersionId,
          ifMatch: ETag,
          request,
        });
        const marker = { DeleteMarker: true, DeleteMarkerVersionId: deleted.versionId };
        results[index] = { Deleted: { ...named, ...(deleted.isMarker && marker) } };
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        results[index] = { Error: { ...named, Code: error.code, Message: error.message } };
      }
    };
    for (let start = 0; start < Delete.Object.length; start += AT_ONCE) {
      const indexes = Delete.Object.slice(start, start + AT_ONCE).map((_, offset) => start + offset);
      await Promise.all(indexes.map(one));
    }
    const deleted = Delete.Quiet === true ? [] : results.flatMap((result) => result.Deleted ?? []);
    return xmlReply("DeleteResult", { Deleted: deleted, Error: results.flatMap((result) => result.Error ?? []) });
  },
});
