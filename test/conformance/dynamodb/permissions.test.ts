import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteResourcePolicyCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type DynamoTarget, dynamoTarget } from "./dynamoTarget.ts";

// Decisions about operations on items are remembered: these tests make the same call before and after what changes the decision.

let target: DynamoTarget;
let TableName: string;
let ResourceArn: string;
beforeAll(async () => {
  target = await dynamoTarget();
  TableName = await target.newTable();
  ResourceArn = `arn:aws:dynamodb:${target.region}:${target.accountId}:table/${TableName}`;
});
afterAll(async () => await target[Symbol.asyncDispose]());

const Key = { pk: { S: "p" }, sk: { S: "s" } };
const LIMIT = { timeout: 60_000, interval: 200 };
const policyOf = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allowed = "allowed";
const answerOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => allowed,
    (error: Error) => error.name,
  );
const get = (client: DynamoDBClient) => answerOf(client.send(new GetItemCommand({ TableName, Key })));
const put = (client: DynamoDBClient) => answerOf(client.send(new PutItemCommand({ TableName, Item: Key })));

test("a denial in a table's policy holds at once, and no longer than the policy", async () => {
  const { dynamo } = target;
  for (let call = 0; call < 3; call++) expect([await get(dynamo), await put(dynamo)]).toEqual([allowed, allowed]);
  const Deny = { Effect: "Deny", Principal: "*", Action: "dynamodb:GetItem", Resource: ResourceArn };
  await dynamo.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policyOf(Deny) }));
  await expect.poll(() => get(dynamo), LIMIT).toBe("AccessDeniedException");
  expect(await put(dynamo)).toBe(allowed);
  await dynamo.send(new DeleteResourcePolicyCommand({ ResourceArn }));
  await expect.poll(() => get(dynamo), LIMIT).toBe(allowed);
});

/** Runs `work` with a client of a user who has this policy. */
async function asUser(PolicyDocument: string, work: (client: DynamoDBClient) => Promise<void>): Promise<void> {
  const iam = new IAMClient(target.config);
  const UserName = target.newName();
  const PolicyName = "some-items";
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
  const client = new DynamoDBClient({ ...target.config, credentials, maxAttempts: 1 });
  try {
    await work(client);
  } finally {
    client.destroy();
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    await iam.send(new DeleteUserCommand({ UserName }));
    iam.destroy();
  }
}

test("a policy for some partition keys and attributes lets no other item and no other attribute be reached", async () => {
  const PolicyDocument = policyOf(
    {
      Effect: "Allow",
      Action: "dynamodb:*Item*",
      Resource: ResourceArn,
      Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["own"] } },
    },
    {
      Effect: "Allow",
      Action: "dynamodb:Query",
      Resource: ResourceArn,
      Condition: {
        "ForAllValues:StringEquals": {
          "dynamodb:LeadingKeys": ["own"],
          "dynamodb:Attributes": ["pk", "sk", "visible"],
        },
        StringEqualsIfExists: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
      },
    },
  );
  const [own, other] = ["own", "other"].map((pk) => ({ pk: { S: pk }, sk: { S: "s" } })) as [typeof Key, typeof Key];
  await asUser(PolicyDocument, async (client) => {
    const reads = (item: typeof Key) => answerOf(client.send(new GetItemCommand({ TableName, Key: item })));
    const denied = "AccessDeniedException";
    await expect.poll(() => reads(own), LIMIT).toBe(allowed);
    expect(await reads(other)).toBe(denied);
    const batch = (...Keys: (typeof Key)[]) =>
      answerOf(client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } })));
    expect([await batch(own), await batch(own, other)]).toEqual([allowed, denied]);
    const put = (Item: typeof Key) => ({ PutRequest: { Item } });
    const writes = (...items: (typeof Key)[]) =>
      answerOf(client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: items.map(put) } })));
    expect([await writes(own), await writes(own, other)]).toEqual([allowed, denied]);
    const transacts = (...items: (typeof Key)[]) => {
      const TransactItems = items.map((Item) => ({ Put: { TableName, Item } }));
      return answerOf(client.send(new TransactWriteItemsCommand({ TransactItems })));
    };
    expect([await transacts(own), await transacts(own, other)]).toEqual([allowed, denied]);
    const queries = (pk: string, ProjectionExpression?: string) =>
      answerOf(
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": { S: pk } },
            ProjectionExpression,
          }),
        ),
      );
    expect([await queries("own", "sk, visible.x"), await queries("own", "sk, secret"), await queries("own")]).toEqual([
      allowed,
      denied,
      denied,
    ]);
    expect(await queries("other", "sk")).toBe(denied);
  });
});

test("a user may read a table as long as the user's policy says so, and nothing else", async () => {
  const iam = new IAMClient(target.config);
  const UserName = target.newName();
  const PolicyName = "reads";
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = policyOf({ Effect: "Allow", Action: "dynamodb:GetItem", Resource: ResourceArn });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
  const client = new DynamoDBClient({ ...target.config, credentials, maxAttempts: 1 });
  try {
    await expect.poll(() => get(client), LIMIT).toBe(allowed);
    expect([await get(client), await put(client)]).toEqual([allowed, "AccessDeniedException"]);
    const other = client.send(new GetItemCommand({ TableName: `${TableName}-other`, Key }));
    expect(await refusal(other)).toMatchObject({ name: "AccessDeniedException" });
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    await expect.poll(() => get(client), LIMIT).toBe("AccessDeniedException");
  } finally {
    client.destroy();
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    await iam.send(new DeleteUserCommand({ UserName }));
    iam.destroy();
  }
});
