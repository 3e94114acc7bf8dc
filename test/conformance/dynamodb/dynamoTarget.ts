import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

/** A target with clients of DynamoDB. Disposing deletes the tables that `newTable` made. */
export interface DynamoTarget extends ServiceTarget {
  readonly dynamo: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  readonly streams: DynamoDBStreamsClient;
  /** Creates a table with the keys `pk` and `sk`, texts, and resolves with its name when it is active. */
  newTable(input?: Partial<CreateTableCommandInput>): Promise<string>;
}

export async function dynamoTarget(): Promise<DynamoTarget> {
  const target = await serviceTarget();
  const dynamo = new DynamoDBClient({ ...target.config, maxAttempts: 1 });
  const streams = new DynamoDBStreamsClient({ ...target.config, maxAttempts: 1 });
  const documents = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  const made: string[] = [];
  return {
    isAws: target.isAws,
    config: target.config,
    region: target.region,
    accountId: target.accountId,
    newName: () => target.newName(),
    dynamo,
    documents,
    streams,
    async newTable(input = {}) {
      const TableName = target.newName();
      const usual: CreateTableCommandInput = {
        TableName,
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        BillingMode: "PAY_PER_REQUEST",
      };
      await dynamo.send(new CreateTableCommand({ ...usual, ...input }));
      made.push(TableName);
      await waitUntilTableExists({ client: dynamo, maxWaitTime: 60, minDelay: 1 }, { TableName });
      return TableName;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(made.map((TableName) => dynamo.send(new DeleteTableCommand({ TableName }))));
      dynamo.destroy();
      streams.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
