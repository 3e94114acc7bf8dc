import { invalidArgument, malformedXml, S3Error } from "@hearth/objects";
import { operation, wire } from "@hearth/wire";
import { z } from "zod";

import type { S3Deps } from "../deps.ts";

import { bucketOf, ofBucket, OWNER_HEADER } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";
import { absent, fixed, notFound, nothingToRemove, removal, shared } from "../bucketSetting.ts";

type Storage = Pick<S3Deps, "storage">;

export const getBucketWebsite = absent(
  "GetBucketWebsite",
  "website",
  notFound("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
);
export const getBucketLifecycleConfiguration = absent(
  "GetBucketLifecycleConfiguration",
  "lifecycle",
  notFound("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
);
export const getBucketReplication = absent(
  "GetBucketReplication",
  "replication",
  notFound("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
);
export const getObjectLockConfiguration = absent(
  "GetObjectLockConfiguration",
  "object-lock",
  notFound("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
);
export const getBucketAccelerateConfiguration = fixed(
  "GetBucketAccelerateConfiguration",
  "accelerate",
  "AccelerateConfiguration",
  {},
);
export const getBucketLogging = fixed("GetBucketLogging", "logging", "BucketLoggingStatus", {});
export const getBucketRequestPayment = fixed(
  "GetBucketRequestPayment",
  "requestPayment",
  "RequestPaymentConfiguration",
  {
    Payer: "BucketOwner",
  },
);
export const deleteBucketLifecycle = nothingToRemove("DeleteBucketLifecycle", "lifecycle");
export const deleteBucketReplication = nothingToRemove("DeleteBucketReplication", "replication");
export const deleteBucketWebsite = nothingToRemove("DeleteBucketWebsite", "website");
/** Of configurations with ids, of which a bucket may have several. */
const noSuchConfiguration = notFound("NoSuchConfiguration", "The specified configuration does not exist.");
export const deleteBucketAnalyticsConfiguration = absent(
  "DeleteBucketAnalyticsConfiguration",
  "analytics",
  noSuchConfiguration,
  "DELETE",
);
export const deleteBucketIntelligentTieringConfiguration = absent(
  "DeleteBucketIntelligentTieringConfiguration",
  "intelligent-tiering",
  noSuchConfiguration,
  "DELETE",
);
export const deleteBucketInventoryConfiguration = absent(
  "DeleteBucketInventoryConfiguration",
  "inventory",
  noSuchConfiguration,
  "DELETE",
);
export const deleteBucketMetricsConfiguration = absent(
  "DeleteBucketMetricsConfiguration",
  "metrics",
  noSuchConfiguration,
  "DELETE",
);

export const getBucketVersioning = operation({
  ...shared,
  name: "GetBucketVersioning",
  http: ["GET", "/{Bucket}?versioning", 200],
  async handle(asked, _context, deps: Storage) {
    const { versioning } = await bucketOf(asked, deps);
    return xmlReply("VersioningConfiguration", versioning === null ? {} : { Status: versioning });
  },
});

export const putBucketVersioning = operation({
  name: "PutBucketVersioning",
  http: ["PUT", "/{Bucket}?versioning", 200],
  headers: { ...OWNER_HEADER, MFA: "x-amz-mfa" },
  payload: "VersioningConfiguration",
  input: z.object({
    ...ofBucket,
    MFA: z.string().optional(),
    VersioningConfiguration: z
      .object({ Status: z.string().optional(), MfaDelete: wire(z.string(), { xmlName: "MfaDelete" }).optional() })
      .optional(),
  }),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Storage) {
    const { Status, MfaDelete } = asked.VersioningConfiguration ?? {};
    if (MfaDelete === "Enabled") throw new S3Error("NotImplemented", 501, "MFA delete is not implemented by Hearth.");
    if (Status !== "Enabled" && Status !== "Suspended") {
      throw new S3Error("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified");
    }
    await storage.change(await bucketOf(asked, { storage }), {}, Status);
    return headersReply(200);
  },
});

const Encryption = z.object({
  Rule: wire(
    z.array(
      z.object({
        ApplyServerSideEncryptionByDefault: z
          .object({ SSEAlgorithm: z.string().optional(), KMSMasterKeyID: z.string().optional() })
          .optional(),
        BucketKeyEnabled: z.boolean().optional(),
      }),
    ),
    { flattened: true },
  ),
});
const KMS_ALGORITHMS: ReadonlySet<string> = new Set(["aws:kms", "aws:kms:dsse"]);

/** Throws an S3Error for what is no default encryption. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html */
function checkEncryption({ Rule }: z.output<typeof Encryption>): void {
  if (Rule.length === 0) throw malformedXml();
  for (const { ApplyServerSideEncryptionByDefault: byDefault } of Rule) {
    if (!byDefault) continue;
    const { SSEAlgorithm = "", KMSMasterKeyID } = byDefault;
    if (SSEAlgorithm !== "AES256" && !KMS_ALGORITHMS.has(SSEAlgorithm)) throw malformedXml();
    if (KMSMasterKeyID !== undefined && SSEAlgorithm === "AES256") {
      throw invalidArgument(
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        "ApplyServerSideEncryptionByDefault",
      );
    }
  }
}

const DEFAULT_ENCRYPTION = {
  Rule: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }],
};

/** Stored and answered; objects are as the file system keeps them. */
export const getBucketEncryption = operation({
  ...shared,
  name: "GetBucketEncryption",
  http: ["GET", "/{Bucket}?encryption", 200],
  async handle(asked, _context, deps: Storage) {
    const { settings } = await bucketOf(asked, deps);
    const stored = settings.encryption as z.output<typeof Encryption> | undefined;
    return xmlReply("ServerSideEncryptionConfiguration", { ...(stored ?? DEFAULT_ENCRYPTION) });
  },
});

export const putBucketEncryption = operation({
  name: "PutBucketEncryption",
  http: ["PUT", "/{Bucket}?encryption", 200],
  headers: OWNER_HEADER,
  payload: "ServerSideEncryptionConfiguration",
  input: z.object({ ...ofBucket, ServerSideEncryptionConfiguration: Encryption }),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Storage) {
    checkEncryption(asked.ServerSideEncryptionConfiguration);
    await storage.change(await bucketOf(asked, { storage }), { encryption: asked.ServerSideEncryptionConfiguration });
    return headersReply(200);
  },
});
export const deleteBucketEncryption = removal("DeleteBucketEncryption", "encryption", "encryption");
