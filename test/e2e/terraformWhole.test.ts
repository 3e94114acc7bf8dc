import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient, ListPoliciesCommand, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand, ListLayersCommand } from "@aws-sdk/client-lambda";
import { ListSubscriptionsCommand, ListTopicsCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  awsEnvironment,
  type ClientConfig,
  findProviderMirror,
  noTerraform,
  runProgram,
  sampleFunctions,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { expect, test } from "vitest";

test(
  "terraform makes, changes and destroys Hearth's resources of Lambda, IAM, Logs, SQS and SNS, reads them with its data sources, and sees no drift",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
    for (const file of ["whole.tf", "messaging.tf"])
      await copyFile(join(import.meta.dirname, file), join(folder, file));
    await writeFile(join(folder, "function.zip"), await zipOf(sampleFunctions.nodeEcho));
    await writeFile(join(folder, "layer.zip"), await zipOf({ "nodejs/node_modules/a/index.js": "" }));
    const hearth = stack.use(await startHearth());
    const terraform = async (...args: string[]): Promise<string> => {
      const env = { ...awsEnvironment(hearth.clientConfig), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
      const { code, stdout, stderr } = await runProgram("terraform", args, { cwd: folder, env, timeoutMs: 300_000 });
      expect(code, `terraform ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
      return stdout;
    };
    const options = ["-input=false", "-no-color"];
    const seenAfter = async (second: boolean): Promise<unknown> => {
      await terraform("apply", "-auto-approve", `-var=second=${second}`, ...options);
      await terraform("plan", "-detailed-exitcode", `-var=second=${second}`, ...options);
      return JSON.parse(await terraform("output", "-json", "seen"));
    };
    const seen = {
      functions: ["ordered", "snapped", "whole"],
      qualified: "arn:aws:lambda:us-east-1:000000000000:function:whole:live",
      alias: "1",
      layer: true,
      url: true,
      signing: "Warn",
      role: "arn:aws:iam::000000000000:role/service/worker",
      policy: "own",
      managed: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
      user: true,
      groups: ["/aws/lambda/whole"],
      invoked: "a",
      data: { from: "data" },
    };
    await terraform("init", `-plugin-dir=${findProviderMirror()}`, ...options);
    expect(await seenAfter(false)).toEqual(seen);
    expect(await seenAfter(true)).toEqual({ ...seen, invoked: "b" });
    await messageReachesDestination(
      hearth.clientConfig,
      JSON.parse(await terraform("output", "-json", "messaging")) as Messaging,
    );
    await terraform("destroy", "-auto-approve", ...options);

    const lambda = new LambdaClient(hearth.clientConfig);
    const iam = new IAMClient(hearth.clientConfig);
    const logs = new CloudWatchLogsClient(hearth.clientConfig);
    expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
    expect((await lambda.send(new ListLayersCommand({}))).Layers).toEqual([]);
    expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    expect((await iam.send(new ListPoliciesCommand({ Scope: "Local" }))).Policies).toEqual([]);
    const others = new DescribeLogGroupsCommand({ logGroupNamePrefix: "other" });
    expect((await logs.send(others)).logGroups).toEqual([]);
    const sns = new SNSClient(hearth.clientConfig);
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([]);
    expect((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions).toEqual([]);
  },
);

interface Messaging {
  readonly topic: string;
  readonly audit: string;
}

/** The topic calls the function, whose destination is another topic, which sends to the queue. */
async function messageReachesDestination(config: ClientConfig, { topic, audit }: Messaging): Promise<void> {
  const sns = new SNSClient(config);
  const sqs = new SQSClient(config);
  const MessageAttributes = { kind: { DataType: "String", StringValue: "return" } };
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn: topic, Message: "one", MessageAttributes }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: audit, WaitTimeSeconds: 20 }));
  expect(JSON.parse(Messages?.[0]?.Body ?? "{}")).toMatchObject({
    requestPayload: { Records: [{ EventSource: "aws:sns", Sns: { MessageId, Message: "one" } }] },
    requestContext: { condition: "Success" },
  });
}
