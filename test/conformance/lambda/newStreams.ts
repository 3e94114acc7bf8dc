import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  KinesisClient,
  RegisterStreamConsumerCommand,
} from "@aws-sdk/client-kinesis";
import type { LambdaTarget } from "./lambdaTarget.ts";

/** What the role of a function needs to read streams. */
export const STREAM_ACTIONS = ["kinesis:*", "dynamodb:*"] as const;

/** Creates streams for event source mappings. Disposing deletes them. */
export class NewStreams implements AsyncDisposable {
  readonly #target: LambdaTarget;
  readonly #kinesis: KinesisClient;
  readonly #dynamo: DynamoDBClient;
  readonly #streams: string[] = [];
  readonly #tables: string[] = [];

  constructor(target: LambdaTarget) {
    this.#target = target;
    const { region, credentials, endpoint } = target.client.config;
    const config = { region, credentials, ...(endpoint && { endpoint }) };
    this.#kinesis = new KinesisClient(config);
    this.#dynamo = new DynamoDBClient(config);
  }

  /** Resolves with the ARN of a new stream of Kinesis. */
  async create(): Promise<string> {
    const { region, accountId } = this.#target;
    const StreamName = this.#target.newName();
    await this.#kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    this.#streams.push(StreamName);
    return `arn:aws:kinesis:${region}:${accountId}:stream/${StreamName}`;
  }

  /** Resolves with the ARN of a consumer of a new stream. */
  async createConsumer(): Promise<string> {
    const StreamARN = await this.create();
    const { Consumer } = await this.#kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "c" }));
    return Consumer?.ConsumerARN ?? "";
  }

  /** Resolves with the ARN of the stream of a new table. */
  async createTable(): Promise<string> {
    const TableName = this.#target.newName();
    const { TableDescription } = await this.#dynamo.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    this.#tables.push(TableName);
    return TableDescription?.LatestStreamArn ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const remove = (StreamName: string) =>
      this.#kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }));
    await Promise.allSettled(this.#streams.map(remove));
    await Promise.allSettled(this.#tables.map((TableName) => this.#dynamo.send(new DeleteTableCommand({ TableName }))));
    this.#kinesis.destroy();
    this.#dynamo.destroy();
  }
}
