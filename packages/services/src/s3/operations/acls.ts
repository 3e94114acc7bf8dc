import { S3Error } from "@hearth/objects";
import { operation, Reply } from "@hearth/wire";
import { z } from "zod";

import { aclsAreOff, checkAcl } from "../acl.ts";
import type { S3Deps } from "../deps.ts";

import { bucketOf, ofBucket, ofObject, OWNER_HEADER, ownerOf } from "../words.ts";
import { headersReply, type Xml, xmlReply } from "../xml.ts";
import { shared } from "../bucketSetting.ts";

type Storage = Pick<S3Deps, "storage">;

function aclOf(accountId: string): { readonly [name: string]: Xml } {
  const { ID, DisplayName } = ownerOf(accountId);
  return {
    Owner: { ID, DisplayName },
    AccessControlList: { Grant: [{ Grantee: { Type: "CanonicalUser", ID, DisplayName }, Permission: "FULL_CONTROL" }] },
  };
}

/** The type of a grantee is an attribute. */
function aclReply(accountId: string): Reply {
  const { status, headers, body } = xmlReply("AccessControlPolicy", aclOf(accountId));
  const text = Buffer.from(body as Uint8Array)
    .toString()
    .replace(
      "<Grantee><Type>CanonicalUser</Type>",
      '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">',
    );
  return new Reply(status, headers, Buffer.from(text));
}

export const getBucketAcl = operation({
  ...shared,
  name: "GetBucketAcl",
  http: ["GET", "/{Bucket}?acl", 200],
  handle: async (asked, _context, deps: Storage) => aclReply((await bucketOf(asked, deps)).accountId),
});

export const getObjectAcl = operation({
  name: "GetObjectAcl",
  http: ["GET", "/{Bucket}/{Key+}?acl", 200],
  headers: OWNER_HEADER,
  query: { VersionId: "versionId" },
  input: z.object({ ...ofObject, VersionId: z.string().optional() }),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Storage) {
    const bucket = await bucketOf(asked, { storage });
    if (!bucket.passedOn) await storage.objects.find(bucket, asked.Key, asked.VersionId); // else it was asked there
    return aclReply(bucket.accountId);
  },
});

const acl = { headers: { ...OWNER_HEADER, ACL: "x-amz-acl" }, errors: [S3Error] } as const;

/** ACLs are off; one that says what holds anyway is taken. */
export const putBucketAcl = operation({
  ...acl,
  name: "PutBucketAcl",
  http: ["PUT", "/{Bucket}?acl", 200],
  input: z.object({ ...ofBucket, ACL: z.string().optional() }),
  async handle(asked, _context, deps: Storage) {
    const bucket = await bucketOf(asked, deps);
    if (asked.ACL === undefined) throw aclsAreOff();
    checkAcl(asked.ACL, bucket);
    return headersReply(200);
  },
});

export const putObjectAcl = operation({
  ...acl,
  name: "PutObjectAcl",
  http: ["PUT", "/{Bucket}/{Key+}?acl", 200],
  query: { VersionId: "versionId" },
  input: z.object({ ...ofObject, ACL: z.string().optional(), VersionId: z.string().optional() }),
  async handle(asked, _context, { storage }: Storage) {
    const bucket = await bucketOf(asked, { storage });
    if (!bucket.passedOn) await storage.objects.find(bucket, asked.Key, asked.VersionId); // else it was asked there
    if (asked.ACL === undefined) throw aclsAreOff();
    checkAcl(asked.ACL, bucket);
    return headersReply(200);
  },
});
