/** The section about AWS IoT in docs/compatibility.md. */
export const IOT_SECTION = `## AWS IoT

Topic rules, certificates, policies and messages, in REST-JSON (\`iot\` and \`iotdata\`). Things, shadows, jobs, provisioning, Device Defender, custom authorizers and everything else of the API answer
NotImplementedException.

| Operation | State | |
|---|---|---|
| CreateTopicRule, ReplaceTopicRule, GetTopicRule, ListTopicRules, EnableTopicRule, DisableTopicRule, DeleteTopicRule | partly | Actions: \`lambda\`, \`sqs\`, \`sns\`, \`kinesis\`, \`republish\`, \`cloudwatchLogs\` (no \`batchMode\`), \`s3\` (\`cannedAcl\` private or bucket-owner-full-control), \`dynamoDBv2\`. Another action, such as \`dynamoDB\` or \`firehose\`, is refused with InvalidRequestException. 1,000 rules. |
| TagResource, UntagResource, ListTagsForResource | partly | Of topic rules and policies. |
| CreateKeysAndCertificate, DescribeCertificate, ListCertificates, UpdateCertificate, DeleteCertificate | works | The certificate is self-signed, RSA of 2,048 bits. 10,000 certificates. |
| RegisterCertificate, RegisterCertificateWithoutCA | works | Authorities are not kept: a device proves that it has the key of its certificate. A certificate belongs to one account. |
| CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion, DeletePolicyVersion | works | |
| AttachPolicy, DetachPolicy, ListAttachedPolicies, ListTargetsForPolicy | partly | Certificates are the only targets. |
| DescribeEndpoint | partly | \`iot:Data\` and \`iot:Data-ATS\`: host and port of Hearth's HTTP endpoint. The broker listens where \`HEARTH_MQTT_LISTEN\` and its like say. |
| Publish, GetRetainedMessage, ListRetainedMessages (\`iotdata\`) | works | Properties of MQTT 5 reach the broker of \`HEARTH_MQTT_URL\` only. |

The SQL of rules: SELECT with \`*\`, VALUE, aliases, nested paths and nested queries, literals, arithmetic, CASE; FROM with \`+\` and \`#\`, or without (\`$aws/rules/<rule>/…\`); WHERE with AND, OR, NOT, IN, EXISTS and comparisons. Functions:
all of AWS's but \`aws_lambda\`, \`get_dynamodb\`, \`get_mqtt_property\`, \`get_registry_data\`, \`get_secret\`, \`get_thing_shadow\`, \`get_user_properties\`, \`machinelearning_predict\`, \`md2\`, \`time_to_epoch\` and \`transform\`, which are refused with SqlParseException;
regular expressions are those of RE2. Numbers are double precision. SET and variables are not built. The rules of one message may take a bounded amount of work together; one that takes more fails as an action does.

Differences: the error action gets one message for each action that failed; an action that cannot be carried out at once is tried again for hours before the error action gets it, unless it is refused. A message that rules have
republished five times is not republished again. 128 KB per payload, topics of 256 bytes and eight levels, 10,000 retained messages of 64 MB together for an account and region.

The embedded broker speaks MQTT 3.1.1 with QoS 0 and 1 (a message with QoS 2 ends the connection). Users log in with an access key (\`<id>\`, or \`<id>@<region>\`) and its secret, devices with their certificate over TLS; sessions of STS and custom authorizers do not log in.
\`iot:Connect\`, \`iot:Publish\`, \`iot:RetainPublish\` and \`iot:Subscribe\` are asked of both, \`iot:Receive\` of certificates only. Up to 50 subscriptions per connection and 100 messages per second and connection, beyond which it waits. Retained messages are in PostgreSQL.
Sessions (\`clean\` false) and the messages with QoS 1 that wait in them are in PostgreSQL and outlive a restart: for an hour after their client left, up to 1,000 messages or 16 MB in each, 500 sessions and 64 MB in an account; beyond that messages are not kept.
With several processes of the role \`events\`, each with its broker, what one takes reaches the subscribers of the others through PostgreSQL.

\`HEARTH_MQTT_URL\` gives the rules of one account the messages of another server's MQTT 5 broker, with which it also publishes. Processes share the load by shared subscriptions (\`$share/hearth/<filter>\`).
`;
