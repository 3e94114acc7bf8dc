import type { Signing } from "./signing.ts";

/** The addresses of this Hearth in messages of SNS. */
export interface Links {
  /** Scheme, host and port, without a slash at the end. */
  readonly publicUrl: string;
}

export function unsubscribeUrl({ publicUrl }: Links, subscriptionArn: string): string {
  return `${publicUrl}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`;
}

export function subscribeUrl({ publicUrl }: Links, topicArn: string, token: string): string {
  return `${publicUrl}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`;
}

export async function signingCertUrl({ publicUrl }: Links, signing: Pick<Signing, "certificateName">): Promise<string> {
  return `${publicUrl}/${await signing.certificateName()}`;
}
