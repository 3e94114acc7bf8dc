import { type Bucket, invalidArgument, S3Error } from "@hearth/objects";

const CANNED = new Set(
  "private public-read public-read-write authenticated-read aws-exec-read bucket-owner-read bucket-owner-full-control log-delivery-write".split(
    " ",
  ),
);
/** ACLs that say what holds anyway while ACLs are off. */
const HARMLESS = new Set(["private", "bucket-owner-full-control"]);

/** They give others access, as parts of an ACL. */
export const GRANT_HEADERS = {
  GrantFullControl: "x-amz-grant-full-control",
  GrantRead: "x-amz-grant-read",
  GrantReadACP: "x-amz-grant-read-acp",
  GrantWrite: "x-amz-grant-write",
  GrantWriteACP: "x-amz-grant-write-acp",
} as const;

type Grants = { readonly [Name in keyof typeof GRANT_HEADERS]?: string | undefined };

/** Throws when a request gives others access by headers. */
export function checkGrants(input: Grants): void {
  if (hasGrants(input)) throw aclsAreOff();
}

export function hasGrants(input: Grants): boolean {
  return Object.keys(GRANT_HEADERS).some((name) => input[name as keyof Grants] !== undefined);
}

/** ACLs are off, as they are in new buckets on AWS: policies decide. Throws for one that would give others access. */
export function checkAcl(acl: string | undefined, bucket?: Bucket): void {
  if (acl === undefined || acl === "") return;
  if (!CANNED.has(acl)) throw invalidArgument("", "x-amz-acl", acl);
  if (HARMLESS.has(acl)) return;
  throw bucket === undefined ? newBucketsHaveNoAcl() : aclsAreOff();
}

export function newBucketsHaveNoAcl(): S3Error {
  return new S3Error(
    "InvalidBucketAclWithObjectOwnership",
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  );
}

export function aclsAreOff(): S3Error {
  return new S3Error("AccessControlListNotSupported", 400, "The bucket does not allow ACLs");
}
