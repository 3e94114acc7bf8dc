import { AwsError } from "@hearth/model";
import type { NewMessage, Queues } from "@hearth/queues";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { TargetKind } from "./targetKind.ts";

export interface QueueTargetDeps {
  readonly queues: Pick<Queues, "findByArn" | "sendWithin">;
}

/** A message to a standard queue becomes a message of it. AWS sends to no FIFO queue. */
export function queueTarget({ queues }: QueueTargetDeps): TargetKind {
  return {
    name: "queue",
    service: "sqs",
    async open({ TargetArn, sender, body, attributes, traceId }) {
      const queue = await queues.findByArn(TargetArn);
      if (!queue) throw new DeliveryRefused(`there is no queue ${TargetArn}`);
      if (queue.isFifo) throw new DeliveryRefused(`${TargetArn} is a FIFO queue`);
      const message: NewMessage = {
        body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"),
        ...(Object.keys(attributes).length > 0 && { attributes }),
        senderId: `${sender.accountId}:${sender.FunctionName}`,
        ...(traceId !== undefined && { traceHeader: traceId }),
      };
      return async (tx) => {
        const { results, announce } = await queues.sendWithin(tx, [{ queue, message }]);
        const [result] = results;
        if (result instanceof AwsError) throw new DeliveryRefused(result.message);
        return announce;
      };
    },
  };
}
