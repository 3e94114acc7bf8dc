import type { NotificationTarget, ObjectEvent } from "@hearth/objects";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
export const EVENT_NAMES: ReadonlySet<string> = new Set(
  `s3:ObjectCreated:* s3:ObjectCreated:Put s3:ObjectCreated:Post s3:ObjectCreated:Copy s3:ObjectCreated:CompleteMultipartUpload
   s3:ObjectRemoved:* s3:ObjectRemoved:Delete s3:ObjectRemoved:DeleteMarkerCreated s3:ObjectTagging:* s3:ObjectTagging:Put s3:ObjectTagging:Delete
   s3:ObjectRestore:* s3:ObjectRestore:Post s3:ObjectRestore:Completed s3:ObjectRestore:Delete s3:ReducedRedundancyLostObject
   s3:Replication:* s3:Replication:OperationFailedReplication s3:Replication:OperationNotTracked s3:Replication:OperationMissedThreshold
   s3:Replication:OperationReplicatedAfterThreshold s3:LifecycleExpiration:* s3:LifecycleExpiration:Delete
   s3:LifecycleExpiration:DeleteMarkerCreated s3:LifecycleTransition s3:IntelligentTiering s3:ObjectAcl:Put`.split(
    /\s+/,
  ),
);

export function isAbout(
  { Events, prefix, suffix }: NotificationTarget,
  { name, key }: Pick<ObjectEvent, "name" | "key">,
): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix) && Events.some((event) => covers(event, `s3:${name}`));
}

/** Whether an event of one can be one of the other, for the same key. */
export function overlap(a: NotificationTarget, b: NotificationTarget): boolean {
  const events = a.Events.some((one) => b.Events.some((other) => covers(one, other) || covers(other, one)));
  const prefixes = a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
  return events && prefixes && (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix));
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
