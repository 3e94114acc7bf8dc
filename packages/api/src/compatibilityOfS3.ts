/** The section about S3 in docs/compatibility.md. */
export const S3_SECTION = `## Amazon S3

General purpose buckets with their objects: metadata, tags, ranges, conditions, all five checksums (also as trailers of \`aws-chunked\` bodies), copies, uploads in parts, versions and delete
markers, listings, batch deletes, links signed with Signature Version 4 and 2, path style and names such as \`bucket.s3.localhost\`, CORS, bucket policies, Block Public Access, and notifications to
functions, queues, topics and EventBridge. Not built, and answered \`NotImplemented\`: putting lifecycle rules, replication, websites, logging, acceleration, Object Lock, inventories, analytics and metrics;
restoring, renaming, Select, Object Lambda, directory buckets, POST forms, keys of KMS or of the client.

- ACLs are off, as in new buckets on AWS (\`BucketOwnerEnforced\`): one that gives others access is refused, whatever the bucket's ownership controls say.
- A bucket is reached through every region of this Hearth. CreateBucket without a location is for us-east-1 only, and one with another location than the endpoint's region is refused (\`IllegalLocationConstraintException\`), as by AWS's regional endpoints: to make a bucket in a region, sign the request for it. Only AWS's global endpoint makes buckets of other regions.
- A body without a checksum gets none; AWS adds CRC64NVME. It is computed where a client names it (docs/adr/0228).
- A link that a function makes names 127.0.0.1 and the port of this Hearth. Where clients reach it by another name, give the client that signs this name: \`S3Client({ endpoint: "https://hearth.example.org", forcePathStyle: true })\`.
- Policies: \`s3:ExistingObjectTag/<key>\` has a value where objects, their tags, attributes and ACLs are read, and where tags and ACLs are written, as on AWS; for buckets on the server of \`HEARTH_S3_ENDPOINT\` the server is asked.
- Configurations that are not built can be deleted, since there is none: 204 for lifecycle, replication and websites, \`NoSuchConfiguration\` for analytics, inventories, metrics and Intelligent-Tiering.
- Names of objects may hold every character. Listings without \`encoding-type=url\` write control characters as references, as AWS does, which strict XML parsers refuse.
- What an account stores is limited by \`HEARTH_S3_STORAGE_MB\` (\`QuotaExceeded\`), its buckets by \`HEARTH_S3_BUCKETS_PER_ACCOUNT\`; while the disk is almost full, writes are answered \`SlowDown\`.
- Back-ups by \`hearth backup\` hold objects with their bytes, unless \`--without-objects\` leaves these out.
- With \`HEARTH_S3_ENDPOINT\` new buckets are made on that server, and their objects are there ([object-store.md](object-store.md)): what it cannot do answers its own error, and it may differ from AWS in details (the order of checks, what
  \`GetObjectAttributes\` knows). Keys with a path segment \`.\` or \`..\` are refused (\`InvalidURI\`). A deletion notifies whether there was an object or not. Copies go between buckets of the server and buckets that Hearth holds itself, in both directions.

Stored and shown, but not acted on: the encryption of a bucket, storage classes, and ownership controls.
`;
