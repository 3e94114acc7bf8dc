import type { S3BucketRecord } from "@hearth/store";

/** A bucket with its sub-resources. The same object is the same state. */
export interface Bucket extends Omit<S3BucketRecord, "settings"> {
  readonly settings: BucketSettings;
  /** The bucket policy, read. */
  readonly policy: object | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

export interface CorsRule {
  readonly ID?: string | undefined;
  readonly AllowedHeaders?: readonly string[] | undefined;
  readonly AllowedMethods: readonly string[];
  readonly AllowedOrigins: readonly string[];
  readonly ExposeHeaders?: readonly string[] | undefined;
  readonly MaxAgeSeconds?: number | undefined;
}

export interface NotificationTarget {
  readonly Id: string;
  readonly kind: "Topic" | "Queue" | "LambdaFunction";
  readonly TargetArn: string;
  readonly Events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
  /** Which of the two rules were given, with their names as they were written. */
  readonly rules: readonly { readonly Name: string; readonly Value: string }[];
}

export interface Notifications {
  readonly targets: readonly NotificationTarget[];
  readonly eventBridge: boolean;
}

/** The sub-resources as they are stored; those that are absent were never put, or were deleted. */
export interface BucketSettings {
  /** The document's own text. */
  readonly policy?: string;
  readonly publicAccessBlock?: PublicAccessBlock;
  readonly ownership?: string;
  readonly cors?: readonly CorsRule[];
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly encryption?: object;
  readonly notifications?: Notifications;
  /** The last change of a policy, so that two writers do not overwrite each other unseen. */
  readonly acl?: string;
}
