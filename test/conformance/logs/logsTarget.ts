import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { AddPermissionCommand, CreateFunctionCommand, type CreateFunctionCommandInput } from "@aws-sdk/client-lambda";
import { type ClientConfig, zipOf } from "@hearth/testkit";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";

/** A target with clients of Lambda and CloudWatch Logs. */
export interface LogsTarget extends AsyncDisposable {
  readonly lambda: LambdaTarget;
  readonly logs: CloudWatchLogsClient;
  newName(): string;
  /** Creates a group with streams. */
  groupWith(...streams: string[]): Promise<string>;
  /** Writes events. `trace`: the trace header, as the SDK sends it inside a function. */
  put(logGroupName: string, logStreamName: string, messages: readonly string[], trace?: string): Promise<void>;
  /** The configuration of further clients. */
  config(): Promise<Partial<ClientConfig>>;
  /** Creates a function. `allow`: CloudWatch Logs may invoke it for this group. Resolves with its ARN. */
  newFunction(source: string, allow?: string, further?: Partial<CreateFunctionCommandInput>): Promise<string>;
  allow(FunctionName: string, logGroupName: string): Promise<void>;
}

export async function logsTarget(): Promise<LogsTarget> {
  const lambda = await lambdaTarget();
  const { endpoint, region, credentials } = lambda.client.config;
  const config = async (): Promise<Partial<ClientConfig>> => {
    const at = lambda.isAws ? undefined : await endpoint?.();
    return {
      region: await region(),
      credentials: await credentials(),
      ...(at && { endpoint: `${at.protocol}//${at.hostname}:${at.port}` }),
    };
  };
  const logs = new CloudWatchLogsClient({ ...(await config()), maxAttempts: 1 });
  const target: LogsTarget = {
    lambda,
    logs,
    newName: () => lambda.newName(),
    async groupWith(...streams) {
      const logGroupName = `/test/${lambda.newName()}`;
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
      for (const logStreamName of streams) await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      return logGroupName;
    },
    config,
    async put(logGroupName, logStreamName, messages, trace) {
      const timestamp = Date.now();
      const logEvents = messages.map((message) => ({ timestamp, message }));
      const command = new PutLogEventsCommand({ logGroupName, logStreamName, logEvents });
      command.middlewareStack.add(
        (next) => (args) => {
          if (trace !== undefined)
            (args.request as { headers: Record<string, string> }).headers["X-Amzn-Trace-Id"] = trace;
          return next(args);
        },
        { step: "build", name: "trace" },
      );
      await logs.send(command);
    },
    async newFunction(source, allow, further = {}) {
      const FunctionName = lambda.newName();
      const { FunctionArn = "" } = await lambda.client.send(
        new CreateFunctionCommand({
          FunctionName,
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Role: lambda.Role,
          Code: { ZipFile: await zipOf({ "index.mjs": source }) },
          ...further,
        }),
      );
      await lambda.active(FunctionName);
      if (allow !== undefined) await target.allow(FunctionName, allow);
      return FunctionArn;
    },
    async allow(FunctionName, logGroupName) {
      const accountId = lambda.Role.split(":")[4];
      await lambda.client.send(
        new AddPermissionCommand({
          FunctionName,
          StatementId: lambda.newName(),
          Action: "lambda:InvokeFunction",
          Principal: "logs.amazonaws.com",
          SourceArn: `arn:aws:logs:${await region()}:${accountId}:log-group:${logGroupName}:*`,
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      logs.destroy();
      await lambda[Symbol.asyncDispose]();
    },
  };
  return target;
}
