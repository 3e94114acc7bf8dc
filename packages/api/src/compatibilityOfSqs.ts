/** The section about SQS in docs/compatibility.md. */
export const SQS_SECTION = `## Amazon SQS

Every operation of SQS is there, in both of its protocols (AWS JSON 1.0, and query with XML). Queues are standard or FIFO.

| Operation | State | |
|---|---|---|
| AddPermission | works | |
| CancelMessageMoveTask | works | |
| ChangeMessageVisibility, ChangeMessageVisibilityBatch | works | |
| CreateQueue | partly | A name may be used again as soon as its queue is deleted: QueueDeletedRecently does not occur. |
| DeleteMessage, DeleteMessageBatch | works | A receipt handle is good until the message is received again; an older one deletes nothing, and is no error for a standard queue, as AWS documents. |
| DeleteQueue | works | |
| GetQueueAttributes | works | The numbers of messages are exact when they are read. |
| GetQueueUrl | works | |
| ListDeadLetterSourceQueues | works | |
| ListMessageMoveTasks | works | |
| ListQueues | works | |
| ListQueueTags | works | |
| PurgeQueue | works | Messages are gone when the call is answered. |
| ReceiveMessage | works | With \`ReceiveRequestAttemptId\` a repeated receive of a FIFO queue gets the same messages and receipt handles for 5 minutes. |
| RemovePermission | works | |
| SendMessage, SendMessageBatch | works | |
| SetQueueAttributes | works | A change holds at once in the process that made it, and within 2 seconds in others. |
| StartMessageMoveTask | works | Without a rate, messages are moved as quickly as the database takes them. |
| TagQueue | works | |
| UntagQueue | works | |

Kept and shown, but not acted on: \`KmsMasterKeyId\`, \`KmsDataKeyReusePeriodSeconds\` and \`SqsManagedSseEnabled\` (bodies are not encrypted by SQS here), \`FifoThroughputLimit\` (a FIFO queue
is as quick as the database either way; \`DeduplicationScope\` is acted on), and message groups of standard queues, which are not served in turn.

Version 1 of the \`aws\` command does not read \`AWS_ENDPOINT_URL\` for SQS: it needs \`--endpoint-url\`.

A queue's URL has the host that the client has used, and is understood with any other host. A queue's policy decides about users and other accounts; unsigned requests are refused, whatever
a policy says. Messages in flight are counted by each process: with several processes of the role
\`events\`, a queue may have somewhat more than 120,000 (FIFO: 20,000).`;
