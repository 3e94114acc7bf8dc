/** The section about sources of Hearth's own in docs/compatibility.md. */
export const OWN_SOURCES_SECTION = `## Sources of Hearth's own

Servers that self-hosters run are event sources too. AWS has no such mappings: a configuration that uses them runs on Hearth only. \`HEARTH_SOURCE_CONNECTIONS\` names the servers and which
accounts may use them; an account may read there whatever the URL's user may. The function's role is not asked, except for reading a secret: a server of Redis, MQTT or NATS that is spoken to by TLS gets the client's certificate of the secret that the mapping names as
\`CLIENT_CERTIFICATE_TLS_AUTH\` in \`SourceAccessConfigurations\` (a JSON object with \`certificate\`, \`privateKey\` and, for an encrypted key, \`privateKeyPassword\`). For PostgreSQL the URL names the files.

| \`EventSourceArn\` | Reads |
|---|---|
| \`arn:aws:hearth:<region>:<account>:redis-stream/<connection>/<key>\` | a stream of Redis (6.2 or newer), by a consumer group \`hearth-<UUID of the mapping>\`, from \`StartingPosition\` (default \`TRIM_HORIZON\`) |
| \`arn:aws:hearth:<region>:<account>:mqtt/<connection>/<topic filter>\` | messages of an MQTT 5 broker with QoS 1, in a session \`hearth-<UUID>\` that the broker keeps for a week; \`+\`, \`#\` and \`$share/<group>/<filter>\` work. \`?protocol=3.1.1\` in the URL is for a broker without MQTT 5, such as Hearth's embedded one, whose sessions end an hour after their last connection |
| \`arn:aws:hearth:<region>:<account>:nats/<connection>/<stream>[/<subject filter>]\` | a stream of NATS JetStream, by a durable consumer \`hearth-<UUID>\`, from \`StartingPosition\` (default \`TRIM_HORIZON\`) |
| \`arn:aws:hearth:<region>:<account>:postgres/<connection>/channel/<name>\` | notifications of PostgreSQL (\`LISTEN\`) |
| \`arn:aws:hearth:<region>:<account>:postgres/<connection>/changes/<publication>[/<schema>.<table>,…]\` | changes of tables of PostgreSQL by logical replication (\`pgoutput\`), by a replication slot \`hearth_<UUID with underscores>\`, from \`LATEST\` only |

All but the last are queues. They take \`BatchSize\` (default 10), \`MaximumBatchingWindowInSeconds\`, \`FilterCriteria\`, \`FunctionResponseTypes\`, \`MetricsConfig\` and, where TLS is spoken, \`SourceAccessConfigurations\`. One process at a time reads for a mapping, and calls the function
with several batches at a time. A record is acknowledged when its batch was settled, so that each reaches the function at least once; in which order is not promised. A record that fails comes again after a
growing pause (0.2 to 30 seconds) until the function succeeds: there is no failure destination. A server that goes away is connected to again with growing pauses, and \`LastProcessingResult\` says why records do not come. What a server keeps for a
mapping is removed when the mapping is deleted; where the server cannot be reached then, that is tried again for a week.

The event is \`{"Records":[…]}\`, and \`batchItemFailures\` name records by their \`messageId\`. Bodies are text, or base64 where they are not UTF-8 (\`isBase64Encoded\`). Filter patterns see the record as it is;
a \`body\` that is JSON is matched as JSON.

- **Redis:** \`{"messageId":"1700000000000-0","stream":"orders","timestamp":1700000000000,"fields":{"name":"Ann"},"isBase64Encoded":false,"eventSource":"hearth:redis","eventSourceARN":"…","awsRegion":"…"}\`.
  All values of \`fields\` are in base64 when one of them is not text. Entries of a process that died are claimed after 30 seconds.
- **MQTT:** \`{"messageId":"<UUID>","topic":"rooms/a","qos":1,"retain":false,"contentType":"…","responseTopic":"…","correlationData":"<base64>","userProperties":{},"body":"…","isBase64Encoded":false,"eventSource":"hearth:mqtt",…}\`;
  members that the message does not have are absent. A message that was published with QoS 0 is delivered at most once. While no process is connected the broker keeps messages as far as its own limits go (mosquitto: \`max_queued_messages\`).
  At most 20 messages, or two batches, are not acknowledged at a time.
- **NATS:** \`{"messageId":"<sequence number>","stream":"ORDERS","subject":"orders.new","timestamp":1700000000000,"deliveryCount":1,"headers":{"name":["value"]},"body":"…","isBase64Encoded":false,"eventSource":"hearth:nats",…}\`.
  Messages of a process that died come again after 30 seconds. The user in the URL is a user with its password, or a token alone.
- **PostgreSQL:** \`{"messageId":"<UUID>","channel":"orders","processId":123,"timestamp":1700000000000,"body":"…","isBase64Encoded":false,"eventSource":"hearth:postgres",…}\`. PostgreSQL does not store
  notifications: those that are sent while no process listens are lost, and so are those that a process that is killed had not processed. Write what must not be lost into a table, and let the notification only say that something is there.

**Changes of PostgreSQL** are a stream with one shard, \`changes\`: mappings have the settings of Kinesis (\`BatchSize\`, default 100, retries, record age, bisecting, \`DestinationConfig\`, tumbling windows, partial batch
responses), and records come in the order in which their transactions were committed; with a \`ParallelizationFactor\`, in that order for each table. \`StartingPosition\` is \`LATEST\`, the default (name it in Terraform, where it is shown); the others are refused, because
the server has nothing from before its slot was made: copy what is there by a query. The server needs \`wal_level = logical\`, a free replication slot and WAL sender, and the URL's user the right to REPLICATION and to read the tables' publication
(\`CREATE PUBLICATION orders FOR TABLE orders\`, made by their owner). Both are checked when the mapping is made, if the server answers.

\`\`\`json
{"messageId":"16/B374D848+1","operation":"update","schema":"public","table":"orders","keyColumns":["id"],"transactionId":731,"commitLsn":"16/B374D848","timestamp":1700000000000,
 "old":{"id":1},"new":{"id":2,"price":"9.90","doc":{"paid":true}},"unchanged":["scan"],"eventSource":"hearth:postgres","eventSourceARN":"…","awsRegion":"us-east-1"}
\`\`\`

- \`operation\` is \`insert\`, \`update\`, \`delete\` or \`truncate\` (one record for each table). \`new\` is the row after the change. \`old\` is what the server sends of the row before it: the columns of the replica identity (the primary key) of
  a deleted row and of an update that changed them; with \`REPLICA IDENTITY FULL\` the whole row.
- \`unchanged\` names large (TOAST) values that the update left as they were: the server does not send them, unless the table has \`REPLICA IDENTITY FULL\`. They are absent in \`new\`.
- \`smallint\`, \`integer\`, \`real\`, \`double precision\` and \`boolean\` are numbers and booleans; \`json\` and \`jsonb\` are the JSON that they contain; \`bytea\` is base64; everything else is PostgreSQL's text: \`bigint\` and
  \`numeric\` (a JavaScript number would round them), \`NaN\` and \`Infinity\`, times (ISO, in UTC), intervals (ISO 8601), arrays (\`{1,2}\`).
- \`transactionId\`, \`commitLsn\` and \`timestamp\` (of the commit, in milliseconds) are those of the transaction; \`messageId\` is the same when a record comes again. Schema changes and sequences are not sent.

The server keeps its log until the function has processed the changes, or they were given up: also while the mapping is disabled, and while the function fails. The metric \`hearth_event_source_retained_bytes\` shows how much it keeps for the mapping that is furthest behind.
Beyond \`HEARTH_SOURCE_LOG_LIMIT_MB\` (16 GB) the slot is dropped, and \`LastProcessingResult\` says that changes are lost; so it does when someone else drops the slot, when the server does so (\`max_slot_wal_keep_size\`), or when a standby without the slot takes over (from PostgreSQL 17 on
slots are made with \`failover\`). Then delete the mapping and make it again. The slot goes when the mapping is deleted. A large transaction stays on the server and is read piece by piece.`;
