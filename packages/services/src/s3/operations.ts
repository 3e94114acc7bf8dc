import type { AnyOperation } from "@hearth/wire";
import type { S3Deps } from "./deps.ts";
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from "./operations/buckets.ts";
import { deleteObject, deleteObjects } from "./operations/deleteObject.ts";
import { getObject, headObject } from "./operations/getObject.ts";
import { listObjects, listObjectsV2 } from "./operations/listObjects.ts";
import { putObject } from "./operations/putObject.ts";

/** The operations of S3 that Hearth has. */
export const operations: readonly AnyOperation<S3Deps>[] = [
  createBucket,
  deleteBucket,
  deleteObject,
  deleteObjects,
  getBucketLocation,
  getObject,
  headBucket,
  headObject,
  listBuckets,
  listObjects,
  listObjectsV2,
  putObject,
];
