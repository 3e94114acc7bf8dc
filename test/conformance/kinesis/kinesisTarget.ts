import { CreateStreamCommand, DeleteStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

/** A target with a client of Kinesis, which speaks HTTP/2. Disposing deletes the streams that `newStream` made. */
export interface KinesisTarget extends ServiceTarget {
  readonly kinesis: KinesisClient;
  /** Creates a stream and resolves with its name. */
  newStream(ShardCount?: number): Promise<string>;
}

export async function kinesisTarget(): Promise<KinesisTarget> {
  const target = await serviceTarget();
  const kinesis = new KinesisClient({ ...target.config, maxAttempts: 1 });
  const made: string[] = [];
  return {
    isAws: target.isAws,
    config: target.config,
    region: target.region,
    accountId: target.accountId,
    newName: () => target.newName(),
    kinesis,
    async newStream(ShardCount = 1) {
      const StreamName = target.newName();
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
      made.push(StreamName);
      return StreamName;
    },
    async [Symbol.asyncDispose]() {
      const remove = (StreamName: string) =>
        kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
      await Promise.allSettled(made.map(remove));
      kinesis.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
