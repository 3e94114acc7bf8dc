import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from "@aws-sdk/client-dynamodb-streams";
import type { RunningHearth } from "@hearth/testkit";
import { expect, test } from "vitest";

type Item = Record<string, AttributeValue>;

const [PLAIN, INDEXED] = ["plain", "indexed"];
/** Rounds of all writers before the process is killed. */
const ROUNDS = 8;
const keyOf = (name: string): Item => ({ pk: { S: name } });

function clientOf(hearth: RunningHearth): DynamoDBClient {
  return new DynamoDBClient({ ...hearth.clientConfig, maxAttempts: 1 });
}

async function open(dynamo: DynamoDBClient): Promise<void> {
  const hash = { AttributeName: "pk", AttributeType: "S" } as const;
  const usual: Omit<CreateTableCommandInput, "TableName" | "AttributeDefinitions"> = {
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  };
  await dynamo.send(new CreateTableCommand({ ...usual, TableName: PLAIN, AttributeDefinitions: [hash] }));
  await dynamo.send(
    new CreateTableCommand({
      ...usual,
      TableName: INDEXED,
      AttributeDefinitions: [hash, { AttributeName: "g", AttributeType: "N" }],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-g",
          KeySchema: [{ AttributeName: "g", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
}

/** Repeats `step` until a request is not answered. */
async function untilKilled(step: (n: number) => Promise<unknown>, answered: () => void): Promise<void> {
  try {
    for (let n = 1; ; n++) {
      await step(n);
      answered();
    }
  } catch (error) {
    if (error instanceof DynamoDBServiceException && error.$metadata.httpStatusCode !== undefined) throw error;
  }
}

async function scanned(dynamo: DynamoDBClient, TableName: string, IndexName?: string): Promise<Map<string, Item>> {
  const { Items = [], LastEvaluatedKey } = await dynamo.send(new ScanCommand({ TableName, IndexName }));
  expect(LastEvaluatedKey).toBeUndefined();
  return new Map(Items.map((item) => [item["pk"]?.S ?? "", item]));
}

async function recordsOf(
  hearth: RunningHearth,
  dynamo: DynamoDBClient,
  TableName: string,
): Promise<readonly StreamRecord[]> {
  const client = new DynamoDBStreamsClient(hearth.clientConfig);
  const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const found: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const first = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
    let { ShardIterator } = await client.send(new GetShardIteratorCommand(first));
    for (let read = 1; ShardIterator !== undefined && read > 0;) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator }));
      found.push(...(page.Records ?? []));
      read = page.Records?.length ?? 0;
      ShardIterator = page.NextShardIterator;
    }
  }
  client.destroy();
  return found;
}

/** Tests of tables in a process that is killed and started again. `running`: the process. */
export function testTableCrash(running: () => RunningHearth): void {
  test(
    "kill -9 while items are written: what was answered is there, transactions are whole, and the streams tell of each change once and in order",
    { timeout: 240_000 },
    async () => {
      const hearth = running();
      const before = clientOf(hearth);
      await open(before);
      const answered = { put: 0, count: 0, transact: 0, batch: 0 };
      const put = (pk: string, n: number) => ({ ...keyOf(pk), v: { N: String(n) }, g: { N: String(n % 5) } });
      const load = Promise.all([
        untilKilled(
          async (n) => await before.send(new PutItemCommand({ TableName: PLAIN, Item: put("put", n) })),
          () => answered.put++,
        ),
        untilKilled(
          async () =>
            await before.send(
              new UpdateItemCommand({
                TableName: INDEXED,
                Key: keyOf("count"),
                UpdateExpression: "ADD v :one SET g = :one",
                ExpressionAttributeValues: { ":one": { N: "1" } },
              }),
            ),
          () => answered.count++,
        ),
        untilKilled(
          async (n) => {
            const TransactItems = [PLAIN, INDEXED].map((TableName) => ({ Put: { TableName, Item: put("both", n) } }));
            await before.send(new TransactWriteItemsCommand({ TransactItems }));
          },
          () => answered.transact++,
        ),
        untilKilled(
          async (n) => {
            const RequestItems = {
              [INDEXED]: ["one", "two"].map((pk) => ({ PutRequest: { Item: put(pk, n) } })),
            };
            await before.send(new BatchWriteItemCommand({ RequestItems }));
          },
          () => answered.batch++,
        ),
      ]);
      await expect
        .poll(() => Math.min(...Object.values(answered)), { timeout: 60_000, interval: 20 })
        .toBeGreaterThan(ROUNDS);
      await hearth.kill("SIGKILL");
      await load;
      before.destroy();
      await hearth.start();

      const dynamo = clientOf(hearth);
      const [plain, indexed] = [await scanned(dynamo, PLAIN), await scanned(dynamo, INDEXED)];
      // One write of each kind may have been committed and not answered.
      const isAnswered = (item: Item | undefined, count: number): void => {
        const value = Number(item?.["v"]?.N);
        expect([count, count + 1]).toContain(value);
      };
      isAnswered(plain.get("put"), answered.put);
      isAnswered(indexed.get("count"), answered.count);
      isAnswered(plain.get("both"), answered.transact);
      for (const pk of ["one", "two"]) isAnswered(indexed.get(pk), answered.batch);
      expect(indexed.get("both")).toEqual(plain.get("both"));
      expect(await scanned(dynamo, INDEXED, "by-g")).toEqual(indexed);
      for (const [TableName, items] of [
        [PLAIN, plain],
        [INDEXED, indexed],
      ] as const) {
        const told = new Map<string, Item>();
        for (const { dynamodb } of await recordsOf(hearth, dynamo, TableName)) {
          const pk = dynamodb?.Keys?.["pk"]?.S ?? "";
          expect(dynamodb?.OldImage).toEqual(told.get(pk));
          told.set(pk, dynamodb?.NewImage ?? {});
        }
        expect(told).toEqual(items);
      }
      dynamo.destroy();
    },
  );
}
