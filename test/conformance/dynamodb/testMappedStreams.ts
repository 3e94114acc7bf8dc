import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type RunningHearth, zipOf } from "@hearth/testkit";
import { beforeAll, expect, test } from "vitest";
import type { Key } from "../iot/newAccount.ts";

export interface MappedStreams {
  readonly hearth: RunningHearth;
  readonly accountId: string;
  readonly region: string;
  readonly key: Key;
  /** The account's tables, through Hearth. */
  readonly tables: DynamoDBClient;
  /** The server's own client, and what a table of the account is called there. */
  readonly direct: DynamoDBClient;
  readonly serverName: (TableName: string) => string;
}

interface Change {
  readonly eventName: string;
  readonly eventSourceARN: string;
  readonly awsRegion: string;
  readonly dynamodb: { readonly Keys: { readonly pk: { readonly S: string } } };
}

const PATIENCE = { timeout: 60_000 };

/** Functions that are mapped to streams of the named server. */
export function testMappedStreams(of: () => MappedStreams): void {
  let lambda: LambdaClient;
  let logs: CloudWatchLogsClient;
  let Role = "";

  beforeAll(async () => {
    const { hearth, key: credentials } = of();
    const config = { ...hearth.clientConfig, credentials };
    [lambda, logs] = [new LambdaClient(config), new CloudWatchLogsClient(config)];
    const iam = new IAMClient(config);
    const document = (Statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
    const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
    const named = { RoleName: "of-streams" };
    const made = await iam.send(new CreateRoleCommand({ ...named, AssumeRolePolicyDocument: document(trust) }));
    Role = made.Role?.Arn ?? "";
    const PolicyDocument = document({ Effect: "Allow", Action: ["logs:*", "dynamodb:*", "sqs:*"], Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ ...named, PolicyName: "inline", PolicyDocument }));
    iam.destroy();
    return () => [lambda, logs].forEach((it) => it.destroy());
  });

  async function newTable(TableName: string): Promise<string> {
    const { TableDescription } = await of().tables.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    return TableDescription?.LatestStreamArn ?? "";
  }

  const put = async (TableName: string, pk: string, body = "") =>
    await of().tables.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, body: { S: body } } }));

  /** A function that logs what it gets and fails for the key `poison`, with its mapping. */
  async function map(FunctionName: string, wish: Partial<CreateEventSourceMappingCommandInput>): Promise<void> {
    const source = `export const handler = async ({ Records }) => {
      if (Records.some(({ dynamodb }) => dynamodb.Keys.pk.S === "poison")) throw new Error("poison");
      for (const record of Records) console.log("CHANGE " + JSON.stringify(record));
    };`;
    const Code = { ZipFile: await zipOf({ "index.mjs": source }) };
    const more = { Runtime: "nodejs22.x", Handler: "index.handler" } as const;
    await lambda.send(new CreateFunctionCommand({ FunctionName, Role, Code, ...more }));
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120 }, { FunctionName });
    const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, ...wish }));
    const state = async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
    await expect.poll(state, PATIENCE).toBe("Enabled");
  }

  async function changes(FunctionName: string): Promise<readonly Change[]> {
    const asked = { logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: "CHANGE" };
    const found = await logs.send(new FilterLogEventsCommand(asked)).catch(() => ({ events: [] }));
    return (found.events ?? []).map(
      ({ message = "" }) => JSON.parse(message.slice(message.indexOf("CHANGE ") + 7)) as Change,
    );
  }
  const named = async (FunctionName: string) =>
    (await changes(FunctionName)).map(({ eventName, dynamodb }) => `${eventName} ${dynamodb.Keys.pk.S}`);

  test("gets its changes, under the caller's names, as its filter says, and goes on where it was after a restart", async () => {
    const { hearth, accountId, region, tables, direct, serverName } = of();
    const EventSourceArn = await newTable("mapped");
    await put("mapped", "a", "one");
    const Pattern = JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ "anything-but": "ignored" }] } } } });
    await map("mapped", {
      EventSourceArn,
      StartingPosition: "TRIM_HORIZON",
      FilterCriteria: { Filters: [{ Pattern }] },
    });
    await put("mapped", "ignored");
    await tables.send(
      new UpdateItemCommand({
        TableName: "mapped",
        Key: { pk: { S: "a" } },
        UpdateExpression: "SET body = :b",
        ExpressionAttributeValues: { ":b": { S: "two" } },
      }),
    );
    await tables.send(new DeleteItemCommand({ TableName: "mapped", Key: { pk: { S: "a" } } }));
    await expect.poll(() => named("mapped"), PATIENCE).toEqual(["INSERT a", "MODIFY a", "REMOVE a"]);
    const [, modified, removed] = await changes("mapped");
    expect(modified).toMatchObject({
      ...{ eventSource: "aws:dynamodb", eventSourceARN: EventSourceArn, awsRegion: region },
      dynamodb: {
        OldImage: { pk: { S: "a" }, body: { S: "one" } },
        NewImage: { pk: { S: "a" }, body: { S: "two" } },
        SequenceNumber: expect.stringMatching(/^\d+$/),
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
    });
    expect(EventSourceArn).toContain(`:${region}:${accountId}:table/mapped/stream/`);
    expect(removed?.dynamodb).not.toHaveProperty("NewImage");
    await hearth.kill("SIGTERM");
    const Item = { pk: { S: "meanwhile" } };
    await direct.send(new PutItemCommand({ TableName: serverName("mapped"), Item }));
    await hearth.start();
    await expect.poll(async () => (await named("mapped")).at(-1), PATIENCE).toBe("INSERT meanwhile");
    expect(await named("mapped")).toEqual(["INSERT a", "MODIFY a", "REMOVE a", "INSERT meanwhile"]);
  });

  test("at LATEST gets what comes from then on; what it cannot do goes to the on-failure destination", async () => {
    const { hearth, accountId, region, key: credentials } = of();
    const sqs = new SQSClient({ ...hearth.clientConfig, credentials });
    using _sqs = { [Symbol.dispose]: () => sqs.destroy() };
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "failed-changes" }));
    const EventSourceArn = await newTable("latest");
    await put("latest", "before");
    await map("latest", {
      EventSourceArn,
      StartingPosition: "LATEST",
      BatchSize: 1,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:${region}:${accountId}:failed-changes` } },
    });
    // A mapping at LATEST begins a moment after it is enabled.
    await expect
      .poll(async () => {
        await put("latest", crypto.randomUUID());
        return (await named("latest")).length;
      }, PATIENCE)
      .toBeGreaterThan(0);
    await put("latest", "poison");
    await put("latest", "after");
    await expect.poll(async () => (await named("latest")).at(-1), PATIENCE).toBe("INSERT after");
    expect(await named("latest")).not.toContain("INSERT before");
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    expect(JSON.parse(Messages?.[0]?.Body ?? "{}")).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted" },
      DDBStreamBatchInfo: { batchSize: 1, streamArn: EventSourceArn },
    });
  });
}
