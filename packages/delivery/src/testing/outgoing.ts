import { systemRandom } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";

/** Where the senders and targets of tests are. */
export const HERE = { accountId: "000000000000", region: "us-east-1" };
export const TOPIC_ARN = `arn:aws:sns:${HERE.region}:${HERE.accountId}:orders`;

/** A notification of a topic. */
export function outgoing(message: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: systemRandom.uuid(),
    sender: { kind: "service", ...HERE, principal: "sns.amazonaws.com", sourceArn: TOPIC_ARN },
    purpose: "Notification",
    TargetArn: "https://example.com/hook",
    body: Buffer.from("{}"),
    attributes: {},
    hops: 1,
    ...message,
  };
}

export function queueArn(QueueName: string): string {
  return `arn:aws:sqs:${HERE.region}:${HERE.accountId}:${QueueName}`;
}
