import type { Clock, Random } from "@hearth/kit";
import type { ObjectStorage } from "@hearth/objects";
import type { SendingHouse } from "../sendingHouse.ts";

/** What S3 needs of a process, besides what every service needs. */
export interface ObjectsHouse extends SendingHouse {
  readonly objectStorage: ObjectStorage;
  /** How many buckets an account may have. */
  readonly maxBuckets: number;
  /** The names under which this Hearth is reached; one that begins with a dot stands for all names below it. */
  readonly hostNames: readonly string[];
}

export interface S3Deps {
  readonly storage: ObjectStorage;
  readonly maxBuckets: number;
  readonly delivery: SendingHouse["delivery"];
  readonly clock: Clock;
  readonly random: Random;
}

export function openS3Deps({ objectStorage, maxBuckets, delivery, clock, random }: ObjectsHouse): S3Deps {
  return { storage: objectStorage, maxBuckets, delivery, clock, random };
}
