import { S3Error } from "@hearth/objects";
import { operation, Reply } from "@hearth/wire";
import { z } from "zod";
import { compilePolicy, InvalidPolicy } from "@hearth/access";

import type { S3Deps } from "../deps.ts";
import { publicStatements } from "../publicPolicy.ts";
import { bucketOf, ofBucket, OWNER_HEADER } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";
import { notFound, removal, shared } from "../bucketSetting.ts";

type Storage = Pick<S3Deps, "storage">;

export const getBucketPolicy = operation({
  ...shared,
  name: "GetBucketPolicy",
  http: ["GET", "/{Bucket}?policy", 200],
  async handle(asked, _context, deps: Storage) {
    const { name, settings } = await bucketOf(asked, deps);
    if (settings.policy === undefined) throw noPolicy(name);
    return new Reply(200, { "Content-Type": "application/json" }, Buffer.from(settings.policy));
  },
});

const noPolicy = notFound("NoSuchBucketPolicy", "The bucket policy does not exist");
const MAX_POLICY_BYTES = 20 * 1024;

export const putBucketPolicy = operation({
  name: "PutBucketPolicy",
  http: ["PUT", "/{Bucket}?policy", 204],
  headers: OWNER_HEADER,
  payload: "Policy",
  input: z.object({ ...ofBucket, Policy: z.string() }),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Storage) {
    const bucket = await bucketOf(asked, { storage });
    const policy = checkedPolicy(asked.Policy, bucket.name);
    const { publicAccessBlock } = bucket.settings;
    if (publicAccessBlock?.BlockPublicPolicy && publicStatements.isIn(policy)) {
      throw new S3Error(
        "AccessDenied",
        403,
        `User is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket.name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      );
    }
    await storage.change(bucket, { policy: asked.Policy });
    return headersReply(204);
  },
});

function checkedPolicy(text: string, bucket: string): object {
  const malformed = (message: string): S3Error => new S3Error("MalformedPolicy", 400, message);
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) {
    throw new S3Error("PolicyTooLarge", 400, "Policy exceeds the maximum allowed document size.");
  }
  try {
    compilePolicy(text);
  } catch (error) {
    if (error instanceof InvalidPolicy) throw malformed(error.message);
    throw error;
  }
  const policy = JSON.parse(text) as { readonly Statement?: unknown };
  const statements = (Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement]) as readonly {
    readonly Resource?: unknown;
    readonly NotResource?: unknown;
  }[];
  for (const { Resource, NotResource } of statements) {
    const named = [Resource ?? NotResource].flat().map(String);
    const own = new RegExp(`^arn:[^:]*:s3:::${bucket.replaceAll(".", "\\.")}(/|$)`);
    if (named.length === 0 || !named.every((resource) => own.test(resource))) {
      throw malformed("Policy has invalid resource");
    }
  }
  return policy;
}

export const getBucketPolicyStatus = operation({
  ...shared,
  name: "GetBucketPolicyStatus",
  http: ["GET", "/{Bucket}?policyStatus", 200],
  async handle(asked, _context, deps: Storage) {
    const { name, policy } = await bucketOf(asked, deps);
    if (!policy) throw noPolicy(name);
    return xmlReply("PolicyStatus", { IsPublic: publicStatements.isIn(policy) ? "TRUE" : "FALSE" });
  },
});
export const deleteBucketPolicy = removal("DeleteBucketPolicy", "policy", "policy");
