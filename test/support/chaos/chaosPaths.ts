import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { PutEventsCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  InvokeCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { CreateScheduleCommand } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { ChaosPath } from "./chaosRun.ts";
import type { ChaosWorld } from "./chaosWorld.ts";
import { kinesisPath, tablePath } from "./streamPaths.ts";
import { MAKE_PATH_MS, withinLimit } from "./withinLimit.ts";

/** More than a topic delivers to in the transaction of Publish. */
const WIDE = 12;
/** The groups of a FIFO queue. */
const GROUPS = 4;
/** A mapping needs a queue whose messages stay invisible for as long as its function may run. */
const POLLED = { VisibilityTimeout: "10" };
/** A schedule is due after this time, while other schedules are created and processes are killed. */
const SCHEDULE_AHEAD_MS = 6_000;

/** Every way by which Hearth brings what it has accepted to a queue or a function. */
export async function chaosPaths(world: ChaosWorld): Promise<readonly ChaosPath[]> {
  const makers = [
    asynchronous,
    failing,
    mappedQueue,
    mappedFifoQueue,
    topic,
    wideTopic,
    rule,
    schedules,
    logSubscription,
    kinesisPath,
    tablePath,
  ];
  return await Promise.all(makers.map((make) => withinLimit(make.name, MAKE_PATH_MS, make(world))));
}

/** An event, its function, and the destination of its success. */
async function asynchronous(world: ChaosWorld): Promise<ChaosPath> {
  const FunctionName = "async";
  await Promise.all([world.newFunction(FunctionName), world.newQueue("succeeded")]);
  const DestinationConfig = { OnSuccess: { Destination: world.queueArn("succeeded") } };
  await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
  return {
    name: "async",
    weight: 2,
    goals: [world.function(FunctionName), world.queue("succeeded")],
    send: (mark) => invokeLater(world, FunctionName, mark),
  };
}

/** An event whose function fails: its dead-letter queue and the destination of its failure. */
async function failing(world: ChaosWorld): Promise<ChaosPath> {
  const FunctionName = "failing";
  await Promise.all([
    world.newFunction(FunctionName, { afterwards: 'throw new Error("always");' }),
    world.newQueue("failed"),
    world.newQueue("dead"),
  ]);
  const DeadLetterConfig = { TargetArn: world.queueArn("dead") };
  await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig }));
  await waitUntilFunctionUpdatedV2(
    { client: world.lambda, maxWaitTime: 60, minDelay: 0.1, maxDelay: 1 },
    { FunctionName },
  );
  await world.lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: world.queueArn("failed") } },
    }),
  );
  return {
    name: "failing",
    // Its only attempt also fails when the sandbox is killed, so that not every message is told by the function.
    goals: [world.queue("dead"), world.queue("failed")],
    send: (mark) => invokeLater(world, FunctionName, mark),
  };
}

async function invokeLater(world: ChaosWorld, FunctionName: string, mark: string): Promise<boolean> {
  const Payload = Buffer.from(JSON.stringify({ mark }));
  const { StatusCode } = await world.lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  return StatusCode === 202;
}

async function mappedQueue(world: ChaosWorld): Promise<ChaosPath> {
  const FunctionName = "sqs";
  const [QueueUrl] = await Promise.all([world.newQueue("in-sqs", POLLED), world.newFunction(FunctionName)]);
  await world.map({ FunctionName, EventSourceArn: world.queueArn("in-sqs"), ScalingConfig: { MaximumConcurrency: 2 } });
  return {
    name: "sqs",
    weight: 2,
    goals: [world.function(FunctionName)],
    async send(MessageBody) {
      await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
  };
}

async function mappedFifoQueue(world: ChaosWorld): Promise<ChaosPath> {
  const FunctionName = "fifo";
  const attributes = { ...POLLED, FifoQueue: "true", ContentBasedDeduplication: "true" };
  const [QueueUrl] = await Promise.all([world.newQueue("in-order.fifo", attributes), world.newFunction(FunctionName)]);
  const EventSourceArn = world.queueArn("in-order.fifo");
  await world.map({ FunctionName, EventSourceArn, ScalingConfig: { MaximumConcurrency: 2 } });
  return {
    name: "fifo",
    goals: [world.function(FunctionName)],
    orderKey: (n) => n % GROUPS,
    async send(MessageBody, n) {
      await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: String(n % GROUPS) }));
    },
  };
}

