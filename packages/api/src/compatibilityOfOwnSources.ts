/** The section about sources of Hearth's own in docs/compatibility.md. */
export const OWN_SOURCES_SECTION = `## Sources of Hearth's own

Servers that self-hosters run are event sources too. AWS has no such mappings: a configuration that uses them runs on Hearth only. \`HEARTH_SOURCE_CONNECTIONS\` names the servers and which
accounts may use them; an account may read there whatever the URL's user may. The function's role is not asked.

| \`EventSourceArn\` | Reads |
|---|---|
| \`arn:aws:hearth:<region>:<account>:redis-stream/<connection>/<key>\` | a stream of Redis (6.2 or newer), by a consumer group \`hearth-<UUID of the mapping>\`, from \`StartingPosition\` (default \`TRIM_HORIZON\`) |
| \`arn:aws:hearth:<region>:<account>:mqtt/<connection>/<topic filter>\` | messages of an MQTT 5 broker with QoS 1, in a session \`hearth-<UUID>\` that the broker keeps for a week; \`+\`, \`#\` and \`$share/<group>/<filter>\` work |
| \`arn:aws:hearth:<region>:<account>:nats/<connection>/<stream>[/<subject filter>]\` | a stream of NATS JetStream, by a durable consumer \`hearth-<UUID>\`, from \`StartingPosition\` (default \`TRIM_HORIZON\`) |
| \`arn:aws:hearth:<region>:<account>:postgres/<connection>/channel/<name>\` | notifications of PostgreSQL (\`LISTEN\`) |

All take \`BatchSize\` (default 10), \`MaximumBatchingWindowInSeconds\`, \`FilterCriteria\`, \`FunctionResponseTypes\` and \`MetricsConfig\`. One process at a time reads for a mapping, and calls the function
with several batches at a time. A record is acknowledged when its batch was settled, so that each reaches the function at least once; in which order is not promised. One that fails comes again after a
growing pause (0.2 to 30 seconds) until the function succeeds: there is no failure destination. A server that goes away is connected to again with growing pauses, and \`LastProcessingResult\` says why records do not come. What a server keeps for a
mapping is removed when the mapping is deleted; where the server cannot be reached then, the log says what is left.

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
  notifications: those that are sent while no process listens are lost, and so are those that a process that is killed had not processed. Write what must not be lost into a table, and let the notification only say that something is there.`;
