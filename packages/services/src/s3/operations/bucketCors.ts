import { malformedXml, S3Error } from "@hearth/objects";
import { operation, wire } from "@hearth/wire";
import { z } from "zod";

import type { S3Deps } from "../deps.ts";

import { bucketOf, ofBucket, OWNER_HEADER } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";
import { removal, shared } from "../bucketSetting.ts";

type Storage = Pick<S3Deps, "storage">;

const text = (xmlName: string) => wire(z.array(z.string()), { flattened: true, xmlName });
const MAX_CORS_RULES = 100;
const METHODS = new Set(["GET", "PUT", "POST", "DELETE", "HEAD"]);

export const getBucketCors = operation({
  ...shared,
  name: "GetBucketCors",
  http: ["GET", "/{Bucket}?cors", 200],
  async handle(asked, _context, deps: Storage) {
    const { name, settings } = await bucketOf(asked, deps);
    if (!settings.cors) {
      throw new S3Error("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist", { BucketName: name });
    }
    return xmlReply("CORSConfiguration", {
      CORSRule: settings.cors.map((rule) => ({
        ID: rule.ID,
        AllowedHeader: rule.AllowedHeaders,
        AllowedMethod: rule.AllowedMethods,
        AllowedOrigin: rule.AllowedOrigins,
        ExposeHeader: rule.ExposeHeaders,
        MaxAgeSeconds: rule.MaxAgeSeconds,
      })),
    });
  },
});

export const putBucketCors = operation({
  name: "PutBucketCors",
  http: ["PUT", "/{Bucket}?cors", 200],
  headers: OWNER_HEADER,
  payload: "CORSConfiguration",
  input: z.object({
    ...ofBucket,
    CORSConfiguration: z.object({
      CORSRules: wire(
        z.array(
          z.object({
            ID: z.string().max(255).optional(),
            AllowedHeaders: text("AllowedHeader").optional(),
            AllowedMethods: text("AllowedMethod"),
            AllowedOrigins: text("AllowedOrigin"),
            ExposeHeaders: text("ExposeHeader").optional(),
            MaxAgeSeconds: z.number().int().optional(),
          }),
        ),
        { flattened: true, xmlName: "CORSRule" },
      ),
    }),
  }),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Storage) {
    const rules = asked.CORSConfiguration.CORSRules;
    if (rules.length === 0 || rules.length > MAX_CORS_RULES) throw malformedXml();
    for (const { AllowedMethods, AllowedOrigins, AllowedHeaders = [] } of rules) {
      const method = AllowedMethods.find((one) => !METHODS.has(one));
      if (method !== undefined) {
        throw new S3Error(
          "InvalidRequest",
          400,
          `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
        );
      }
      for (const [kind, values] of [
        ["AllowedOrigin", AllowedOrigins],
        ["AllowedHeader", AllowedHeaders],
      ] as const) {
        const wrong = values.find((value) => value.split("*").length > 2);
        if (wrong !== undefined)
          throw new S3Error("InvalidRequest", 400, `${kind} "${wrong}" can not have more than one wildcard.`);
      }
    }
    await storage.change(await bucketOf(asked, { storage }), { cors: rules });
    return headersReply(200);
  },
});
export const deleteBucketCors = removal("DeleteBucketCors", "cors", "cors");
