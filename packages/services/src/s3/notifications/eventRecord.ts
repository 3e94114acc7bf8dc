import type { Bucket, ObjectEvent } from "@hearth/objects";
import { bucketArn, ownerOf } from "../words.ts";

/** The message about an event, as targets get it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export function eventRecord(bucket: Bucket, configurationId: string, event: ObjectEvent): object {
  const { name, key, size, etag, versionId, time, request } = event;
  return {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: bucket.region,
        eventTime: new Date(time).toISOString(),
        eventName: name,
        userIdentity: { principalId: request.principalId },
        requestParameters: { sourceIPAddress: request.sourceIp },
        responseElements: { "x-amz-request-id": request.requestId, "x-amz-id-2": request.requestId },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId,
          bucket: {
            name: bucket.name,
            ownerIdentity: { principalId: ownerOf(bucket.accountId).ID },
            arn: bucketArn(bucket.name, bucket.region),
          },
          object: {
            key: urlEncoded(key),
            ...(size !== undefined && { size }),
            ...(etag !== undefined && { eTag: etag }),
            ...(versionId !== undefined && { versionId }),
            sequencer: sequencerOf(event),
          },
        },
      },
    ],
  };
}

/** Of two events of one key the later one has the higher text. */
export function sequencerOf({ seq }: Pick<ObjectEvent, "seq">): string {
  return seq.toString(16).toUpperCase().padStart(18, "0");
}

/** As a form writes it; slashes stay. */
function urlEncoded(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+");
}

interface Told {
  readonly detailType: string;
  readonly reason?: string;
  readonly deletionType?: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const TOLD: Readonly<Record<string, Told>> = {
  "ObjectCreated:Put": { detailType: "Object Created", reason: "PutObject" },
  "ObjectCreated:Copy": { detailType: "Object Created", reason: "CopyObject" },
  "ObjectCreated:CompleteMultipartUpload": { detailType: "Object Created", reason: "CompleteMultipartUpload" },
  "ObjectRemoved:Delete": {
    detailType: "Object Deleted",
    reason: "DeleteObject",
    deletionType: "Permanently Deleted",
  },
  "ObjectRemoved:DeleteMarkerCreated": {
    detailType: "Object Deleted",
    reason: "DeleteObject",
    deletionType: "Delete Marker Created",
  },
  "ObjectTagging:Put": { detailType: "Object Tags Added" },
  "ObjectTagging:Delete": { detailType: "Object Tags Deleted" },
};

/** The event on EventBridge. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html */
export function busEventOf(
  bucket: Bucket,
  event: ObjectEvent,
): { readonly detailType: string; readonly detail: object } {
  const { name, key, size, etag, versionId, request } = event;
  const { detailType, reason, deletionType } = TOLD[name] ?? { detailType: name };
  return {
    detailType,
    detail: {
      version: "0",
      bucket: { name: bucket.name },
      object: {
        key,
        ...(size !== undefined && { size }),
        ...(etag !== undefined && { etag }),
        ...(versionId !== undefined && { "version-id": versionId }),
        sequencer: sequencerOf(event),
      },
      "request-id": request.requestId,
      requester: request.requester,
      "source-ip-address": request.sourceIp,
      ...(reason !== undefined && { reason }),
      ...(deletionType !== undefined && { "deletion-type": deletionType }),
    },
  };
}
