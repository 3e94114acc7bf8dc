export { type Addressed, Queues, type QueuesDeps, type SentWithin } from "./queues.ts";
export { md5Of, md5OfAttributes, type MessageAttribute, type MessageAttributes, messageBytes } from "./message.ts";
export type { NewMessage, ReceivedMessage, SentMessage } from "./message.ts";
export { DEFAULT_RETENTION_SECONDS, MAX_MESSAGE_BYTES, parseQueueArn, type Queue, queueArn, toQueue } from "./queue.ts";
export type { ReceiveRequest } from "./receiver.ts";
export { MAX_VISIBILITY_SECONDS } from "./settling.ts";
export * from "./errors.ts";
export { MoveTasks, type MoveTasksDeps } from "./moveTasks.ts";
export { QueueRetention, type QueueRetentionDeps } from "./queueRetention.ts";
