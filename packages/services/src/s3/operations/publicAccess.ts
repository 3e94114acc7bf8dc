import { malformedXml, S3Error } from "@hearth/objects";
import { operation, wire } from "@hearth/wire";
import { z } from "zod";

import type { S3Deps } from "../deps.ts";

import { bucketOf, ofBucket, OWNER_HEADER } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";
import { removal, shared } from "../bucketSetting.ts";
import { OWNERSHIPS } from "./buckets.ts";

type Storage = Pick<S3Deps, "storage">;

export const getPublicAccessBlock = operation({
  ...shared,
  name: "GetPublicAccessBlock",
  http: ["GET", "/{Bucket}?publicAccessBlock", 200],
  async handle(asked, _context, deps: Storage) {
    const { name, settings } = await bucketOf(asked, deps);
    if (settings.publicAccessBlock)
      return xmlReply("PublicAccessBlockConfiguration", { ...settings.publicAccessBlock });
    throw new S3Error(
      "NoSuchPublicAccessBlockConfiguration",
      404,
      "The public access block configuration was not found",
      {
        BucketName: name,
      },
    );
  },
});

export const putPublicAccessBlock = operation({
  name: "PutPublicAccessBlock",
  http: ["PUT", "/{Bucket}?publicAccessBlock", 200],
  headers: OWNER_HEADER,
  payload: "PublicAccessBlockConfiguration",
  input: z.object({
    ...ofBucket,
    PublicAccessBlockConfiguration: z.object({
      BlockPublicAcls: z.boolean().default(false),
      IgnorePublicAcls: z.boolean().default(false),
      BlockPublicPolicy: z.boolean().default(false),
      RestrictPublicBuckets: z.boolean().default(false),
    }),
  }),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Storage) {
    await storage.change(await bucketOf(asked, { storage }), {
      publicAccessBlock: asked.PublicAccessBlockConfiguration,
    });
    return headersReply(200);
  },
});
export const deletePublicAccessBlock = removal("DeletePublicAccessBlock", "publicAccessBlock", "publicAccessBlock");

export const getBucketOwnershipControls = operation({
  ...shared,
  name: "GetBucketOwnershipControls",
  http: ["GET", "/{Bucket}?ownershipControls", 200],
  async handle(asked, _context, deps: Storage) {
    const { name, settings } = await bucketOf(asked, deps);
    if (settings.ownership !== undefined) {
      return xmlReply("OwnershipControls", { Rule: [{ ObjectOwnership: settings.ownership }] });
    }
    throw new S3Error("OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found", {
      BucketName: name,
    });
  },
});

export const putBucketOwnershipControls = operation({
  name: "PutBucketOwnershipControls",
  http: ["PUT", "/{Bucket}?ownershipControls", 200],
  headers: OWNER_HEADER,
  payload: "OwnershipControls",
  input: z.object({
    ...ofBucket,
    OwnershipControls: z.object({
      Rule: wire(z.array(z.object({ ObjectOwnership: z.string() })), { flattened: true }),
    }),
  }),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Storage) {
    const [rule, ...more] = asked.OwnershipControls.Rule;
    if (!rule || more.length > 0 || !OWNERSHIPS.has(rule.ObjectOwnership)) throw malformedXml();
    await storage.change(await bucketOf(asked, { storage }), { ownership: rule.ObjectOwnership });
    return headersReply(200);
  },
});
export const deleteBucketOwnershipControls = removal("DeleteBucketOwnershipControls", "ownershipControls", "ownership");
