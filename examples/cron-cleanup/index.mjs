import { DeleteObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";

const client = new S3Client({ forcePathStyle: true });
const DAY_MS = 24 * 60 * 60 * 1000;

/** Deletes objects whose name has a date of more than `keepDays` days ago. The event is the schedule's input. */
export async function handler({ bucket: Bucket, prefix: Prefix, keepDays }) {
  const oldest = new Date(Date.now() - keepDays * DAY_MS).toISOString().slice(0, 10);
  const deleted = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    for (const { Key } of Contents) {
      const [date] = /\d{4}-\d\d-\d\d/.exec(Key) ?? [];
      if (date === undefined || date >= oldest) continue;
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      deleted.push(Key);
    }
  }
  console.log(`deleted ${deleted.length}: ${deleted.join(", ")}`);
}
