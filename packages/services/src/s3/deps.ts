import type { House } from "@hearth/access";
import type { Clock } from "@hearth/kit";
import type { ObjectStorage } from "@hearth/objects";

/** What S3 needs of a process, besides what every service needs. */
export interface ObjectsHouse extends House {
  readonly objectStorage: ObjectStorage;
  /** How many buckets an account may have. */
  readonly maxBuckets: number;
}

export interface S3Deps {
  readonly storage: ObjectStorage;
  readonly maxBuckets: number;
  readonly clock: Clock;
}

export function openS3Deps({ objectStorage, maxBuckets, clock }: ObjectsHouse): S3Deps {
  return { storage: objectStorage, maxBuckets, clock };
}
