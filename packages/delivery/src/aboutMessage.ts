import type { OutgoingMessage } from "@hearth/model";

/** What logs say about a message. */
export function aboutMessage({ eventId, purpose, TargetArn, sender }: OutgoingMessage): object {
  const { accountId, region } = sender;
  const from = sender.kind === "function" ? { FunctionName: sender.FunctionName } : { sourceArn: sender.sourceArn };
  return { requestId: eventId, accountId, region, ...from, purpose, TargetArn: withoutSecrets(TargetArn) };
}

/** Passwords and tokens are in URLs of endpoints, in their paths too. */
function withoutSecrets(TargetArn: string): string {
  if (!/^https?:/i.test(TargetArn) || !URL.canParse(TargetArn)) return TargetArn;
  const { protocol, host } = new URL(TargetArn);
  return `${protocol}//${host}/…`;
}
