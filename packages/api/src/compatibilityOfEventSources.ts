/** The part of docs/compatibility.md about the sources of event source mappings. */
export const EVENT_SOURCES_SECTION = `## Sources of event source mappings

| Source | State | |
|---|---|---|
| RabbitMQ | works | \`EventSourceArn\` as of Amazon MQ; HEARTH_BROKERS says where the broker is. \`Queues\`, \`BASIC_AUTH\` and \`VIRTUAL_HOST\`. The role needs \`mq:DescribeBroker\` and \`secretsmanager:GetSecretValue\`. As on AWS one batch runs at a time. A failed batch returns to its queue after a growing delay. |
| ActiveMQ | not built | Refused when the mapping is made. |
| DocumentDB | not built | Refused when the mapping is made. |

`;