/** A topic with a queue and a function, both delivered to in the transaction of Publish. */
async function topic(world: ChaosWorld): Promise<ChaosPath> {
  await Promise.all([world.newFunction("sns"), world.newQueue("notified")]);
  const { TopicArn } = await world.sns.send(new CreateTopicCommand({ Name: "narrow" }));
  const subscribe = (Protocol: string, Endpoint: string): Promise<unknown> =>
    world.sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }));
  await subscribe("sqs", world.queueArn("notified"));
  await subscribe("lambda", world.functionArn("sns"));
  return {
    name: "sns",
    goals: [world.function("sns"), world.queue("notified")],
    async send(Message) {
      await world.sns.send(new PublishCommand({ TopicArn, Message }));
    },
  };
}

/** A topic with so many queues that they are reached by a fan-out. */
async function wideTopic(world: ChaosWorld): Promise<ChaosPath> {
  const queues = Array.from({ length: WIDE }, (_, index) => `wide-${index}`);
  const { TopicArn } = await world.sns.send(new CreateTopicCommand({ Name: "wide" }));
  for (const name of queues) {
    await world.newQueue(name);
    await world.sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: world.queueArn(name) }));
  }
  return {
    name: "wide",
    goals: queues.map((name) => world.queue(name)),
    async send(Message) {
      await world.sns.send(new PublishCommand({ TopicArn, Message }));
    },
  };
}

async function rule(world: ChaosWorld): Promise<ChaosPath> {
  await Promise.all([world.newFunction("rule"), world.newQueue("ruled")]);
  const EventPattern = JSON.stringify({ source: ["chaos"] });
  await world.events.send(new PutRuleCommand({ Name: "chaos", EventPattern }));
  const Targets = [
    { Id: "function", Arn: world.functionArn("rule") },
    { Id: "queue", Arn: world.queueArn("ruled") },
  ];
  await world.events.send(new PutTargetsCommand({ Rule: "chaos", Targets }));
  return {
    name: "rule",
    goals: [world.function("rule"), world.queue("ruled")],
    async send(mark) {
      const entry = { Source: "chaos", DetailType: "chaos", Detail: JSON.stringify({ mark }) };
      const { FailedEntryCount } = await world.events.send(new PutEventsCommand({ Entries: [entry] }));
      return FailedEntryCount === 0;
    },
  };
}

/** One-time schedules, which become due all the time while others are created. */
async function schedules(world: ChaosWorld): Promise<ChaosPath> {
  await world.newQueue("scheduled");
  const Arn = world.queueArn("scheduled");
  const RoleArn = await world.role();
  return {
    name: "schedule",
    goals: [world.queue("scheduled")],
    async send(Input, n) {
      const time = new Date(Date.now() + SCHEDULE_AHEAD_MS).toISOString().slice(0, 19);
      await world.scheduler.send(
        new CreateScheduleCommand({
          Name: `once-${n}`,
          ScheduleExpression: `at(${time})`,
          FlexibleTimeWindow: { Mode: "OFF" },
          Target: { Arn, RoleArn, Input },
        }),
      );
    },
  };
}

async function logSubscription(world: ChaosWorld): Promise<ChaosPath> {
  await world.newFunction("logs");
  const [logGroupName, logStreamName] = ["chaos", "one"];
  await world.logs.send(new CreateLogGroupCommand({ logGroupName }));
  await world.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const destinationArn = world.functionArn("logs");
  const filter = { filterName: "all", filterPattern: "logs", destinationArn };
  await world.logs.send(new PutSubscriptionFilterCommand({ logGroupName, ...filter }));
  return {
    name: "logs",
    goals: [world.function("logs")],
    async send(message) {
      const logEvents = [{ timestamp: Date.now(), message }];
      await world.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    },
  };
}
