import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { IoTClient } from "@aws-sdk/client-iot";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SystemClock } from "@hearth/kit";
import type { Database } from "@hearth/store";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { createActive } from "../lambda.ts";
import { type Arrivals, type Telling, tellingFunction } from "./arrivals.ts";
import type { Goal } from "./chaosRun.ts";
import type { ChaosTarget } from "./chaosTarget.ts";
import { TextsOfBucket } from "./textsOfBucket.ts";
import { bodiesIn } from "./stuckRows.ts";

const ACCOUNT = "000000000000";
const REGION = "us-east-1";
const PRINCIPALS = ["sns", "events", "logs", "iot"] as const;
const clock = new SystemClock();

/** Clients of every service, without retries, and makers of what paths need. */
export class ChaosWorld {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly events: EventBridgeClient;
  readonly scheduler: SchedulerClient;
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
  readonly logs: CloudWatchLogsClient;
  readonly lambda: LambdaClient;
  readonly iot: IoTClient;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly #iam: IAMClient;
  readonly #arrivals: Arrivals;
  readonly #database: Database;
  #role: Promise<string> | undefined;

  constructor({ clientConfig, database }: ChaosTarget, arrivals: Arrivals) {
    const config = () => ({
      ...clientConfig,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ requestTimeout: 20_000, throwOnRequestTimeout: true }),
    });
    this.sqs = new SQSClient({ ...config(), useQueueUrlAsEndpoint: false });
    this.sns = new SNSClient(config());
    this.events = new EventBridgeClient(config());
    this.scheduler = new SchedulerClient(config());
    this.kinesis = new KinesisClient(config());
    this.dynamodb = new DynamoDBClient(config());
    this.logs = new CloudWatchLogsClient(config());
    this.lambda = new LambdaClient(config());
    this.iot = new IoTClient(config());
    this.s3 = new S3Client({ ...config(), forcePathStyle: true });
    this.secrets = new SecretsManagerClient(config());
    this.#iam = new IAMClient(config());
    this.#arrivals = arrivals;
    this.#database = database;
  }

  queueArn(name: string): string {
    return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  }

  functionArn(name: string): string {
    return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
  }

  /** The queue `name`, which nothing reads. */
  queue(name: string): Goal {
    return { name: `queue ${name}`, once: true, texts: () => bodiesIn(this.#database, name) };
  }

  /** The function `name`, which tells what reaches it. */
  function(name: string): Goal {
    return { name: `function ${name}`, once: false, texts: async () => this.#arrivals.of(name) };
  }

  /** The function `name`, or the bucket with what it has failed to process. */
  functionOrBucket(name: string, bucket: string): Goal {
    const failed = new TextsOfBucket(this.s3, bucket);
    const texts = async (): Promise<readonly string[]> => [...this.#arrivals.of(name), ...(await failed.all())];
    return { name: `function ${name} or bucket ${bucket}`, once: false, texts };
  }

  /** A role that functions and schedules may assume and that may do everything. */
  role(): Promise<string> {
    this.#role ??= this.#makeRole();
    return this.#role;
  }

  /** Creates a queue that services may send to, and resolves with its URL. */
  async newQueue(QueueName: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    const Service = PRINCIPALS.map((name) => `${name}.amazonaws.com`);
    const Policy = document({ Principal: { Service }, Action: "sqs:SendMessage", Resource: this.queueArn(QueueName) });
    const { QueueUrl = "" } = await this.sqs.send(
      new CreateQueueCommand({ QueueName, Attributes: { Policy, ...attributes } }),
    );
    return QueueUrl;
  }

  /** Creates a function that tells what reaches it; services may invoke it. */
  async newFunction(FunctionName: string, telling: Telling = {}): Promise<void> {
    const files = tellingFunction(this.#arrivals.url, telling);
    await createActive(this.lambda, { FunctionName, files, Role: await this.role() });
    for (const name of PRINCIPALS) {
      const Principal = `${name}.amazonaws.com`;
      const Action = "lambda:InvokeFunction";
      await this.lambda.send(new AddPermissionCommand({ FunctionName, StatementId: name, Action, Principal }));
    }
  }

  /** Maps a source to a function and resolves when the mapping is enabled. */
  async map(wish: CreateEventSourceMappingCommandInput): Promise<void> {
    const { UUID } = await this.lambda.send(new CreateEventSourceMappingCommand(wish));
    for (;;) {
      const { State } = await this.lambda.send(new GetEventSourceMappingCommand({ UUID }));
      if (State === "Enabled") return;
      await clock.sleep(100);
    }
  }

  async #makeRole(): Promise<string> {
    const RoleName = "chaos";
    const Service = ["lambda.amazonaws.com", "scheduler.amazonaws.com"];
    const { Role } = await this.#iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: document({ Principal: { Service }, Action: "sts:AssumeRole" }),
      }),
    );
    const PolicyDocument = document({ Action: "*", Resource: "*" });
    await this.#iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));
    return Role?.Arn ?? "";
  }
}

function document(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
}
