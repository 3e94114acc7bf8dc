import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type CreateFunctionCommandInput,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { NewQueues } from "./newQueue.ts";
import { NewStreams, STREAM_ACTIONS } from "./newStreams.ts";
import { settledMapping } from "./settledMapping.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
let queues: NewQueues;
let streams: NewStreams;
let Role: string;
const made: string[] = [];
beforeAll(async () => {
  target = await lambdaTarget();
  queues = new NewQueues(target);
  streams = new NewStreams(target);
  Role = await target.newRole([
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    ...STREAM_ACTIONS,
    "logs:*",
    "mq:*",
    "kafka:*",
    "secretsmanager:*",
  ]);
});
const newFunction = (wish: Partial<CreateFunctionCommandInput> = {}) => target.newFunction({ Role, ...wish });
afterAll(async () => {
  for (const UUID of made)
    await target.client.send(new DeleteEventSourceMappingCommand({ UUID })).catch(() => undefined);
  await streams[Symbol.asyncDispose]();
  await queues[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

async function create(FunctionName: string, wish: Partial<CreateEventSourceMappingCommandInput>) {
  const created = await target.client.send(new CreateEventSourceMappingCommand({ FunctionName, ...wish }));
  made.push(created.UUID ?? "");
  return created;
}
const get = (UUID = "") => target.client.send(new GetEventSourceMappingCommand({ UUID }));
const update = (UUID: string, wish: Omit<UpdateEventSourceMappingCommandInput, "UUID">) =>
  target.client.send(new UpdateEventSourceMappingCommand({ UUID, ...wish }));
const remove = (UUID = "") => target.client.send(new DeleteEventSourceMappingCommand({ UUID }));

const settled = (UUID?: string) => settledMapping(target.client, UUID);

const arn = (service: string, resource: string) =>
  `arn:aws:${service}:${target.region}:${target.accountId}:${resource}`;
const [queue, stream] = [() => queues.create(), () => streams.create()];
const message = "The resource you requested does not exist.";
const missing = { name: "ResourceNotFoundException", status: 404, message };

describe("CreateEventSourceMapping", () => {
  test("of a queue answers 202, Creating, with AWS's defaults, and is then Enabled", async () => {
    const { FunctionName } = await newFunction();
    const EventSourceArn = await queue();
    const { $metadata, ...created } = await create(FunctionName, { EventSourceArn });
    expect($metadata.httpStatusCode).toBe(202);
    const expected = {
      UUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      EventSourceMappingArn: arn("lambda", `event-source-mapping:${created.UUID}`),
      EventSourceArn,
      FunctionArn: target.arn(FunctionName),
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: [],
      StateTransitionReason: "USER_INITIATED",
    };
    expect(created).toMatchObject({ ...expected, State: "Creating" });
    expect(created.LastModified).toBeInstanceOf(Date);
    expect(await settled(created.UUID)).toMatchObject({ ...expected, State: "Enabled" });
    expect(created.LastProcessingResult).toBeUndefined();
  });

  test("of a stream has AWS's defaults for streams, and keeps everything that is given", async () => {
    const { FunctionName } = await newFunction({ Publish: true });
    const plain = await create(FunctionName, { EventSourceArn: await stream(), StartingPosition: "TRIM_HORIZON" });
    expect(plain.LastProcessingResult).toBe("No records processed");
    expect(await settled(plain.UUID)).toMatchObject({
      StartingPosition: "TRIM_HORIZON",
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      ParallelizationFactor: 1,
      DestinationConfig: { OnFailure: {} },
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: false,
      MaximumRetryAttempts: -1,
      TumblingWindowInSeconds: 0,
      FunctionResponseTypes: [],
      LastProcessingResult: "No records processed",
    });
    expect((await remove(plain.UUID)).LastProcessingResult).toBe("No records processed");
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const wish = {
      EventSourceArn: await streams.createConsumer(),
      StartingPosition: "AT_TIMESTAMP",
      StartingPositionTimestamp: new Date(1_700_000_000_000),
      BatchSize: 7,
      MaximumBatchingWindowInSeconds: 5,
      ParallelizationFactor: 2,
      DestinationConfig: { OnFailure: { Destination: arn("sqs", "failures") } },
      MaximumRecordAgeInSeconds: 60,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 3,
      TumblingWindowInSeconds: 30,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      FilterCriteria: { Filters: [{ Pattern: '{"data": {"a": [1]} }' }] },
      KMSKeyArn: arn("kms", "key/k"),
      MetricsConfig: { Metrics: ["EventCount"] },
    } satisfies Partial<CreateEventSourceMappingCommandInput>;
    const full = await create(`${FunctionName}:live`, { ...wish, Enabled: false });
    expect(full.State).toBe("Creating");
    expect(await settled(full.UUID)).toMatchObject({
      ...wish,
      FunctionArn: target.arn(FunctionName, "live"),
      State: "Disabled",
      StateTransitionReason: "User action",
    });
  });

  test("of Kafka, MQ and DocumentDB keeps what is given, with their defaults", async () => {
    const { FunctionName } = await newFunction();
    const URI = arn("secretsmanager", "secret:s");
    const msk = await create(FunctionName, {
      EventSourceArn: arn("kafka", "cluster/c/0-1"),
      StartingPosition: "LATEST",
      Topics: ["topic"],
      LoggingConfig: { SystemLogLevel: "WARN" },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 5 },
    });
    expect(await settled(msk.UUID)).toMatchObject({
      BatchSize: 100,
      Topics: ["topic"],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: msk.UUID },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 5 },
    });
    const SelfManagedEventSource = { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["a.example.com:9092", "b:9093"] } };
    const own = await create(FunctionName, {
      SelfManagedEventSource,
      StartingPosition: "TRIM_HORIZON",
      Topics: ["topic"],
      SourceAccessConfigurations: [{ Type: "SASL_SCRAM_512_AUTH", URI }],
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: "group" },
    });
    const shown = await settled(own.UUID);
    expect(shown).toMatchObject({
      SelfManagedEventSource,
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: "group" },
      SourceAccessConfigurations: [{ Type: "SASL_SCRAM_512_AUTH", URI }],
    });
    expect(shown.EventSourceArn).toBeUndefined();
    const SourceAccessConfigurations = [{ Type: "BASIC_AUTH" as const, URI }];
    const mq = await create(FunctionName, {
      EventSourceArn: arn("mq", "broker:b:b-0123"),
      Queues: ["orders"],
      SourceAccessConfigurations,
    });
    expect(await settled(mq.UUID)).toMatchObject({ Queues: ["orders"], BatchSize: 100, SourceAccessConfigurations });
  });

  test("is refused for a function that is not there, and for one that has it", async () => {
    const { FunctionName } = await newFunction();
    const EventSourceArn = await queue();
    for (const name of [target.newName(), `${FunctionName}:gone`]) {
      expect(await refusal(create(name, { EventSourceArn }))).toEqual({
        name: "InvalidParameterValueException",
        status: 400,
        message: "Function does not exist",
      });
    }
    const { UUID } = await create(FunctionName, { EventSourceArn });
    expect(await refusal(create(FunctionName, { EventSourceArn }))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message: `An event source mapping with SQS arn (" ${EventSourceArn} ") and function (" ${FunctionName} ") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
    });
    const kinesis = { EventSourceArn: await stream(), StartingPosition: "LATEST" as const };
    const first = await create(FunctionName, kinesis);
    expect(await refusal(create(FunctionName, kinesis))).toMatchObject({
      message: `The event source arn (" ${kinesis.EventSourceArn} ") and function (" ${FunctionName} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${first.UUID}`,
    });
  });
});

