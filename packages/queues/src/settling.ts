import type { SqsMessageStore, SqsReceipt } from "@hearth/store";
import { invalidValue, MessageNotInflight, ReceiptHandleIsInvalid } from "./errors.ts";
import type { Queue } from "./queue.ts";
import { decodeReceiptHandle } from "./receiptHandle.ts";

export const MAX_VISIBILITY_SECONDS = 43_200;

/**
 * Deletes a received message. As on AWS, it is no error when the message is gone, or was received again by another consumer of a standard queue.
 */
export async function deleteMessage(messages: SqsMessageStore, queue: Queue, handle: string): Promise<void> {
  const receipt = receiptOf(queue, handle);
  const outcome = await messages.delete({ ...receipt, mustBeInFlight: queue.isFifo });
  if (outcome || !queue.isFifo || !(await messages.exists(receipt))) return;
  throw invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");
}

/** Deletes received messages together. Does nothing about one that is gone, was received again, or is not in flight any longer. */
export async function deleteReceived(
  messages: SqsMessageStore,
  queue: Queue,
  handles: readonly string[],
): Promise<void> {
  const receipts = handles.flatMap((handle) => {
    const receipt = decodeReceiptHandle(handle);
    return receipt?.queueId === queue.id ? [receipt] : [];
  });
  await Promise.all(receipts.map((receipt) => messages.delete({ ...receipt, mustBeInFlight: queue.isFifo })));
}

export async function changeVisibility(
  messages: SqsMessageStore,
  queue: Queue,
  handle: string,
  seconds: number,
): Promise<void> {
  if (seconds < 0 || seconds > MAX_VISIBILITY_SECONDS) {
    throw invalidValue(
      seconds,
      "VisibilityTimeout",
      `VisibilityTimeout must be an integer between 0 and ${MAX_VISIBILITY_SECONDS}.`,
    );
  }
  const receipt = receiptOf(queue, handle);
  switch (await messages.changeVisibility(receipt, seconds, MAX_VISIBILITY_SECONDS)) {
    case "changed":
      return;
    case "notInFlight":
      throw new MessageNotInflight();
    case "missing":
      throw invalidValue(
        handle,
        "ReceiptHandle",
        "Message does not exist or is not available for visibility timeout change.",
      );
    case "tooLong":
      throw invalidValue(
        seconds,
        "VisibilityTimeout",
        `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds]`,
      );
  }
}

function receiptOf(queue: Queue, handle: string): SqsReceipt {
  const receipt = decodeReceiptHandle(handle);
  if (!receipt || receipt.queueId !== queue.id) {
    throw new ReceiptHandleIsInvalid(`The input receipt handle "${handle}" is not a valid receipt handle.`);
  }
  return receipt;
}
