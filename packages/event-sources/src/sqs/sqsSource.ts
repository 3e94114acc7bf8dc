import { InvalidParameterValueException } from "@hearth/model";
import type { QueueSource, SourceName } from "../eventSource.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { HostedQueue } from "./hostedQueue.ts";

const ACTIONS = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] as const;

/** SQS: the queues that Hearth hosts. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function sqsSource({ queues, clock }: Pick<SourceDeps, "queues" | "clock">): QueueSource {
  return {
    name: "sqs",
    shape: "queue",
    serves: ({ EventSourceArn }) => EventSourceArn?.split(":")[2] === "sqs",
    permissions: (source) => ACTIONS.map((action) => ({ action: `sqs:${action}`, resource: arnOf(source) })),
    refusal: ({ action }) =>
      `The provided execution role does not have permissions to call ${action.split(":")[1]} on SQS`,
    async check(mapping, { timeoutSeconds }) {
      const queue = await queues.findByArn(arnOf(mapping));
      if (!queue) {
        throw new InvalidParameterValueException(
          "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
        );
      }
      if (queue.visibilitySeconds < timeoutSeconds) {
        throw new InvalidParameterValueException(
          `Queue visibility timeout: ${queue.visibilitySeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
        );
      }
    },
    open: async (mapping) => await HostedQueue.open(arnOf(mapping), queues, clock),
  };
}

function arnOf({ EventSourceArn = "" }: SourceName): string {
  return EventSourceArn;
}
