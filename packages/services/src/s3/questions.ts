import { type AskedCall, type Input, type Question, type Questions, textOf } from "@hearth/access";
import { parseCopySource } from "./copySource.ts";
import { bucketArn } from "./words.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
export const questions: Questions = (call) => {
  const { operation, input, accountId } = call;
  if (operation === "ListBuckets") return [{ action: "s3:ListAllMyBuckets", resources: ["*"], accountId }];
  if (operation === "DeleteObjects") return []; // asked key by key, as DeleteObject
  const Bucket = textOf(input, "Bucket") ?? "";
  const Key = ON_BUCKET.has(operation) ? undefined : textOf(input, "Key");
  const VersionId = textOf(input, "VersionId");
  const versioned = VersionId === undefined ? "" : "Version";
  const action = ACTIONS[operation] ?? operation;
  const about = about_(call, Bucket, Key, VersionId);
  switch (operation) {
    case "CreateBucket":
      return [{ ...about("CreateBucket"), isNew: true, asksResource: false }];
    case "GetObject":
    case "HeadObject":
      return [about(`GetObject${versioned}`)];
    case "DeleteObject":
      return [about(`DeleteObject${versioned}`)];
    case "GetObjectTagging":
    case "PutObjectTagging":
    case "DeleteObjectTagging":
      return [about(versioned === "" ? operation : operation.replace("Object", "ObjectVersion"))];
    case "GetObjectAttributes":
      return [about(`GetObject${versioned}`), about(`GetObject${versioned}Attributes`)];
    case "CopyObject":
    case "UploadPartCopy":
      return [about("PutObject"), ...sourceQuestions(call, input), ...taggingQuestion(input, about)];
    case "PutObject":
    case "CreateMultipartUpload":
      return [about("PutObject"), ...taggingQuestion(input, about)];
    default:
      return [about(action)];
  }
};

type About = (action: string) => Question;

function about_(
  { accountId, region, input, operation }: AskedCall,
  bucket: string,
  key: string | undefined,
  VersionId: string | undefined,
): About {
  return (action) => ({
    action: `s3:${action}`,
    resources: [bucketArn(bucket, region, key)],
    accountId, // or the bucket's owner: see resources.ts
    asksResource: true,
    ...(key !== undefined && { parts: [{ Bucket: bucket, Key: key, VersionId }] }),
    keys: (name) => {
      if (name === "s3:objectcreationoperation") return [String(MAKES_OBJECT.has(operation))];
      return name.startsWith(REQUEST_TAG) ? requestTag(input, name.slice(REQUEST_TAG.length)) : KEYS[name]?.(input);
    },
  });
}

function sourceQuestions(call: AskedCall, input: Input): readonly Question[] {
  const source = parseCopySource(textOf(input, "CopySource") ?? "");
  if (!source) return [];
  const { Bucket, Key, VersionId } = source;
  return [about_(call, Bucket, Key, VersionId)(VersionId === undefined ? "GetObject" : "GetObjectVersion")];
}

function taggingQuestion(input: Input, about: About): readonly Question[] {
  return textOf(input, "Tagging") === undefined ? [] : [about("PutObjectTagging")];
}

function texts(member: string): (input: Input) => readonly string[] | undefined {
  return (input) => {
    const value = textOf(input, member);
    return value === undefined ? undefined : [value];
  };
}

/** Requests that make an object, and not only a part of one. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
const MAKES_OBJECT: ReadonlySet<string> = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload"]);
const REQUEST_TAG = "s3:requestobjecttag/";

/** The tags that a request gives an object. */
function taggingOf(input: Input): ReadonlyMap<string, string> | undefined {
  const header = textOf(input, "Tagging");
  if (header !== undefined) return new Map(new URLSearchParams(header));
  const { TagSet } = (input["Tagging"] ?? {}) as {
    readonly TagSet?: readonly { readonly Key: string; readonly Value: string }[];
  };
  return TagSet && new Map(TagSet.map(({ Key, Value }) => [Key, Value]));
}

/** Names of keys arrive in lower case. */
function requestTag(input: Input, name: string): readonly string[] | undefined {
  for (const [key, value] of taggingOf(input) ?? []) {
    if (key.toLowerCase() === name) return [value];
  }
  return undefined;
}

/** Condition keys of S3. Keys of conditions arrive in lower case. */
const KEYS: Readonly<Record<string, (input: Input) => readonly string[] | undefined>> = {
  "s3:prefix": texts("Prefix"),
  "s3:delimiter": texts("Delimiter"),
  "s3:max-keys": texts("MaxKeys"),
  "s3:versionid": texts("VersionId"),
  "s3:x-amz-acl": texts("ACL"),
  "s3:x-amz-copy-source": texts("CopySource"),
  "s3:x-amz-storage-class": texts("StorageClass"),
  "s3:x-amz-server-side-encryption": texts("ServerSideEncryption"),
  "s3:x-amz-metadata-directive": texts("MetadataDirective"),
  "s3:if-match": texts("IfMatch"),
  "s3:if-none-match": texts("IfNoneMatch"),
  "s3:locationconstraint": (input) => {
    const { LocationConstraint } = (input["CreateBucketConfiguration"] ?? {}) as Input;
    return typeof LocationConstraint === "string" ? [LocationConstraint] : undefined;
  },
  "s3:requestobjecttagkeys": (input) => {
    const tags = taggingOf(input);
    return tags && [...tags.keys()];
  },
};

const ON_BUCKET = new Set(["DeleteObjects"]);

const ACTIONS: Readonly<Record<string, string>> = {
  HeadBucket: "ListBucket",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListMultipartUploads: "ListBucketMultipartUploads",
  ListParts: "ListMultipartUploadParts",
  CompleteMultipartUpload: "PutObject",
  UploadPart: "PutObject",
  GetObjectAcl: "GetObjectAcl",
  GetBucketCors: "GetBucketCORS",
  PutBucketCors: "PutBucketCORS",
  DeleteBucketCors: "PutBucketCORS",
  DeleteBucketAnalyticsConfiguration: "PutAnalyticsConfiguration",
  DeleteBucketIntelligentTieringConfiguration: "PutIntelligentTieringConfiguration",
  DeleteBucketInventoryConfiguration: "PutInventoryConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  DeleteBucketMetricsConfiguration: "PutMetricsConfiguration",
  DeleteBucketReplication: "PutReplicationConfiguration",
  DeleteBucketTagging: "PutBucketTagging",
  GetBucketEncryption: "GetEncryptionConfiguration",
  PutBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  DeleteBucketOwnershipControls: "PutBucketOwnershipControls",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  GetBucketReplication: "GetReplicationConfiguration",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  PutBucketNotificationConfiguration: "PutBucketNotification",
};
