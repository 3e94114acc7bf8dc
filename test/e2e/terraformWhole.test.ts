import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient, ListPoliciesCommand, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand, ListLayersCommand } from "@aws-sdk/client-lambda";
import { ListSubscriptionsCommand, ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { noTerraform, sampleFunctions, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { type Messaging, messageReachesDestination } from "../support/messagingStory.ts";
import { TerraformProject } from "../support/terraformProject.ts";

test(
  "terraform makes, changes and destroys Hearth's resources of Lambda, IAM, Logs, SQS and SNS, reads them with its data sources, and sees no drift",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const hearth = stack.use(await startHearth());
    const project = stack.use(
      await TerraformProject.open(hearth.clientConfig, ["base.tf", "whole.tf", "messaging.tf"], {
        "function.zip": await zipOf(sampleFunctions.nodeEcho),
        "layer.zip": await zipOf({ "nodejs/node_modules/a/index.js": "" }),
      }),
    );
    const seenAfter = async (second: boolean): Promise<unknown> => {
      await project.apply(second);
      return await project.output("seen");
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
    expect(await seenAfter(false)).toEqual(seen);
    expect(await seenAfter(true)).toEqual({ ...seen, invoked: "b" });
    await messageReachesDestination(hearth.clientConfig, await project.output<Messaging>("messaging"));
    await project.destroy();

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
