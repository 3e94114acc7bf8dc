import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { ClientConfig } from "@hearth/testkit";

/** Puts orders on the bus of `test/e2e/events.tf`, and resolves with what its rule makes of the one that the function runs for: its destination is the queue `results`. */
export async function orderReachesResults(
  config: ClientConfig,
  QueueUrl: string,
  orders: Readonly<Record<string, number>>,
): Promise<unknown> {
  const events = new EventBridgeClient(config);
  // A busy host may answer nothing for some seconds.
  const sqs = new SQSClient({ ...config, maxAttempts: 8 });
  const Entries = Object.entries(orders).map(([id, value]) => ({
    ...{ EventBusName: "orders", Source: "shop", DetailType: "placed", Detail: JSON.stringify({ id, value }) },
  }));
  const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries }));
  if (FailedEntryCount !== 0) throw new Error(`${FailedEntryCount} events were refused`);
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const [message] = Messages;
    if (!message) continue;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    events.destroy();
    sqs.destroy();
    return (JSON.parse(message.Body ?? "") as { requestPayload: unknown }).requestPayload;
  }
}
