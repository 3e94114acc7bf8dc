import { InvalidParameterValueException } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";

const SQS = /^arn:[^:]+:sqs:/;

/** Throws AWS's error when the event source is a queue that does not exist. Other sources are not looked at. */
export async function checkQueue(
  EventSourceArn: string | undefined,
  { findQueue }: Pick<ApiDeps, "findQueue">,
): Promise<void> {
  if (EventSourceArn === undefined || !SQS.test(EventSourceArn) || (await findQueue(EventSourceArn))) return;
  throw new InvalidParameterValueException(
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
  );
}
