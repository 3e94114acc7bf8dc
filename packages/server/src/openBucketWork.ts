import type { Base } from "./base.ts";
import type { House } from "./house.ts";

/** What looks after buckets in one process of a Hearth: files without objects, and writes to the server of HEARTH_S3_ENDPOINT that were interrupted or went around Hearth. */
export async function openBucketWork(
  { config, logger }: Base,
  { objectStorage }: Pick<House, "objectStorage">,
  stack: AsyncDisposableStack,
): Promise<void> {
  stack.use(objectStorage.collectOrphans());
  if (!objectStorage.passedOn) return;
  for (const { accountId, region = config.HEARTH_REGION, bucket } of config.HEARTH_S3_GIVEN_BUCKETS) {
    if (await objectStorage.store.adopt(bucket, accountId, region)) {
      logger.info({ bucket, accountId, region }, "a bucket of HEARTH_S3_ENDPOINT was given to an account");
      continue;
    }
    const holder = await objectStorage.store.holderOf(bucket);
    if (holder?.accountId === accountId && holder.passedOn) continue;
    logger.warn(
      { bucket, accountId },
      "a bucket of HEARTH_S3_GIVEN_BUCKETS belongs to another account, or is one of Hearth's own",
    );
  }
  objectStorage.passedOn.start(stack);
}
