import { CreateTableCommand, PutItemCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, PutRecordCommand, waitUntilStreamExists } from "@aws-sdk/client-kinesis";
import type { ChaosPath } from "./chaosRun.ts";
import type { ChaosWorld } from "./chaosWorld.ts";

const KEYS = 4;
const WAIT = { maxWaitTime: 60, minDelay: 0.1, maxDelay: 1 };

/** The records of a stream, to a function by a mapping. */
export async function kinesisPath(world: ChaosWorld): Promise<ChaosPath> {
  const [FunctionName, StreamName] = ["kinesis", "chaos"];
  await world.newFunction(FunctionName);
  await world.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await waitUntilStreamExists({ client: world.kinesis, ...WAIT }, { StreamName });
  await world.map({
    FunctionName,
    EventSourceArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`,
    StartingPosition: "TRIM_HORIZON",
    ParallelizationFactor: 2,
  });
  return {
    name: "kinesis",
    goals: [world.function(FunctionName)],
    orderKey: (n) => n % KEYS,
    async send(mark, n) {
      const PartitionKey = String(n % KEYS);
      await world.kinesis.send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(mark) }));
    },
  };
}

/** The changes of a table's items, to a function by a mapping. */
export async function tablePath(world: ChaosWorld): Promise<ChaosPath> {
  const [FunctionName, TableName] = ["table", "chaos"];
  await world.newFunction(FunctionName);
  const { TableDescription } = await world.dynamodb.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  await waitUntilTableExists({ client: world.dynamodb, ...WAIT }, { TableName });
  await world.map({
    FunctionName,
    EventSourceArn: TableDescription?.LatestStreamArn,
    StartingPosition: "TRIM_HORIZON",
  });
  return {
    name: "table",
    goals: [world.function(FunctionName)],
    orderKey: (n) => n % KEYS,
    async send(mark, n) {
      const Item = { id: { S: String(n % KEYS) }, mark: { S: mark } };
      await world.dynamodb.send(new PutItemCommand({ TableName, Item }));
    },
  };
}
