import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  type Ministack,
  noMinistack,
  type RunningHearth,
  skipReason,
  startHearth,
  startMinistack,
} from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Key, newAccount } from "../iot/newAccount.ts";
import { testMappedStreams } from "./testMappedStreams.ts";

const OWNER = "000000000000";
const OTHER = "111122223333";
const HOME = "us-east-1";
const AWAY = "eu-west-1";

describe("tables on a named server", skipReason(await noMinistack()), () => {
  const stack = new AsyncDisposableStack();
  let ministack: Ministack;
  let hearth: RunningHearth;
  let owner: DynamoDBClient;
  let away: DynamoDBClient;
  let other: DynamoDBClient;
  let direct: DynamoDBClient;
  let otherKey: Key;

  beforeAll(async () => {
    ministack = stack.use(await startMinistack());
    hearth = stack.use(
      await startHearth({
        env: {
          HEARTH_REGIONS: AWAY,
          HEARTH_DYNAMODB_ENDPOINT: ministack.endpoint,
          HEARTH_DYNAMODB_REGION: "ap-south-1",
          HEARTH_DYNAMODB_ACCESS_KEY_ID: "server",
          HEARTH_DYNAMODB_SECRET_ACCESS_KEY: "secret",
        },
      }),
    );
    otherKey = await newAccount(hearth, OTHER);
    owner = clientOf({});
    away = clientOf({ region: AWAY });
    other = clientOf({ credentials: otherKey });
    const credentials = { accessKeyId: "server", secretAccessKey: "secret" };
    direct = clientOf({ endpoint: ministack.endpoint, region: "ap-south-1", credentials });
  }, 180_000);
  afterAll(async () => await stack.disposeAsync());

  const clientOf = (config: object): DynamoDBClient =>
    stack.adopt(new DynamoDBClient({ ...hearth.clientConfig, maxAttempts: 1, ...config }), (it) => it.destroy());
  const create = async (client: DynamoDBClient, TableName: string, more: object = {}) =>
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        ...more,
      }),
    );
  const arnOf = (accountId: string, region: string, TableName: string): string =>
    `arn:aws:dynamodb:${region}:${accountId}:table/${TableName}`;
  const put = async (client: DynamoDBClient, TableName: string, pk: string, more: object = {}) =>
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...more } }));
  const bodyOf = async (client: DynamoDBClient, TableName: string, pk = "a"): Promise<string | undefined> => {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } } }));
    return Item?.["body"]?.S;
  };

  test("accounts and regions have tables of the same name, and each sees its own", async () => {
    const owners = [
      [owner, OWNER, HOME],
      [away, OWNER, AWAY],
      [other, OTHER, HOME],
    ] as const;
    for (const [client, accountId, region] of owners) {
      const { TableDescription } = await create(client, "orders", { Tags: [{ Key: "of", Value: accountId + region }] });
      const TableArn = arnOf(accountId, region, "orders");
      expect(TableDescription).toMatchObject({ TableName: "orders", TableArn });
      await put(client, "orders", "a", { body: { S: accountId + region } });
    }
    for (const [client, accountId, region] of owners) {
      expect(await bodyOf(client, "orders")).toBe(accountId + region);
      expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(["orders"]);
      const ResourceArn = arnOf(accountId, region, "orders");
      const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
      expect(Tags).toEqual([{ Key: "of", Value: accountId + region }]);
    }
    const { TableNames } = await direct.send(new ListTablesCommand({}));
    expect(TableNames?.toSorted()).toEqual([`${OWNER}.${AWAY}.orders`, `${OTHER}.${HOME}.orders`, "orders"]);
  });

  test("a table of another account is reached only as its policy allows, by none of its names on the server", async () => {
    await create(owner, "shared");
    await put(owner, "shared", "a", { body: { S: "of the owner" } });
    const TableName = arnOf(OWNER, HOME, "shared");
    await expect(bodyOf(other, TableName)).rejects.toMatchObject({ name: "AccessDeniedException" });
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: OTHER }, Action: "dynamodb:GetItem", Resource: TableName }],
    });
    await owner.send(new PutResourcePolicyCommand({ ResourceArn: TableName, Policy }));
    await expect.poll(async () => await bodyOf(other, TableName).catch(() => "")).toBe("of the owner");
    await expect(put(other, TableName, "b")).rejects.toMatchObject({ name: "AccessDeniedException" });
    await create(other, "secret");
    const serverName = `${OTHER}.${HOME}.secret`;
    await expect(bodyOf(owner, serverName)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(create(owner, `${OTHER}.${HOME}.new`)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("batches and transactions use the caller's names, and each of their tables is authorised", async () => {
    await create(other, "first");
    await create(other, "second");
    const PutRequest = (pk: string) => ({
      PutRequest: { Item: { pk: { S: pk }, data: { B: Buffer.from([0, 255]) } } },
    });
    const written = await other.send(
      new BatchWriteItemCommand({
        RequestItems: { first: [PutRequest("a")], second: [PutRequest("b")] },
        ReturnConsumedCapacity: "TOTAL",
      }),
    );
    expect(written.ConsumedCapacity?.map(({ TableName }) => TableName).toSorted()).toEqual(["first", "second"]);
    const { Responses } = await other.send(
      new BatchGetItemCommand({
        RequestItems: { first: { Keys: [{ pk: { S: "a" } }] }, second: { Keys: [{ pk: { S: "b" } }] } },
      }),
    );
    expect(Object.keys(Responses ?? {}).toSorted()).toEqual(["first", "second"]);
    expect(Buffer.from(Responses?.["first"]?.[0]?.["data"]?.B ?? [])).toEqual(Buffer.from([0, 255]));
    const Update = {
      TableName: "first",
      Key: { pk: { S: "a" } },
      UpdateExpression: "SET n = :n",
      ConditionExpression: "attribute_not_exists(n)",
      ExpressionAttributeValues: { ":n": { N: "1" } },
    };
    await other.send(new TransactWriteItemsCommand({ TransactItems: [{ Update }] }));
    await expect(other.send(new TransactWriteItemsCommand({ TransactItems: [{ Update }] }))).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "ConditionalCheckFailed" }],
    });

    const iam = new IAMClient({ ...hearth.clientConfig, credentials: otherKey });
    await iam.send(new CreateUserCommand({ UserName: "of-first" }));
    const Statement = [{ Effect: "Allow", Action: "dynamodb:*", Resource: arnOf(OTHER, HOME, "first") }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: "of-first", PolicyName: "first", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "of-first" }));
    iam.destroy();
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const user = clientOf({ credentials });
    const write = (items: Record<string, ReturnType<typeof PutRequest>[]>) =>
      user.send(new BatchWriteItemCommand({ RequestItems: items }));
    await expect
      .poll(async () => await write({ first: [PutRequest("c")] }).then(() => "written", String))
      .toBe("written");
    await expect(write({ first: [PutRequest("d")], second: [PutRequest("d")] })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const both = ["first", "second"].map((TableName) => ({ Put: { TableName, Item: { pk: { S: "e" } } } }));
    await expect(user.send(new TransactWriteItemsCommand({ TransactItems: both }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    await expect(user.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM "second"' }))).rejects.toMatchObject(
      { name: "NotImplementedException" },
    );
  });

  test("the server's errors have AWS's shape, and name tables as callers do", async () => {
    await create(other, "errors");
    await expect(
      other.send(new QueryCommand({ TableName: "errors", KeyConditionExpression: "nonsense" })),
    ).rejects.toMatchObject({ name: "ValidationException", message: expect.stringMatching(/./) });
    await put(other, "errors", "a", { body: { S: "there" } });
    const failed = other.send(
      new UpdateItemCommand({
        TableName: "errors",
        Key: { pk: { S: "a" } },
        UpdateExpression: "SET body = :b",
        ConditionExpression: "attribute_not_exists(pk)",
        ExpressionAttributeValues: { ":b": { S: "new" } },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    await expect(failed).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
      Item: { pk: { S: "a" }, body: { S: "there" } },
    });
    const again = await create(other, "errors").catch((error: unknown) => error as Error);
    expect(again).toMatchObject({ name: "ResourceInUseException" });
    expect((again as Error).message).not.toContain(OTHER);
    expect(await bodyOf(other, "errors")).toBe("there");
  });

  test("what the server had before is the owner's; a deleted table belongs to no account", async () => {
    await create(direct, "legacy");
    await put(direct, "legacy", "a", { body: { S: "old" } });
    expect(await bodyOf(owner, "legacy")).toBe("old");
    expect((await owner.send(new ListTablesCommand({}))).TableNames).toContain("legacy");
    await expect(bodyOf(other, "legacy")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await owner.send(new DeleteTableCommand({ TableName: "legacy" }));
    await expect
      .poll(async () => {
        const described = owner.send(new DescribeTableCommand({ TableName: "legacy" }));
        return await described.then(
          () => "there",
          (error: unknown) => (error as Error).name,
        );
      })
      .toBe("ResourceNotFoundException");
    expect((await owner.send(new ListTablesCommand({}))).TableNames).not.toContain("legacy");
  });

  test("streams are read by their own ARNs, and an iterator is of use for its stream alone", async () => {
    const { TableDescription } = await create(other, "changes", {
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
    const StreamArn = TableDescription?.LatestStreamArn ?? "";
    expect(StreamArn).toBe(`${arnOf(OTHER, HOME, "changes")}/stream/${TableDescription?.LatestStreamLabel}`);
    await put(other, "changes", "a", { body: { S: "changed" } });
    const streams = new DynamoDBStreamsClient({ ...hearth.clientConfig, credentials: otherKey, maxAttempts: 1 });
    using _streams = { [Symbol.dispose]: () => streams.destroy() };
    expect((await streams.send(new ListStreamsCommand({}))).Streams).toEqual([
      { StreamArn, TableName: "changes", StreamLabel: TableDescription?.LatestStreamLabel },
    ]);
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    expect(StreamDescription).toMatchObject({ StreamArn, TableName: "changes" });
    const { ShardIterator = "" } = await streams.send(
      new GetShardIteratorCommand({
        StreamArn,
        ShardId: StreamDescription?.Shards?.[0]?.ShardId,
        ShardIteratorType: "TRIM_HORIZON",
      }),
    );
    const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records).toMatchObject([
      { eventName: "INSERT", awsRegion: HOME, dynamodb: { NewImage: { body: { S: "changed" } } } },
    ]);
    // The owner may read its own streams; the server's iterator in it is of another account.
    const stolen = ShardIterator.replaceAll(OTHER, OWNER);
    const own = new DynamoDBStreamsClient({ ...hearth.clientConfig, maxAttempts: 1 });
    using _own = { [Symbol.dispose]: () => own.destroy() };
    await expect(own.send(new GetRecordsCommand({ ShardIterator: stolen }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect((await own.send(new ListStreamsCommand({}))).Streams).toEqual([]);
  });

  describe("a function that is mapped to a stream", () => {
    testMappedStreams(() => ({
      ...{ hearth, accountId: OTHER, region: HOME, key: otherKey, tables: other, direct },
      serverName: (TableName) => `${OTHER}.${HOME}.${TableName}`,
    }));
  });
});
