import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  AbortMultipartUploadCommand,
  ListObjectVersionsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

/** A target with a client of S3. Disposing deletes the buckets that `newBucket` made. */
export interface S3Target extends ServiceTarget {
  readonly s3: S3Client;
  newBucket(): Promise<string>;
}

/** On a Hearth of its own, the shared one or AWS; or on `service`, which is disposed with it. */
export async function s3Target(service?: ServiceTarget): Promise<S3Target> {
  const target = service ?? (await serviceTarget());
  const s3 = new S3Client({ ...target.config, forcePathStyle: !target.isAws, maxAttempts: 1 });
  const made: string[] = [];
  return {
    isAws: target.isAws,
    config: target.config,
    region: target.region,
    accountId: target.accountId,
    newName: () => target.newName(),
    s3,
    async newBucket() {
      const Bucket = target.newName();
      await s3.send(new CreateBucketCommand({ Bucket }));
      made.push(Bucket);
      return Bucket;
    },
    async [Symbol.asyncDispose]() {
      for (const Bucket of made) await remove(s3, Bucket);
      s3.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}

async function remove(s3: S3Client, Bucket: string): Promise<void> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket, EncodingType: "url" }),
    );
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key = "", VersionId }) => ({
      Key: decodeURIComponent(Key.replaceAll("+", " ")),
      VersionId,
    }));
    if (Objects.length === 0) break;
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}

/** The code and HTTP status of the error that `work` rejects with. */
export async function errorOf(work: Promise<unknown>): Promise<readonly [string, number | undefined]> {
  try {
    await work;
  } catch (error) {
    const { name, $metadata } = error as {
      readonly name: string;
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    return [name, $metadata?.httpStatusCode];
  }
  throw new Error("it did not fail");
}
