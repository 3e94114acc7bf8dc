import type { AnyOperation } from "@hearth/wire";
import type { SqsDeps } from "./deps.ts";
import { addPermission } from "./operations/addPermission.ts";
import { cancelMessageMoveTask } from "./operations/cancelMessageMoveTask.ts";
import { changeMessageVisibility } from "./operations/changeMessageVisibility.ts";
import { changeMessageVisibilityBatch } from "./operations/changeMessageVisibilityBatch.ts";
import { createQueue } from "./operations/createQueue.ts";
import { deleteMessage } from "./operations/deleteMessage.ts";
import { deleteMessageBatch } from "./operations/deleteMessageBatch.ts";
import { deleteQueue } from "./operations/deleteQueue.ts";
import { getQueueAttributes } from "./operations/getQueueAttributes.ts";
import { getQueueUrl } from "./operations/getQueueUrl.ts";
import { listDeadLetterSourceQueues } from "./operations/listDeadLetterSourceQueues.ts";
import { listMessageMoveTasks } from "./operations/listMessageMoveTasks.ts";
import { listQueues } from "./operations/listQueues.ts";
import { listQueueTags } from "./operations/listQueueTags.ts";
import { purgeQueue } from "./operations/purgeQueue.ts";
import { receiveMessage } from "./operations/receiveMessage.ts";
import { removePermission } from "./operations/removePermission.ts";
import { sendMessage } from "./operations/sendMessage.ts";
import { sendMessageBatch } from "./operations/sendMessageBatch.ts";
import { setQueueAttributes } from "./operations/setQueueAttributes.ts";
import { startMessageMoveTask } from "./operations/startMessageMoveTask.ts";
import { tagQueue } from "./operations/tagQueue.ts";
import { untagQueue } from "./operations/untagQueue.ts";

/** The operations of SQS that Hearth has. */
export const operations: readonly AnyOperation<SqsDeps>[] = [
  addPermission,
  cancelMessageMoveTask,
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  createQueue,
  deleteMessage,
  deleteMessageBatch,
  deleteQueue,
  getQueueAttributes,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listMessageMoveTasks,
  listQueues,
  listQueueTags,
  purgeQueue,
  receiveMessage,
  removePermission,
  sendMessage,
  sendMessageBatch,
  setQueueAttributes,
  startMessageMoveTask,
  tagQueue,
  untagQueue,
];

/** Every operation of SQS. */
export const ALL_OPERATIONS = `
  AddPermission CancelMessageMoveTask ChangeMessageVisibility ChangeMessageVisibilityBatch CreateQueue DeleteMessage DeleteMessageBatch DeleteQueue
  GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues ListMessageMoveTasks ListQueues ListQueueTags PurgeQueue ReceiveMessage RemovePermission
  SendMessage SendMessageBatch SetQueueAttributes StartMessageMoveTask TagQueue UntagQueue`;
