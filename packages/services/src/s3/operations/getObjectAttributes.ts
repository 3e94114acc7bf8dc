import { invalidArgument, S3Error } from "@hearth/objects";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { checkCustomerKey, checkedNumber, CUSTOMER_KEY_HEADER, textMembers } from "../objectHeaders.ts";
import { bucketOf, ofObject, OWNER_HEADER } from "../words.ts";
import { xmlReply } from "../xml.ts";
import { versionHeader } from "./putObject.ts";

const ATTRIBUTES = new Set(["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]);

export const getObjectAttributes = operation({
  name: "GetObjectAttributes",
  http: ["GET", "/{Bucket}/{Key+}?attributes", 200],
  headers: {
    ...OWNER_HEADER,
    ...CUSTOMER_KEY_HEADER,
    ObjectAttributes: "x-amz-object-attributes",
    MaxParts: "x-amz-max-parts",
    PartNumberMarker: "x-amz-part-number-marker",
  },
  query: { VersionId: "versionId" },
  isDataEvent: true,
  input: z.object({
    ...ofObject,
    ...textMembers(CUSTOMER_KEY_HEADER),
    VersionId: z.string().optional(),
    ObjectAttributes: z.string().optional(),
    MaxParts: z.string().optional(),
    PartNumberMarker: z.string().optional(),
  }),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const asked = new Set((input.ObjectAttributes ?? "").split(",").map((name) => name.trim()));
    if ([...asked].some((name) => !ATTRIBUTES.has(name))) {
      throw invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", input.ObjectAttributes);
    }
    const bucket = await bucketOf(input, { storage });
    const version = await storage.objects.find(bucket, input.Key, input.VersionId);
    checkCustomerKey(input);
    const { checksum, parts, storageClass } = version.facts;
    const after = checkedNumber(input.PartNumberMarker, "x-amz-part-number-marker", 0, 10_000) ?? 0;
    const limit = checkedNumber(input.MaxParts, "x-amz-max-parts", 0, 2_147_483_647) ?? 1_000;
    const rest = (parts ?? []).filter(({ number }) => number > after);
    const page = rest.slice(0, Math.min(limit, 1_000));
    const algorithm = checksum?.algorithm ?? "";
    return xmlReply(
      "GetObjectAttributesResponse",
      {
        ETag: asked.has("ETag") ? version.etag : undefined,
        Checksum:
          asked.has("Checksum") && checksum
            ? { [`Checksum${algorithm}`]: checksum.value, ChecksumType: checksum.type }
            : undefined,
        ObjectParts:
          asked.has("ObjectParts") && parts
            ? {
                PartsCount: parts.length,
                PartNumberMarker: after,
                NextPartNumberMarker: page.at(-1)?.number ?? 0,
                MaxParts: limit,
                IsTruncated: rest.length > page.length,
                Part: parts.some((part) => part.checksum !== undefined)
                  ? page.map((part) => ({
                      PartNumber: part.number,
                      Size: part.size,
                      [`Checksum${algorithm}`]: part.checksum,
                    }))
                  : [],
              }
            : undefined,
        StorageClass: asked.has("StorageClass") ? (storageClass ?? "STANDARD") : undefined,
        ObjectSize: asked.has("ObjectSize") ? version.size : undefined,
      },
      {
        "Last-Modified": new Date(version.modifiedAt).toUTCString(),
        ...versionHeader(version, bucket.versioning),
      },
    );
  },
});
