import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { CloudWatchLogsClient, DescribeLogStreamsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  ResourceNotFoundException,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type RunningHearth, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";

const run = promisify(execFile);
const CLI = resolve(import.meta.dirname, "../../../packages/cli/src/main.ts");
const isAws = process.env["TARGET"] === "aws";
const CODE = `exports.handler = async (event, context) => {
  console.log("ran in", process.env.AWS_REGION);
  return { name: process.env.NAME, region: process.env.AWS_REGION, default: process.env.AWS_DEFAULT_REGION, arn: context.invokedFunctionArn };
};`;

/** The clients of one region. */
class Region {
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly config: object;

  constructor(hearth: RunningHearth, region: string) {
    this.config = { ...hearth.clientConfig, region, maxAttempts: 1 };
    this.lambda = new LambdaClient(this.config);
    this.logs = new CloudWatchLogsClient(this.config);
  }

  async create(FunctionName: string, Role = "arn:aws:iam::000000000000:role/any"): Promise<string> {
    const created = await this.lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role,
        Code: { ZipFile: await zipOf({ "index.js": CODE }) },
        Environment: { Variables: { NAME: FunctionName } },
      }),
    );
    const wait = { client: this.lambda, maxWaitTime: 120, minDelay: 0.05, maxDelay: 0.2 };
    await waitUntilFunctionActiveV2(wait, { FunctionName });
    return created.FunctionArn ?? "";
  }

  async names(): Promise<(string | undefined)[]> {
    const { Functions } = await this.lambda.send(new ListFunctionsCommand({}));
    return (Functions ?? []).map(({ FunctionName }) => FunctionName);
  }

  async invoke(FunctionName: string): Promise<unknown> {
    const { Payload } = await this.lambda.send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Payload?.transformToString() ?? "null");
  }

  async unreserved(): Promise<number> {
    const { AccountLimit } = await this.lambda.send(new GetAccountSettingsCommand({}));
    return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  }
}

