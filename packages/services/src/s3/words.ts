import { S3Error } from "@hearth/objects";
import type { Bucket } from "@hearth/objects";
import { globalArn } from "@hearth/model";
import { z } from "zod";
import type { S3Deps } from "./deps.ts";

const MAX_KEY_BYTES = 1_024;

/** Members of nearly every input. */
export const ofBucket = { Bucket: z.string(), ExpectedBucketOwner: z.string().optional() };
export const ofObject = { ...ofBucket, Key: z.string() };
/** Their headers. */
export const OWNER_HEADER = { ExpectedBucketOwner: "x-amz-expected-bucket-owner" } as const;

const NAME = /^(?=.{3,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const RESERVED = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return NAME.test(name) && !/^\d+\.\d+\.\d+\.\d+$/.test(name) && !RESERVED.test(name);
}

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return;
  throw new S3Error("KeyTooLongError", 400, "Your key is too long", {
    Size: String(Buffer.byteLength(key)),
    MaxSizeAllowed: String(MAX_KEY_BYTES),
  });
}

/** The bucket of a request. Rejects with NoSuchBucket, and with AccessDenied when it belongs to another account than the request says. */
export async function bucketOf(
  input: { readonly Bucket: string; readonly ExpectedBucketOwner?: string | undefined },
  { storage }: Pick<S3Deps, "storage">,
): Promise<Bucket> {
  const bucket = await storage.bucket(input.Bucket);
  if (input.ExpectedBucketOwner !== undefined && input.ExpectedBucketOwner !== bucket.accountId) {
    throw new S3Error("AccessDenied", 403, "Access Denied");
  }
  return bucket;
}

export function bucketArn(bucket: string, region: string, key?: string): string {
  return `${globalArn({ service: "s3", region, accountId: "", resource: "" })}${key === undefined ? bucket : `${bucket}/${key}`}`;
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** The id that S3 shows for an account in ACLs and listings. */
export function ownerOf(accountId: string): { readonly ID: string; readonly DisplayName: string } {
  return { ID: accountId.padStart(64, "0"), DisplayName: accountId };
}
