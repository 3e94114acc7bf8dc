import { AwsError, type OutgoingMessage, type Sender } from "@hearth/model";
import type { Addressed, NewMessage, Queues } from "@hearth/queues";
import { DeliveryRefused } from "./deliveryRefused.ts";
import { sendTogether, type TargetKind } from "./targetKind.ts";

export interface QueueTargetDeps {
  readonly queues: Pick<Queues, "findByArn" | "sendWithin" | "hasRoomFor">;
}

/** A message to a queue becomes a message of it. It waits in the outbox while the account's messages take all they may. */
export function queueTarget({ queues }: QueueTargetDeps): TargetKind {
  const write = async (
    tx: Parameters<Queues["sendWithin"]>[0],
    addressed: readonly Addressed[],
  ): Promise<readonly ((() => void) | DeliveryRefused)[]> => {
    const { results, announce } = await queues.sendWithin(tx, addressed);
    // The first one announces all: `announce` leaves out those that were refused.
    let isAnnounced = false;
    const committed = (): void => {
      if (!isAnnounced) announce();
      isAnnounced = true;
    };
    return results.map((result) => (result instanceof AwsError ? new DeliveryRefused(result.message) : committed));
  };
  return {
    name: "queue",
    service: "sqs",
    async open(outgoing) {
      const { TargetArn } = outgoing;
      const queue = await queues.findByArn(TargetArn);
      if (!queue) throw new DeliveryRefused(`there is no queue ${TargetArn}`, "NO_RESOURCE");
      if (queue.isFifo && outgoing.messageGroupId === undefined) {
        throw new DeliveryRefused(
          `${TargetArn} is a FIFO queue, and the message has no message group`,
          "INVALID_PARAMETER",
        );
      }
      const message = messageFor(outgoing, queue.isFifo);
      if (!queues.hasRoomFor(queue, message)) throw new Error("the messages of the account take all they may");
      return sendTogether({ queue, message }, write);
    },
  };
}

function messageFor(outgoing: OutgoingMessage, isFifo: boolean): NewMessage {
  const { sender, sharedBody, attributes, traceId, messageGroupId, messageDeduplicationId } = outgoing;
  return {
    body: sharedBody ? sharedBody.shared.text + sharedBody.rest : textOf(outgoing.body),
    ...(sharedBody && { sharedBody }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
    senderId: senderIdOf(sender),
    ...(traceId !== undefined && { traceHeader: traceId }),
    ...(messageGroupId !== undefined && { groupId: messageGroupId }),
    ...(isFifo && messageDeduplicationId !== undefined && { deduplicationId: messageDeduplicationId }),
  };
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
}

/** The attribute SenderId of a message. */
function senderIdOf(sender: Sender): string {
  if (sender.kind === "function") return `${sender.accountId}:${sender.FunctionName}`;
  return `${sender.accountId}:${sender.principal}`;
}
