import type { AnyOperation, Service } from "@hearth/wire";
import type { S3Deps } from "./deps.ts";

/** Every operation of S3 with its method and path; PostObject is a form that a browser sends. */
const ALL = `
  DeleteObjectAnnotation DELETE /{Bucket}/{Key+}?annotation
  GetObjectAnnotation GET /{Bucket}/{Key+}?annotation&x-id=GetObjectAnnotation
  ListObjectAnnotations GET /{Bucket}/{Key+}?annotation
  PutObjectAnnotation PUT /{Bucket}/{Key+}?annotation
  UpdateBucketMetadataAnnotationTableConfiguration PUT /{Bucket}?metadataAnnotationTable
  AbortMultipartUpload DELETE /{Bucket}/{Key+}
  CompleteMultipartUpload POST /{Bucket}/{Key+}
  CopyObject PUT /{Bucket}/{Key+}
  CreateBucket PUT /{Bucket}
  CreateBucketMetadataConfiguration POST /{Bucket}?metadataConfiguration
  CreateBucketMetadataTableConfiguration POST /{Bucket}?metadataTable
  CreateMultipartUpload POST /{Bucket}/{Key+}?uploads
  CreateSession GET /{Bucket}?session
  DeleteBucket DELETE /{Bucket}
  DeleteBucketAnalyticsConfiguration DELETE /{Bucket}?analytics
  DeleteBucketCors DELETE /{Bucket}?cors
  DeleteBucketEncryption DELETE /{Bucket}?encryption
  DeleteBucketIntelligentTieringConfiguration DELETE /{Bucket}?intelligent-tiering
  DeleteBucketInventoryConfiguration DELETE /{Bucket}?inventory
  DeleteBucketLifecycle DELETE /{Bucket}?lifecycle
  DeleteBucketMetadataConfiguration DELETE /{Bucket}?metadataConfiguration
  DeleteBucketMetadataTableConfiguration DELETE /{Bucket}?metadataTable
  DeleteBucketMetricsConfiguration DELETE /{Bucket}?metrics
  DeleteBucketOwnershipControls DELETE /{Bucket}?ownershipControls
  DeleteBucketPolicy DELETE /{Bucket}?policy
  DeleteBucketReplication DELETE /{Bucket}?replication
  DeleteBucketTagging DELETE /{Bucket}?tagging
  DeleteBucketWebsite DELETE /{Bucket}?website
  DeleteObject DELETE /{Bucket}/{Key+}
  DeleteObjectTagging DELETE /{Bucket}/{Key+}?tagging
  DeleteObjects POST /{Bucket}?delete
  DeletePublicAccessBlock DELETE /{Bucket}?publicAccessBlock
  GetBucketAbac GET /{Bucket}?abac
  GetBucketAccelerateConfiguration GET /{Bucket}?accelerate
  GetBucketAcl GET /{Bucket}?acl
  GetBucketAnalyticsConfiguration GET /{Bucket}?analytics
  GetBucketCors GET /{Bucket}?cors
  GetBucketEncryption GET /{Bucket}?encryption
  GetBucketIntelligentTieringConfiguration GET /{Bucket}?intelligent-tiering
  GetBucketInventoryConfiguration GET /{Bucket}?inventory
  GetBucketLifecycleConfiguration GET /{Bucket}?lifecycle
  GetBucketLocation GET /{Bucket}?location
  GetBucketLogging GET /{Bucket}?logging
  GetBucketMetadataConfiguration GET /{Bucket}?metadataConfiguration
  GetBucketMetadataTableConfiguration GET /{Bucket}?metadataTable
  GetBucketMetricsConfiguration GET /{Bucket}?metrics
  GetBucketNotificationConfiguration GET /{Bucket}?notification
  GetBucketOwnershipControls GET /{Bucket}?ownershipControls
  GetBucketPolicy GET /{Bucket}?policy
  GetBucketPolicyStatus GET /{Bucket}?policyStatus
  GetBucketReplication GET /{Bucket}?replication
  GetBucketRequestPayment GET /{Bucket}?requestPayment
  GetBucketTagging GET /{Bucket}?tagging
  GetBucketVersioning GET /{Bucket}?versioning
  GetBucketWebsite GET /{Bucket}?website
  GetObject GET /{Bucket}/{Key+}
  GetObjectAcl GET /{Bucket}/{Key+}?acl
  GetObjectAttributes GET /{Bucket}/{Key+}?attributes
  GetObjectLegalHold GET /{Bucket}/{Key+}?legal-hold
  GetObjectLockConfiguration GET /{Bucket}?object-lock
  GetObjectRetention GET /{Bucket}/{Key+}?retention
  GetObjectTagging GET /{Bucket}/{Key+}?tagging
  GetObjectTorrent GET /{Bucket}/{Key+}?torrent
  GetPublicAccessBlock GET /{Bucket}?publicAccessBlock
  HeadBucket HEAD /{Bucket}
  HeadObject HEAD /{Bucket}/{Key+}
  ListBucketAnalyticsConfigurations GET /{Bucket}?analytics
  ListBucketIntelligentTieringConfigurations GET /{Bucket}?intelligent-tiering
  ListBucketInventoryConfigurations GET /{Bucket}?inventory
  ListBucketMetricsConfigurations GET /{Bucket}?metrics
  ListBuckets GET /
  ListDirectoryBuckets GET /
  ListMultipartUploads GET /{Bucket}?uploads
  ListObjectVersions GET /{Bucket}?versions
  ListObjects GET /{Bucket}
  ListObjectsV2 GET /{Bucket}?list-type=2
  ListParts GET /{Bucket}/{Key+}
  PostObject POST /{Bucket}
  PutBucketAbac PUT /{Bucket}?abac
  PutBucketAccelerateConfiguration PUT /{Bucket}?accelerate
  PutBucketAcl PUT /{Bucket}?acl
  PutBucketAnalyticsConfiguration PUT /{Bucket}?analytics
  PutBucketCors PUT /{Bucket}?cors
  PutBucketEncryption PUT /{Bucket}?encryption
  PutBucketIntelligentTieringConfiguration PUT /{Bucket}?intelligent-tiering
  PutBucketInventoryConfiguration PUT /{Bucket}?inventory
  PutBucketLifecycleConfiguration PUT /{Bucket}?lifecycle
  PutBucketLogging PUT /{Bucket}?logging
  PutBucketMetricsConfiguration PUT /{Bucket}?metrics
  PutBucketNotificationConfiguration PUT /{Bucket}?notification
  PutBucketOwnershipControls PUT /{Bucket}?ownershipControls
  PutBucketPolicy PUT /{Bucket}?policy
  PutBucketReplication PUT /{Bucket}?replication
  PutBucketRequestPayment PUT /{Bucket}?requestPayment
  PutBucketTagging PUT /{Bucket}?tagging
  PutBucketVersioning PUT /{Bucket}?versioning
  PutBucketWebsite PUT /{Bucket}?website
  PutObject PUT /{Bucket}/{Key+}
  PutObjectAcl PUT /{Bucket}/{Key+}?acl
  PutObjectLegalHold PUT /{Bucket}/{Key+}?legal-hold
  PutObjectLockConfiguration PUT /{Bucket}?object-lock
  PutObjectRetention PUT /{Bucket}/{Key+}?retention
  PutObjectTagging PUT /{Bucket}/{Key+}?tagging
  PutPublicAccessBlock PUT /{Bucket}?publicAccessBlock
  RenameObject PUT /{Bucket}/{Key+}?renameObject
  RestoreObject POST /{Bucket}/{Key+}?restore
  SelectObjectContent POST /{Bucket}/{Key+}?select
  UpdateBucketMetadataInventoryTableConfiguration PUT /{Bucket}?metadataInventoryTable
  UpdateBucketMetadataJournalTableConfiguration PUT /{Bucket}?metadataJournalTable
  UpdateObjectEncryption PUT /{Bucket}/{Key+}?encryption
  UploadPart PUT /{Bucket}/{Key+}
  UploadPartCopy PUT /{Bucket}/{Key+}
  WriteGetObjectResponse POST /WriteGetObjectResponse`;

/** The operations that are not among `built`. */
export function notBuiltOf(built: readonly AnyOperation<S3Deps>[]): Service["notBuilt"] {
  const names = new Set(built.map(({ name }) => name));
  return ALL.trim()
    .split("\n")
    .map((line) => line.trim().split(" ") as [string, Method, string])
    .filter(([name]) => !names.has(name))
    .map(([name, method, path]) => ({ name, http: [method, path, 200] as const }));
}

type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
