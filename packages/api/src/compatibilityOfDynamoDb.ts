/** The section about DynamoDB in docs/compatibility.md. */
export const DYNAMODB_SECTION = `## Amazon DynamoDB

Tables, items, queries, batches, transactions, time to live, policies, tags, and the streams of tables with their API. Expressions and the parameters from before there were
expressions. Not built: PartiQL, back-ups of single tables (\`hearth backup\` has all), point-in-time recovery, global tables, import and export, contributor insights, vector search,
and replicas.

- Reads see every write that was answered: ConsistentRead makes no difference but to the capacity that is shown, also on global indexes, where it is refused as on AWS.
- Throughput is kept, shown and counted, and limits nothing. What an account stores is limited by \`HEARTH_DYNAMODB_STORAGE_MB\`: beyond it, and while the disk is almost full, writes are answered
  \`ProvisionedThroughputExceededException\`, which clients retry.
- A stream has one open shard, which another follows every four hours. A stream that was switched off, or whose table was deleted, is listed, described and read for 24 hours. Items past their time to live are deleted within about a minute.
- \`ItemCount\` and \`TableSizeBytes\` of tables, and \`ItemCount\` and \`IndexSizeBytes\` of their indexes, follow within seconds.
- Collections of items (tables with local secondary indexes): \`ItemCollectionMetrics\` show their size between two whole GB. One that has reached 10 GB takes no more, which is noticed within about 1 MB that
  one process writes into it.
- A request has at most 500,000 names and values of JSON, so an item that is one list of more than about 160,000 numbers is refused.
- The condition keys \`dynamodb:LeadingKeys\`, \`Attributes\`, \`Select\`, \`ReturnValues\`, \`ReturnConsumedCapacity\` and \`EnclosingOperation\` have values as on AWS. \`Select\` also has one for
  GetItem and BatchGetItem, \`ALL_ATTRIBUTES\` without a projection, so that a policy for some attributes does not let all be read.
- \`ContinuousBackupsStatus\` is \`DISABLED\`, where AWS shows \`ENABLED\` for every table: there are no such back-ups.

With \`HEARTH_DYNAMODB_ENDPOINT\` tables lie on the server that it names, such as a DynamoDB of AWS or one that is compatible, and the same operations are passed on to it: what the server
can, it does. Accounts and regions are kept apart: a table of the owner's account in the first region has its own name on the server, every other is \`<account>.<region>.<table>\` there, and the
owner's tables cannot have such names. Tags and policies stay in Hearth, streams trigger functions (polled four times a second). PartiQL and Kinesis as a destination answer NotImplementedException;
\`HEARTH_DYNAMODB_STORAGE_MB\` does not count what lies on the server. Tables made by Hearth before are not reached while the setting is set.

Kept and shown, but not acted on: throughput of tables and indexes, \`OnDemandThroughput\`, \`TableClass\` and \`SSESpecification\`.
`;
