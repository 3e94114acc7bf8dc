import type { OutgoingMessage } from "@hearth/model";

/** What logs say about a message. */
export function aboutMessage({ eventId, purpose, TargetArn, sender }: OutgoingMessage): object {
  const { accountId, region } = sender;
  const from = sender.kind === "function" ? { FunctionName: sender.FunctionName } : { sourceArn: sender.sourceArn };
  return { requestId: eventId, accountId, region, ...from, purpose, TargetArn };
}
