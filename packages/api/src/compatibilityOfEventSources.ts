/** The part of docs/compatibility.md about the sources of event source mappings. */
export const EVENT_SOURCES_SECTION = `## Sources of event source mappings

| Source | State | |
|---|---|---|
| Kafka | partly | MSK, where HEARTH_BROKERS says where the cluster is, and self-managed clusters, whose addresses HEARTH_OUTBOUND_ALLOW must allow unless they are public or in HEARTH_BROKERS. \`BASIC_AUTH\`, \`SASL_SCRAM_256_AUTH\`, \`SASL_SCRAM_512_AUTH\`, \`CLIENT_CERTIFICATE_TLS_AUTH\`, \`SERVER_ROOT_CA_CERTIFICATE\`; \`VPC_SUBNET\` and \`VPC_SECURITY_GROUP\` are kept without effect. A batch is of one partition. \`ProvisionedPollerConfig\`, \`LoggingConfig\` and the metrics \`ErrorCount\` and \`KafkaMetrics\` are kept, not acted on: each partition has a reader of its own. Not built: logging in with \`IAM_AUTH\` or OAUTHBEARER, which is refused, the ConsumptionMode \`Queue\`, with which a mapping is kept and its state says that it is not supported, and schema registries, which are refused. |
| RabbitMQ | works | \`EventSourceArn\` as of Amazon MQ; HEARTH_BROKERS says where the broker is. \`Queues\`, \`BASIC_AUTH\` and \`VIRTUAL_HOST\`. The role needs \`mq:DescribeBroker\` and \`secretsmanager:GetSecretValue\`. As on AWS one batch runs at a time. A failed batch returns to its queue after a growing delay. |
| ActiveMQ | not built | Refused when the mapping is made. |
| DocumentDB | not built | Refused when the mapping is made. |

`;
