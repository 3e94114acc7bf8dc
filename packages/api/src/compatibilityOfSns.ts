/** The section about SNS in docs/compatibility.md. */
export const SNS_SECTION = `## Amazon SNS

Topics, standard and FIFO, with subscriptions of queues, functions, HTTP and HTTPS endpoints and mailboxes, in the query protocol, which is SNS's only one.

| Operation | State | |
|---|---|---|
| AddPermission, RemovePermission | works | |
| ConfirmSubscription | works | |
| CreateTopic | partly | No \`DataProtectionPolicy\`. |
| DeleteTopic | works | Its subscriptions are gone with it at once. |
| GetSubscriptionAttributes, SetSubscriptionAttributes | partly | No \`ReplayPolicy\`. |
| GetTopicAttributes, SetTopicAttributes | partly | No \`ArchivePolicy\`: messages are not archived. A change holds at once in the process that made it, and within 2 seconds in others. |
| ListSubscriptions, ListSubscriptionsByTopic, ListTopics | works | |
| ListTagsForResource, TagResource, UntagResource | works | |
| Publish, PublishBatch | partly | To topics only: no SMS and no mobile push. |
| Subscribe | partly | No \`sms\`, \`application\` and \`firehose\`; \`email\` and \`email-json\` need HEARTH_SMTP_URL. |
| Unsubscribe | works | |

Not built: data protection policies, platform applications and their endpoints, everything about SMS.

A message is stored in the transaction that accepts it: for up to 10 subscriptions (all of a FIFO topic) with what they get, for more as one row that is sent on in parts. A topic sends
to a queue or function only if the resource policy of that lets \`sns.amazonaws.com\` with the topic as \`aws:SourceArn\`. A queue or function of another account than the subscriber's has to
confirm its subscription by the token that it gets. Subscriptions that are not confirmed are deleted after 48 hours.

Kept and shown, but not acted on: \`KmsMasterKeyId\`, \`TracingConfig\` and the attributes about delivery status logging (\`…SuccessFeedbackRoleArn\`, \`…SuccessFeedbackSampleRate\`,
\`…FailureFeedbackRoleArn\`).`;