describe("a mapping of a self-managed Kafka cluster", () => {
  const SourceAccessConfigurations = () => [
    { Type: "SASL_SCRAM_512_AUTH" as const, URI: arn("secretsmanager", "secret:s") },
  ];
  const cluster = (servers: string[], topic: string) => ({
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: servers } },
    SourceAccessConfigurations: SourceAccessConfigurations(),
    Topics: [topic],
  });

  test("begins at TRIM_HORIZON where nothing else is said, and shows no destination", async () => {
    const { FunctionName } = await newFunction();
    const { $metadata, ...created } = await create(FunctionName, cluster(["a:9092"], "topic"));
    expect($metadata.httpStatusCode).toBe(202);
    expect(created).toMatchObject({
      StartingPosition: "TRIM_HORIZON",
      BatchSize: 100,
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: created.UUID },
      LastProcessingResult: "No records processed",
      StateTransitionReason: "USER_INITIATED",
    });
    expect([created.DestinationConfig, created.FunctionResponseTypes]).toEqual([undefined, undefined]);
  });

  test("in Queue mode has no position, and keeps the mode", async () => {
    const { FunctionName } = await newFunction();
    const SelfManagedKafkaEventSourceConfig = { ConsumerGroupId: "group", ConsumptionMode: "Queue" as const };
    const wish = { ...cluster(["q:9092"], "topic"), SelfManagedKafkaEventSourceConfig };
    const { UUID = "", ...created } = await create(FunctionName, wish);
    expect(created).toMatchObject({ SelfManagedKafkaEventSourceConfig });
    expect(created.StartingPosition).toBeUndefined();
    if (!target.isAws) {
      const SourceAccessConfigurations = [{ Type: "IAM_AUTH" as const }];
      const refused = refusal(create(FunctionName, { ...cluster(["r:9092"], "topic"), SourceAccessConfigurations }));
      expect(await refused).toMatchObject({ message: "Hearth does not support the source access type IAM_AUTH." });
    }
    await settled(UUID);
    const mode = (ConsumptionMode: "Queue" | "Stream") =>
      update(UUID, { SelfManagedKafkaEventSourceConfig: { ConsumptionMode } });
    expect(await refusal(mode("Stream"))).toMatchObject({ name: "InvalidParameterValueException", status: 400 });
    await update(UUID, { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: "group" } });
    const shown = await settled(UUID);
    expect(shown).toMatchObject({ SelfManagedKafkaEventSourceConfig });
    expect(shown.StartingPosition).toBeUndefined();
  });

  test("conflicts with another mapping of the function for the same topic that has a server in common", async () => {
    const { FunctionName } = await newFunction();
    const first = await create(FunctionName, cluster(["a:9092", "b:9092"], "topic"));
    for (const servers of [
      ["a:9092", "b:9092"],
      ["c:9092", "b:9092"],
    ]) {
      expect(await refusal(create(FunctionName, cluster(servers, "topic")))).toEqual({
        name: "ResourceConflictException",
        status: 409,
        message: `An event source mapping with event source ("${servers.join(",")}"), function ("${target.arn(FunctionName)}"), topics ("topic") already exists. Please update or delete the existing mapping with UUID ${first.UUID}`,
      });
    }
    await create(FunctionName, cluster(["a:9092"], "other"));
    await create(FunctionName, cluster(["c:9092"], "topic"));
    const other = (await newFunction()).FunctionName;
    const { UUID = "" } = await create(other, cluster(["b:9092"], "topic"));
    await settled(UUID);
    expect(await refusal(update(UUID, { FunctionName }))).toMatchObject({ name: "ResourceConflictException" });
  });
});

