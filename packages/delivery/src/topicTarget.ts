import { AwsError, type OutgoingMessage, ThrottlingException } from "@hearth/model";
import type { Publication, Topics } from "@hearth/topics";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { TargetKind } from "./targetKind.ts";

export interface TopicTargetDeps {
  readonly topics: Pick<Topics, "findByArn" | "prepare">;
}

/** A message to a topic is published there: what its subscriptions get is written in the same transaction. `parameters.subject` becomes the subject; `parameters.messageStructure` may be `json`. */
export function topicTarget({ topics }: TopicTargetDeps): TargetKind {
  return {
    name: "topic",
    service: "sns",
    async open(outgoing) {
      const topic = await topics.findByArn(outgoing.TargetArn);
      if (!topic) throw new DeliveryRefused(`there is no topic ${outgoing.TargetArn}`, "NO_RESOURCE");
      const prepared = await topics.prepare(topic, publicationOf(outgoing, topic.isFifo)).catch((error: unknown) => {
        throw error instanceof AwsError && !(error instanceof ThrottlingException)
          ? new DeliveryRefused(error.message, "INVALID_PARAMETER")
          : error;
      });
      return async (tx) => {
        await prepared.write(tx);
        return () => prepared.committed();
      };
    },
  };
}

function publicationOf(outgoing: OutgoingMessage, isFifo: boolean): Publication {
  const { id, body, attributes, traceId, hops, messageGroupId, messageDeduplicationId, parameters } = outgoing;
  const subject = parameters?.["subject"];
  const structure = parameters?.["messageStructure"];
  return {
    messageId: id,
    message: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"),
    ...(typeof subject === "string" && { subject }),
    ...(typeof structure === "string" && { structure }),
    attributes,
    ...(messageGroupId !== undefined && { groupId: messageGroupId }),
    ...(isFifo && messageDeduplicationId !== undefined && { deduplicationId: messageDeduplicationId }),
    ...(traceId !== undefined && { traceId }),
    hops,
  };
}
