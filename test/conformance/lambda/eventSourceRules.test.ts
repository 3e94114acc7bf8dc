import { CreateEventSourceMappingCommand, type CreateEventSourceMappingCommandInput } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { NewStreams, STREAM_ACTIONS } from "./newStreams.ts";
import { NewQueues } from "./newQueue.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
let queues: NewQueues;
let FunctionName: string;
let standardQueue: string;
let fifoQueue: string;
let streams: NewStreams;
let stream: string;
let tableStream: string;
beforeAll(async () => {
  target = await lambdaTarget();
  queues = new NewQueues(target);
  [standardQueue, fifoQueue] = await Promise.all([queues.create(), queues.create(".fifo")]);
  const Role = await target.newRole([
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    ...STREAM_ACTIONS,
    "mq:*",
    "kafka:*",
    "secretsmanager:*",
  ]);
  streams = new NewStreams(target);
  [stream, tableStream] = await Promise.all([streams.create(), streams.createTable()]);
  ({ FunctionName } = await target.newFunction({ Role }));
});
afterAll(async () => {
  await streams[Symbol.asyncDispose]();
  await queues[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

type Wish = Partial<Omit<CreateEventSourceMappingCommandInput, "FunctionName">>;
const create = (wish: Wish) => target.client.send(new CreateEventSourceMappingCommand({ FunctionName, ...wish }));

/** A sound mapping of each kind, to be spoilt by one member. */
const sources = {
  SQS: () => ({ EventSourceArn: standardQueue }),
  FIFO: () => ({ EventSourceArn: fifoQueue }),
  Kinesis: () => ({ EventSourceArn: stream, StartingPosition: "LATEST" }),
  DynamoDB: () => ({
    EventSourceArn: tableStream,
    StartingPosition: "LATEST",
  }),
  MSK: () => ({ EventSourceArn: arn("kafka", "cluster/c/0-1"), StartingPosition: "LATEST", Topics: ["tt"] }),
  SelfManaged: () => ({
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["kafka.example.com:9092"] } },
    SourceAccessConfigurations: [{ Type: "BASIC_AUTH", URI: secret() }],
    Topics: ["tt"],
  }),
  MQ: () => ({
    EventSourceArn: arn("mq", "broker:b:b-0123"),
    Queues: ["q"],
    SourceAccessConfigurations: [{ Type: "BASIC_AUTH", URI: secret() }],
  }),
  DocumentDB: () => ({
    EventSourceArn: arn("rds", "cluster:c"),
    StartingPosition: "LATEST",
    SourceAccessConfigurations: [{ Type: "BASIC_AUTH", URI: secret() }],
    DocumentDBEventSourceConfig: { DatabaseName: "db" },
  }),
} as const satisfies Record<string, () => Wish>;
type Source = keyof typeof sources;

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${target.region}:${target.accountId}:${resource}`;
}
function secret(): string {
  return arn("secretsmanager", "secret:s");
}
const unsupported = (member: string) => `Unsupported '${member}' parameter for given event source mapping type.`;
const missing = (member: string) =>
  `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null.`;
const filter = (Pattern: string) => ({ FilterCriteria: { Filters: [{ Pattern }] } });
const onFailure = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
const QUEUE_MODE = { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: "Queue" } } as const;
const IN_QUEUE_MODE = " when ConsumptionMode is Queue.";

const rules: readonly (readonly [source: Source, wish: Wish, message: string | RegExp])[] = [
  ["SQS", { StartingPosition: "LATEST" }, "StartingPosition is not valid for SQS event sources."],
  ["SQS", { ParallelizationFactor: 1 }, unsupported("parallelizationFactor")],
  ["SQS", { TumblingWindowInSeconds: 1 }, unsupported("tumblingWindowInSeconds")],
  ["SQS", { MaximumRetryAttempts: 1 }, unsupported("maximumRetryAttempts")],
  ["SQS", { Topics: ["tt"] }, unsupported("topics")],
  [
    "SQS",
    onFailure("arn:aws:sqs:us-east-1:000000000000:q"),
    "Unsupported DestinationConfig parameter for given event source mapping type.",
  ],
  [
    "SQS",
    { BatchSize: 11 },
    "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
  ],
  ["SQS", { ProvisionedPollerConfig: { MinimumPollers: 1 } }, /at least 2/],
  [
    "SQS",
    { ScalingConfig: { MaximumConcurrency: 2 }, ProvisionedPollerConfig: { MinimumPollers: 2 } },
    /cannot be used together/,
  ],
  ["SQS", { MetricsConfig: { Metrics: ["KafkaMetrics"] } }, /KafkaMetrics is not supported/],
  ["SQS", filter("{"), "Invalid filter pattern definition."],
  ["SQS", filter('{"body": "x"}'), "Invalid filter pattern definition."],
  ["SQS", { FilterCriteria: { Filters: Array.from({ length: 6 }, () => ({ Pattern: '{"a":[1]}' })) } }, /limit of 5/],
  ["FIFO", { MaximumBatchingWindowInSeconds: 1 }, "Batching window is not supported for FIFO queues"],
  ["FIFO", { BatchSize: 11 }, /FIFO/],
  ["Kinesis", { StartingPosition: undefined }, missing("startingPosition")],
  ["Kinesis", { StartingPosition: "AT_TIMESTAMP" }, "Need to specify a timestamp"],
  ["Kinesis", { StartingPositionTimestamp: new Date(0) }, /only valid with StartingPosition AT_TIMESTAMP/],
  [
    "Kinesis",
    { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: new Date("2999-01-01") },
    /cannot be in the future/,
  ],
  ["Kinesis", { MaximumRecordAgeInSeconds: 59 }, /MaximumRecordAgeInSeconds/],
  ["Kinesis", { ScalingConfig: { MaximumConcurrency: 2 } }, unsupported("scalingConfig")],
  ["Kinesis", { ProvisionedPollerConfig: { MinimumPollers: 2 } }, unsupported("provisionedPollerConfig")],
  [
    "Kinesis",
    { SourceAccessConfigurations: [{ Type: "BASIC_AUTH", URI: "x" }] },
    unsupported("sourceAccessConfigurations"),
  ],
  [
    "Kinesis",
    { DestinationConfig: { OnFailure: {} } },
    "The Destination field is required for an OnFailure configuration.",
  ],
  [
    "Kinesis",
    { DestinationConfig: { OnSuccess: { Destination: "arn:aws:sqs:us-east-1:000000000000:q" } } },
    "Unsupported DestinationConfig parameter for given event source mapping type.",
  ],
  [
    "Kinesis",
    onFailure("arn:aws:lambda:us-east-1:000000000000:function:f"),
    "The destination ARN arn:aws:lambda:us-east-1:000000000000:function:f is invalid.",
  ],
  ["Kinesis", onFailure("kafka://topic"), "The destination ARN kafka://topic is invalid."],
  [
    "DynamoDB",
    { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: new Date(0) },
    /^Unsupported starting position for arn type: arn:aws:dynamodb:\S+:table\/\S+\/stream\/\S+$/,
  ],
  ["DynamoDB", { Queues: ["q"] }, unsupported("queues")],
  ["Kinesis", onFailure("arn:aws:sqs:us-east-1:000000000000:q.fifo"), /^The destination ARN .*\.fifo is invalid\.$/],
  ["SQS", { ProvisionedPollerConfig: { MinimumPollers: 2, PollerGroupName: "g" } }, /PollerGroupName/],
  ["MSK", { SourceAccessConfigurations: [{ Type: "SASL_SCRAM_512_AUTH" }] }, /Type and URI are required/],
  ["MSK", { Topics: undefined }, missing("topics")],
  ["MSK", { ParallelizationFactor: 1 }, unsupported("parallelizationFactor")],
  ["MSK", { SourceAccessConfigurations: [{ Type: "VPC_SUBNET", URI: "subnet:s" }] }, /VPC_SUBNET is not supported/],
  [
    "MSK",
    { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: "g" } },
    unsupported("selfManagedKafkaEventSourceConfig"),
  ],
  [
    "MSK",
    { AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { SchemaRegistryURI: "https://x" } } },
    /ProvisionedPollerConfig/,
  ],
  ["MSK", { ProvisionedPollerConfig: { MinimumPollers: 5, MaximumPollers: 4 } }, /must not be greater/],
  [
    "SelfManaged",
    { SourceAccessConfigurations: undefined, StartingPosition: undefined, Topics: undefined },
    "Required 'sourceAccessConfigurations' parameter is missing.",
  ],
  ["SelfManaged", { SourceAccessConfigurations: [{ Type: "VIRTUAL_HOST", URI: "/" }] }, /VIRTUAL_HOST/],
  ["SelfManaged", { ...QUEUE_MODE, StartingPosition: "LATEST" }, "StartingPosition is not supported" + IN_QUEUE_MODE],
  [
    "SelfManaged",
    { ...QUEUE_MODE, MaximumBatchingWindowInSeconds: 1 },
    "MaximumBatchingWindowInSeconds is not supported" + IN_QUEUE_MODE,
  ],
  [
    "SelfManaged",
    { ...QUEUE_MODE, StartingPositionTimestamp: new Date(0) },
    "StartingPositionTimestamp is not supported" + IN_QUEUE_MODE,
  ],
  ["SelfManaged", { SourceAccessConfigurations: [{ Type: "IAM_AUTH", URI: "x" }] }, /IAM_AUTH does not take a URI/],
  [
    "SelfManaged",
    { SourceAccessConfigurations: [{ Type: "IAM_OAUTHBEARER_AUTH" }] },
    /IAM_OAUTHBEARER_AUTH requires OAUTHBEARER_AUDIENCE/,
  ],
  [
    "SelfManaged",
    { SourceAccessConfigurations: [{ Type: "OAUTHBEARER_SCOPE", URI: "read" }] },
    /OAUTHBEARER_SCOPE requires OAUTHBEARER_AUTH/,
  ],
  ["MSK", { SourceAccessConfigurations: [{ Type: "IAM_AUTH" }] }, /IAM_AUTH is not supported/],
  [
    "SelfManaged",
    { EventSourceArn: "arn:aws:kafka:us-east-1:000000000000:cluster/c/0-1" },
    "Unrecognized event source.",
  ],
  ["MQ", { Queues: undefined }, missing("queues")],
  ["MQ", { SourceAccessConfigurations: [{ Type: "VIRTUAL_HOST", URI: "/" }] }, /BASIC_AUTH/],
  [
    "MQ",
    {
      SourceAccessConfigurations: [
        { Type: "BASIC_AUTH", URI: "x" },
        { Type: "VIRTUAL_HOST", URI: "/" },
        { Type: "VIRTUAL_HOST", URI: "/b" },
      ],
    },
    /At most one .* VIRTUAL_HOST/,
  ],
  ["MQ", { StartingPosition: "LATEST" }, unsupported("startingPosition")],
  ["MQ", { FunctionResponseTypes: ["ReportBatchItemFailures"] }, unsupported("functionResponseTypes")],
  ["DocumentDB", { DocumentDBEventSourceConfig: undefined }, missing("documentDBEventSourceConfig")],
  ["DocumentDB", { DocumentDBEventSourceConfig: { CollectionName: "c" } }, /DatabaseName/],
  ["DocumentDB", { LoggingConfig: { SystemLogLevel: "INFO" } }, unsupported("loggingConfig")],
];

describe("CreateEventSourceMapping refuses", () => {
  test.each(rules)("%s with %j", async (source, wish, message) => {
    const refused = await refusal(create({ ...sources[source](), ...wish }));
    expect(refused).toMatchObject({ name: "InvalidParameterValueException", status: 400 });
    expect(refused.message).toMatch(message);
  });

  test("sources that there are not", async () => {
    const unrecognized = { name: "InvalidParameterValueException", status: 400, message: "Unrecognized event source." };
    expect(await refusal(create({}))).toEqual(unrecognized);
    for (const EventSourceArn of [arn("sns", "topic"), arn("kinesis", "s"), arn("dynamodb", "table/t")]) {
      expect(await refusal(create({ EventSourceArn, StartingPosition: "LATEST" }))).toEqual(unrecognized);
    }
  });

  test("streams that do not exist", async () => {
    for (const EventSourceArn of [`${stream}-gone`, tableStream.replace(":table/", ":table/gone-")]) {
      expect(await refusal(create({ EventSourceArn, StartingPosition: "LATEST" }))).toEqual({
        name: "InvalidParameterValueException",
        status: 400,
        message: `Stream not found: ${EventSourceArn}`,
      });
    }
  });

  test("a starting position that does not exist, and lists those that do", async () => {
    const wish = { ...sources.Kinesis(), StartingPosition: "X" as "LATEST" };
    expect(await refusal(create(wish))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "1 validation error detected: Value 'X' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    });
  });

  const constraints: readonly (readonly [Wish, string])[] = [
    [{ BatchSize: 10_001 }, "batchSize"],
    [{ MaximumBatchingWindowInSeconds: 301 }, "maximumBatchingWindowInSeconds"],
    [{ ParallelizationFactor: 11 }, "parallelizationFactor"],
    [{ MaximumRecordAgeInSeconds: 604_801 }, "maximumRecordAgeInSeconds"],
    [{ MaximumRetryAttempts: 10_001 }, "maximumRetryAttempts"],
    [{ TumblingWindowInSeconds: 901 }, "tumblingWindowInSeconds"],
    [{ StartingPosition: "FIRST" as "LATEST" }, "startingPosition"],
    [
      { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: "Topic" as "Queue" } },
      "selfManagedKafkaEventSourceConfig.consumptionMode",
    ],
    [{ ScalingConfig: { MaximumConcurrency: 1 } }, "scalingConfig.maximumConcurrency"],
    [{ Topics: ["tt", "uu"] }, "topics"],
    [{ EventSourceArn: "queue" }, "eventSourceArn"],
    [{ FunctionResponseTypes: ["All" as "ReportBatchItemFailures"] }, "functionResponseTypes"],
    [{ SourceAccessConfigurations: [{ Type: "NONE" as "BASIC_AUTH" }] }, "sourceAccessConfigurations.1.member.type"],
    [filter("x".repeat(4097)), "filterCriteria.filters.1.member.pattern"],
    [{ SelfManagedEventSource: { Endpoints: { OTHER: ["a:1"] } as never } }, "selfManagedEventSource.endpoints"],
  ];
  test.each(constraints)("%j, which breaks AWS's model", async (wish, where) => {
    const refused = await refusal(create({ ...sources.SQS(), ...wish }));
    expect(refused).toMatchObject({ name: "ValidationException", status: 400 });
    expect(refused.message).toContain(`at '${where}' failed to satisfy constraint`);
  });
});

test("a queue must exist", async () => {
  expect(await refusal(create({ EventSourceArn: arn("sqs", target.newName()) }))).toEqual({
    name: "InvalidParameterValueException",
    status: 400,
    message:
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
  });
});