describe("UpdateEventSourceMapping", () => {
  test("changes what it names, answers 202 and shows the change of state", async () => {
    const { FunctionName } = await newFunction();
    const other = (await newFunction()).FunctionName;
    const { UUID = "" } = await create(FunctionName, { EventSourceArn: await queue() });
    await settled(UUID);
    const off = await update(UUID, { Enabled: false });
    expect(off.$metadata.httpStatusCode).toBe(202);
    expect(off.State).toBe("Disabling");
    expect((await settled(UUID)).State).toBe("Disabled");
    expect((await update(UUID, { Enabled: true })).State).toBe("Enabling");
    await settled(UUID);
    const changed = await update(UUID, {
      FunctionName: other,
      BatchSize: 20,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      FilterCriteria: { Filters: [{ Pattern: '{"body":["x"]}' }] },
    });
    expect(changed).toMatchObject({ State: "Updating", FunctionArn: target.arn(other), BatchSize: 20 });
    await settled(UUID);
    await update(UUID, { ScalingConfig: {}, FilterCriteria: { Filters: [] }, FunctionResponseTypes: [] });
    const cleared = await settled(UUID);
    expect(cleared).toMatchObject({ BatchSize: 20, FunctionResponseTypes: [], FunctionArn: target.arn(other) });
    expect([cleared.ScalingConfig, cleared.FilterCriteria]).toEqual([undefined, undefined]);
  });

  test("checks the mapping as it would become", async () => {
    const { FunctionName } = await newFunction();
    const EventSourceArn = await queue();
    const { UUID = "" } = await create(FunctionName, { EventSourceArn });
    await settled(UUID);
    expect(await refusal(update(UUID, { BatchSize: 11 }))).toMatchObject({
      message: "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    });
    expect(await refusal(update(UUID, { ParallelizationFactor: 2 }))).toMatchObject({
      message: "Unsupported 'parallelizationFactor' parameter for given event source mapping type.",
    });
    expect(await refusal(update(UUID, { FunctionName: target.newName() }))).toMatchObject({
      message: "Function does not exist",
    });
    const other = (await newFunction()).FunctionName;
    await create(other, { EventSourceArn });
    expect(await refusal(update(UUID, { FunctionName: other }))).toMatchObject({
      name: "ResourceConflictException",
      status: 409,
    });
    const unknown = "00000000-0000-4000-8000-000000000000";
    expect(await refusal(update(unknown, { BatchSize: 1 }))).toEqual(missing);
    expect(await refusal(update("none", { BatchSize: 1 }))).toMatchObject({ name: "ValidationException", status: 400 });
  });
});

test("UpdateEventSourceMapping leaves the group of Kafka's consumers as it is", async () => {
  const { FunctionName } = await newFunction();
  const { UUID = "" } = await create(FunctionName, {
    EventSourceArn: arn("kafka", "cluster/c/0-2"),
    StartingPosition: "LATEST",
    Topics: ["topic"],
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: "first" },
  });
  await settled(UUID);
  const group = (ConsumerGroupId: string) => update(UUID, { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId } });
  expect(await refusal(group("second"))).toMatchObject({ name: "InvalidParameterValueException", status: 400 });
  await group("first");
  expect((await settled(UUID)).AmazonManagedKafkaEventSourceConfig).toEqual({ ConsumerGroupId: "first" });
});

