import type { AnyOperation } from "@hearth/wire";
import type { S3Deps } from "./deps.ts";
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from "./operations/acls.ts";
import { deleteBucketCors, getBucketCors, putBucketCors } from "./operations/bucketCors.ts";
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  putBucketPolicy,
} from "./operations/bucketPolicy.ts";
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from "./operations/buckets.ts";
import { copyObject } from "./operations/copyObject.ts";
import { deleteObject, deleteObjects } from "./operations/deleteObject.ts";
import { getObject, headObject } from "./operations/getObject.ts";
import { getObjectAttributes } from "./operations/getObjectAttributes.ts";
import { listMultipartUploads } from "./operations/listMultipartUploads.ts";
import { listObjectVersions } from "./operations/listObjectVersions.ts";
import { listObjects, listObjectsV2 } from "./operations/listObjects.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from "./operations/multipart.ts";
import { getBucketNotificationConfiguration, putBucketNotificationConfiguration } from "./operations/notifications.ts";
import {
  deleteBucketOwnershipControls,
  deletePublicAccessBlock,
  getBucketOwnershipControls,
  getPublicAccessBlock,
  putBucketOwnershipControls,
  putPublicAccessBlock,
} from "./operations/publicAccess.ts";
import { putObject } from "./operations/putObject.ts";
import {
  deleteBucketAnalyticsConfiguration,
  deleteBucketEncryption,
  deleteBucketIntelligentTieringConfiguration,
  deleteBucketInventoryConfiguration,
  deleteBucketLifecycle,
  deleteBucketMetricsConfiguration,
  deleteBucketReplication,
  deleteBucketWebsite,
  getBucketAccelerateConfiguration,
  getBucketEncryption,
  getBucketLifecycleConfiguration,
  getBucketLogging,
  getBucketReplication,
  getBucketRequestPayment,
  getBucketVersioning,
  getBucketWebsite,
  getObjectLockConfiguration,
  putBucketEncryption,
  putBucketVersioning,
} from "./operations/subresources.ts";
import {
  deleteBucketTagging,
  deleteObjectTagging,
  getBucketTagging,
  getObjectTagging,
  putBucketTagging,
  putObjectTagging,
} from "./operations/tagging.ts";

/** The operations of S3 that Hearth has. */
export const operations: readonly AnyOperation<S3Deps>[] = [
  abortMultipartUpload,
  completeMultipartUpload,
  copyObject,
  createBucket,
  createMultipartUpload,
  deleteBucket,
  deleteBucketAnalyticsConfiguration,
  deleteBucketCors,
  deleteBucketEncryption,
  deleteBucketIntelligentTieringConfiguration,
  deleteBucketInventoryConfiguration,
  deleteBucketLifecycle,
  deleteBucketMetricsConfiguration,
  deleteBucketOwnershipControls,
  deleteBucketPolicy,
  deleteBucketReplication,
  deleteBucketTagging,
  deleteBucketWebsite,
  deleteObject,
  deleteObjectTagging,
  deleteObjects,
  deletePublicAccessBlock,
  getBucketAccelerateConfiguration,
  getBucketAcl,
  getBucketCors,
  getBucketEncryption,
  getBucketLifecycleConfiguration,
  getBucketLocation,
  getBucketLogging,
  getBucketNotificationConfiguration,
  getBucketOwnershipControls,
  getBucketPolicy,
  getBucketPolicyStatus,
  getBucketReplication,
  getBucketRequestPayment,
  getBucketTagging,
  getBucketVersioning,
  getBucketWebsite,
  getObject,
  getObjectAcl,
  getObjectAttributes,
  getObjectLockConfiguration,
  getObjectTagging,
  getPublicAccessBlock,
  headBucket,
  headObject,
  listBuckets,
  listMultipartUploads,
  listObjectVersions,
  listObjects,
  listObjectsV2,
  listParts,
  putBucketAcl,
  putBucketCors,
  putBucketEncryption,
  putBucketNotificationConfiguration,
  putBucketOwnershipControls,
  putBucketPolicy,
  putBucketTagging,
  putBucketVersioning,
  putObject,
  putObjectAcl,
  putObjectTagging,
  putPublicAccessBlock,
  uploadPart,
  uploadPartCopy,
];
