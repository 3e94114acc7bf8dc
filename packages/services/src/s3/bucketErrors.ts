import { S3Error } from "@hearth/objects";

export const bucketAlreadyExists = (BucketName: string): S3Error =>
  new S3Error(
    "BucketAlreadyExists",
    409,
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    { BucketName },
  );

export const tooManyBuckets = (): S3Error =>
  new S3Error("TooManyBuckets", 400, "You have attempted to create more buckets than allowed");
