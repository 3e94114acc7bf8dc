import type { SnsSubscriptionLimits } from "@hearth/store";

/** AWS's quotas per account and region. https://docs.aws.amazon.com/general/latest/gr/sns.html */
export const MAX_STANDARD_TOPICS = 100_000;
export const MAX_FIFO_TOPICS = 1_000;

const PER_ACCOUNT = { filtersPerTopic: 200, filtersPerAccount: 10_000, pendingPerAccount: 5_000 };

export function subscriptionLimits(isFifo: boolean): SnsSubscriptionLimits {
  return { subscriptions: isFifo ? 100 : 12_500_000, ...PER_ACCOUNT };
}
