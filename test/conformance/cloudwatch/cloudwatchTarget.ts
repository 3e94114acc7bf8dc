import { CloudWatchClient, type CloudWatchClientConfig } from "@aws-sdk/client-cloudwatch";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

/** A target with a client of CloudWatch. */
export interface CloudWatchTarget extends ServiceTarget {
  readonly cloudwatch: CloudWatchClient;
  client(config?: Partial<CloudWatchClientConfig>): CloudWatchClient;
}

export async function cloudwatchTarget(): Promise<CloudWatchTarget> {
  const target = await serviceTarget();
  const made: CloudWatchClient[] = [];
  const client = (config: Partial<CloudWatchClientConfig> = {}): CloudWatchClient => {
    const one = new CloudWatchClient({ ...target.config, maxAttempts: 1, ...config });
    made.push(one);
    return one;
  };
  return {
    isAws: target.isAws,
    config: target.config,
    region: target.region,
    accountId: target.accountId,
    newName: () => target.newName(),
    cloudwatch: client(),
    client,
    async [Symbol.asyncDispose]() {
      for (const one of made) one.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
