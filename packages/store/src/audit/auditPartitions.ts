/** "audit" in ASCII: the advisory lock held while partitions are created or dropped. */
export const AUDIT_PARTITION_LOCK = 0x6175646974n;

const PREFIX = "audit_events_";

/** The name of the partition for a day such as `2026-11-21`. */
export function partitionOf(day: string): string {
  return PREFIX + day.replaceAll("-", "_");
}

/** The day of a partition. */
export function dayOfPartition(name: string): string {
  return name.slice(PREFIX.length).replaceAll("_", "-");
}