test("DeleteEventSourceMapping answers 202, Deleting, and then there is none", async () => {
  const { FunctionName } = await newFunction();
  const { UUID } = await create(FunctionName, { EventSourceArn: await queue() });
  await settled(UUID);
  const deleted = await remove(UUID);
  expect([deleted.$metadata.httpStatusCode, deleted.State, deleted.UUID]).toEqual([202, "Deleting", UUID]);
  await expect.poll(async () => await refusal(get(UUID)), { timeout: 60_000 }).toEqual(missing);
  expect(await refusal(remove(UUID))).toEqual(missing);
});

test("a mapping outlives its function until it is deleted", async () => {
  const { FunctionName } = await newFunction();
  const { UUID } = await create(FunctionName, { EventSourceArn: await queue() });
  await settled(UUID);
  await target.client.send(new DeleteFunctionCommand({ FunctionName }));
  expect((await get(UUID)).FunctionArn).toBe(target.arn(FunctionName));
});

test("ListEventSourceMappings pages, and picks by source and by function", async () => {
  const { FunctionName } = await newFunction();
  const other = (await newFunction()).FunctionName;
  const EventSourceArn = await queue();
  const created = [
    await create(FunctionName, { EventSourceArn }),
    await create(FunctionName, { EventSourceArn: await queue() }),
    await create(other, { EventSourceArn }),
  ];
  const list = async (input: object) => await target.client.send(new ListEventSourceMappingsCommand(input));
  const uuids = async (input: object) =>
    new Set(((await list(input)).EventSourceMappings ?? []).map((mapping) => mapping.UUID));
  expect(await uuids({ FunctionName })).toEqual(new Set([created[0]?.UUID, created[1]?.UUID]));
  expect(await uuids({ EventSourceArn })).toEqual(new Set([created[0]?.UUID, created[2]?.UUID]));
  expect(await uuids({ EventSourceArn, FunctionName: target.arn(other) })).toEqual(new Set([created[2]?.UUID]));
  const first = await list({ FunctionName, MaxItems: 1 });
  const second = await list({ FunctionName, MaxItems: 1, Marker: first.NextMarker });
  expect([first.EventSourceMappings?.length, second.EventSourceMappings?.length]).toEqual([1, 1]);
  expect(second.NextMarker).toBeUndefined();
  expect((await list({ FunctionName: target.newName() })).EventSourceMappings).toEqual([]);
  expect((await list({ EventSourceArn: arn("sqs", target.newName()) })).EventSourceMappings).toEqual([]);
});

test("mappings have tags, by their ARN", async () => {
  const { FunctionName } = await newFunction();
  const { EventSourceMappingArn: Resource = "", UUID = "" } = await create(FunctionName, {
    EventSourceArn: await queue(),
    Tags: { a: "1" },
  });
  const tags = async (of = Resource) => (await target.client.send(new ListTagsCommand({ Resource: of }))).Tags;
  expect(await tags()).toEqual({ a: "1" });
  await target.client.send(new TagResourceCommand({ Resource, Tags: { a: "one", b: "2" } }));
  await target.client.send(new UntagResourceCommand({ Resource, TagKeys: ["a"] }));
  expect(await tags()).toEqual({ b: "2" });
  const unknown = Resource.replace(UUID, "00000000-0000-4000-8000-000000000000");
  expect(await refusal(tags(unknown))).toEqual({ ...missing, message: `Event source mapping not found: ${unknown}` });
});
