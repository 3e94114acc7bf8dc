import { partitionOf } from "@hearth/model";

const PARTITION_AND_REGION = /^arn:([^:]*):[^:]*:([^:]*):/;

/**
 * The ARN with the partition that the resource really has. Most operations look at the rest of an ARN only, so a caller could name a resource by
 * `arn:aws-x:…`, and no statement that denies it would match. `region`: that of the call, for ARNs without one.
 */
export function inOwnPartition(resource: string, region: string): string {
  const [, given, ofResource] = PARTITION_AND_REGION.exec(resource) ?? [];
  if (given === undefined) return resource;
  const own = partitionOf(ofResource || region);
  return given === own ? resource : `arn:${own}${resource.slice("arn:".length + given.length)}`;
}
