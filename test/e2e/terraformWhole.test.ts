import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient, ListPoliciesCommand, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand, ListLayersCommand } from "@aws-sdk/client-lambda";
import {
  awsEnvironment,
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
  "terraform makes, changes and destroys Hearth's resources of Lambda, IAM and Logs, reads them with its data sources, and sees no drift",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
    await copyFile(join(import.meta.dirname, "whole.tf"), join(folder, "main.tf"));
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
      functions: ["snapped", "whole"],
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
  },
);
