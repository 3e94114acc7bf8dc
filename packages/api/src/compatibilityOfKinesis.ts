/** The section about Kinesis in docs/compatibility.md. */
export const KINESIS_SECTION = `## Amazon Kinesis Data Streams

Streams are provisioned or on demand; JSON and the CBOR of the SDK for Java, over HTTP/1.1 and HTTP/2. A change of a stream is done when it is answered, so its status is
always \`ACTIVE\`. Not built: SubscribeToShard (consumers can be registered), channels, account settings, warm throughput, the distribution strategy, and \`StreamId\`.

- An on-demand stream has 4 shards and keeps them; UpdateShardCount works on provisioned ones.
- Hearth limits neither the bytes nor the requests per second of a shard. What an account stores is limited by \`HEARTH_KINESIS_STORAGE_MB\`: beyond it, and while the disk is almost full,
  puts are answered \`ProvisionedThroughputExceededException\`, which clients retry.
- Open shards per account and region: 1,000; on-demand streams: 50; registered consumers per stream: 20.

Kept and shown, but not acted on: the encryption key and shard-level metrics.
`;