describe.skipIf(isAws)("two regions in one Hearth", () => {
  let hearth: RunningHearth;
  let ireland: Region;
  let frankfurt: Region;
  beforeAll(async () => {
    hearth = await startHearth({ env: { HEARTH_REGION: "eu-west-1", HEARTH_REGIONS: "eu-central-1" } });
    ireland = new Region(hearth, "eu-west-1");
    frankfurt = new Region(hearth, "eu-central-1");
  });
  afterAll(async () => await hearth[Symbol.asyncDispose]());

  test("the same name is two functions, each with its ARN, listing, environment and logs", async () => {
    const arn = (region: string) => `arn:aws:lambda:${region}:000000000000:function:same`;
    expect(await ireland.create("same")).toBe(arn("eu-west-1"));
    expect(await ireland.names()).toEqual(["same"]);
    expect(await frankfurt.names()).toEqual([]);
    await expect(frankfurt.invoke("same")).rejects.toThrow(ResourceNotFoundException);

    expect(await frankfurt.create("same")).toBe(arn("eu-central-1"));
    await frankfurt.create("other");
    expect(await ireland.names()).toEqual(["same"]);
    expect(await frankfurt.names()).toEqual(["other", "same"]);
    for (const [region, name] of [
      [ireland, "eu-west-1"],
      [frankfurt, "eu-central-1"],
    ] as const) {
      expect(await region.invoke("same")).toEqual({ name: "same", region: name, default: name, arn: arn(name) });
    }

    const streams = async ({ logs }: Region, FunctionName: string) =>
      (await logs.send(new DescribeLogStreamsCommand({ logGroupName: `/aws/lambda/${FunctionName}` }))).logStreams ??
      [];
    await expect.poll(async () => (await streams(ireland, "same").catch(() => [])).length, { timeout: 10_000 }).toBe(1);
    await expect
      .poll(async () => (await streams(frankfurt, "same").catch(() => [])).length, { timeout: 10_000 })
      .toBe(1);
    expect((await streams(ireland, "same"))[0]?.arn).toMatch(/^arn:aws:logs:eu-west-1:/);

    await ireland.lambda.send(new DeleteFunctionCommand({ FunctionName: "same" }));
    await expect(ireland.invoke("same")).rejects.toThrow(ResourceNotFoundException);
    expect(await frankfurt.invoke("same")).toMatchObject({ region: "eu-central-1" });
  });

  test("a function's ARN is known in its own region alone", async () => {
    const FunctionName = await frankfurt.create("far");
    expect(await refusal(ireland.lambda.send(new GetFunctionCommand({ FunctionName })))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: "Functions from 'eu-central-1' are not reachable in this region ('eu-west-1')",
    });
  });

  test("concurrency that is reserved in one region counts in the other", async () => {
    await frankfurt.create("reserving");
    const [before, there] = [await ireland.unreserved(), await frankfurt.unreserved()];
    expect(before).toBe(there);
    const put = new PutFunctionConcurrencyCommand({ FunctionName: "reserving", ReservedConcurrentExecutions: 7 });
    await frankfurt.lambda.send(put);
    expect(await ireland.unreserved()).toBe(before - 7);
    await ireland.create("also");
    const most = new PutFunctionConcurrencyCommand({
      FunctionName: "also",
      ReservedConcurrentExecutions: before - 106,
    });
    expect(await refusal(ireland.lambda.send(most))).toMatchObject({ name: "InvalidParameterValueException" });
  });

  test("a region that is not served is refused", async () => {
    const third = new Region(hearth, "eu-north-1");
    expect(await refusal(third.names())).toEqual({
      name: "InvalidSignatureException",
      status: 403,
      message: "Credential should be scoped to a valid region, not 'eu-north-1'. This endpoint is 'eu-west-1'.",
    });
  });

  test("usage is summed by region", async () => {
    await ireland.create("used");
    await ireland.invoke("used");
    await frankfurt.create("used");
    for (let i = 0; i < 2; i++) await frankfurt.invoke("used");
    const { stdout } = await run(process.execPath, [CLI, "usage", "--json", "--function", "used"], {
      env: { ...process.env, AWS_ENDPOINT_URL: hearth.endpoint, AWS_REGION: "eu-west-1" },
    });
    const usage = JSON.parse(stdout) as { readonly region: string; readonly invocations: number }[];
    const used = usage.map(({ region, invocations }) => `${region}: ${invocations}`);
    expect(used.toSorted()).toEqual(["eu-central-1: 2", "eu-west-1: 1"]);
  });
});

describe.skipIf(isAws)("a Hearth of China", () => {
  let hearth: RunningHearth;
  let beijing: Region;
  beforeAll(async () => {
    hearth = await startHearth({ env: { HEARTH_REGION: "cn-north-1" } });
    beijing = new Region(hearth, "cn-north-1");
  });
  afterAll(async () => await hearth[Symbol.asyncDispose]());

  test("has ARNs of its partition, also those of IAM and STS", async () => {
    const { Arn } = await new STSClient(beijing.config).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe("arn:aws-cn:iam::000000000000:root");

    const iam = new IAMClient(beijing.config);
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "runs", AssumeRolePolicyDocument }));
    expect(Role?.Arn).toBe("arn:aws-cn:iam::000000000000:role/runs");
    const PolicyArn = "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    await iam.send(new AttachRolePolicyCommand({ RoleName: "runs", PolicyArn }));
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "runs" }));
    expect(attached.AttachedPolicies).toEqual([{ PolicyName: "AWSLambdaBasicExecutionRole", PolicyArn }]);

    const arn = "arn:aws-cn:lambda:cn-north-1:000000000000:function:hello";
    expect(await beijing.create("hello", Role?.Arn)).toBe(arn);
    expect(await beijing.invoke(arn)).toMatchObject({ region: "cn-north-1", arn });
  });
});
