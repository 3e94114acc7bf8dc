import { z } from "zod";
import { brokers, connectionList, url, whole } from "./settingTypes.ts";

/** Settings of event source mappings, and of the servers that their sources lie on. Part of `Settings`. */
export const eventSourceSettings = {
  HEARTH_EVENT_SOURCE_MEMORY_MB: whole(16, 100_000)
    .default(128)
    .describe(
      "What the records that event source mappings have taken, and that functions have not processed yet, may take in the memory of each process. A mapping gets at most half of what the others leave free.",
    ),
  HEARTH_BROKERS: brokers
    .prefault("")
    .describe(
      "RabbitMQ brokers and Kafka clusters whose queues and topics event source mappings may name, separated by commas: `<name>=<URL>`, such as `orders=amqps://mq.internal:5671,events=kafka://k1.internal:9092,k2.internal:9092`. The name is the name or the id in the ARNs of mappings (`arn:aws:mq:…:broker:<name>:<id>`, `arn:aws:kafka:…:cluster/<name>/<id>`); the schemes are `amqp`, `amqps`, `kafka` and `kafkas` (with TLS). `<account>:` in front of a name confines an entry to one account. These addresses need no HEARTH_OUTBOUND_ALLOW; TLS trusts HEARTH_OUTBOUND_CA too.",
    ),
  HEARTH_SOURCE_CONNECTIONS: connectionList
    .prefault("")
    .describe(
      "Servers that event source mappings read, separated by commas: `<name>=<url>` for the owner's account, `<name>@<account>=<url>` for another one, `<name>@*=<url>` for every account. URLs of Redis (`redis://`, `rediss://`), MQTT (`mqtt://`, `mqtts://`, `ws://`, `wss://`), NATS (`nats://`, `tls://`) and PostgreSQL (`postgres://`; with `?sslmode=verify-full` by TLS, and `sslcert`, `sslkey` and `sslrootcert` as for libpq), with their credentials; TLS trusts HEARTH_OUTBOUND_CA too; a comma within one is written `%2C`. An account may read whatever the URL's user may. See docs/compatibility.md.",
    ),
  HEARTH_SOURCE_LOG_LIMIT_MB: whole(0, 100_000_000)
    .default(16_384)
    .describe(
      "How much of its log a PostgreSQL server of HEARTH_SOURCE_CONNECTIONS may keep for a mapping that reads its changes. Beyond it the mapping's replication slot is dropped, and its changes are lost: a mapping that is disabled, or whose function fails for long, would fill the server's disk. 0 is without a limit; the server's own is `max_slot_wal_keep_size`.",
    ),
  HEARTH_SQS_ENDPOINT: url(["http:", "https:"])
    .optional()
    .describe(
      "Server with SQS's API, such as `http://127.0.0.1:9324`, whose queues event source mappings of the owner's account may name. Queues of Hearth's own come first. Without it, and with a key, such queues are those of AWS.",
    ),
  HEARTH_SQS_ACCESS_KEY_ID: z.string().optional().describe("Access key id for HEARTH_SQS_ENDPOINT, or for AWS."),
  HEARTH_SQS_SECRET_ACCESS_KEY: z
    .string()
    .optional()
    .describe("Secret access key for HEARTH_SQS_ENDPOINT, or for AWS."),
};
