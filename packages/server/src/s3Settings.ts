import { z } from "zod";
import { bucketGrants, bucketWatches, flag, givenBuckets, url, whole } from "./settingTypes.ts";

/** Settings of the object store to which S3 is passed on. Part of `Settings`. */
export const s3Settings = {
  HEARTH_S3_ENDPOINT: url(["http:", "https:"])
    .optional()
    .describe(
      "S3-compatible server to which S3 is passed on, such as `http://127.0.0.1:9000`: buckets are made there from then on, their objects are there, and Hearth keeps who owns them, their policies and their notifications. Buckets that Hearth holds itself stay where they are. Code that is named by bucket and key may also come from other buckets of this server, see HEARTH_S3_BUCKETS.",
    ),
  HEARTH_S3_REGION: z
    .string()
    .min(1, "must name a region")
    .optional()
    .describe("The region that requests to HEARTH_S3_ENDPOINT are signed for. Default: HEARTH_REGION."),
  HEARTH_S3_PATH_STYLE: flag
    .prefault("1")
    .describe("`1` puts the bucket into the path, as most services want it; `0` into the host name, as AWS wants it."),
  HEARTH_S3_ACCESS_KEY_ID: z.string().optional().describe("Access key id for HEARTH_S3_ENDPOINT."),
  HEARTH_S3_SECRET_ACCESS_KEY: z.string().optional().describe("Secret access key for HEARTH_S3_ENDPOINT."),
  HEARTH_S3_CA: z
    .string()
    .min(1)
    .optional()
    .describe(
      "File with certificates of authorities (PEM) that are trusted for HEARTH_S3_ENDPOINT besides the usual ones.",
    ),
  HEARTH_S3_GIVEN_BUCKETS: givenBuckets
    .prefault("")
    .describe(
      "Buckets that exist at HEARTH_S3_ENDPOINT and are given to accounts, separated by commas: `<account>=<bucket>`, or `<account>@<region>=<bucket>` for another region than HEARTH_REGION. From then on such a bucket is one that the account has created. An entry that is removed later takes nothing away.",
    ),
  HEARTH_S3_EVENTS: bucketWatches
    .prefault("")
    .describe(
      "How Hearth learns of objects that are written at HEARTH_S3_ENDPOINT without it, so that notifications come for them too, separated by commas: `<bucket>=webhook:<secret>` for a server that reports to `<Hearth>/_hearth/s3-events/<secret>` (or to `/_hearth/s3-events` with `Authorization: Bearer <secret>`), `<bucket>=list:<seconds>` for one that is listed at that interval (at least 5 s, at most 100,000 keys). `*` stands for all buckets. A secret has at least 16 characters. Default: such writes are not noticed.",
    ),
  HEARTH_S3_OPEN_WRITES: whole(0, 10_000_000)
    .default(10_000)
    .describe(
      "How many writes of one account to buckets at HEARTH_S3_ENDPOINT may wait for that server's answer while notifications are about them; each is a row in the database until it is known whether it was done. Beyond it writes answer SlowDown. `0`: no limit.",
    ),
  HEARTH_S3_BUCKETS: bucketGrants
    .prefault("")
    .describe(
      "Buckets at HEARTH_S3_ENDPOINT, or folders in them, from which accounts other than the owner's may take code, separated by commas: `<account>=<bucket>/<prefix>`, such as `111111111111=builds/team-a`. Default: none. The caller's policies must also allow `s3:GetObject`.",
    ),
};
