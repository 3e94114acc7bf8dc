import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  type FunctionConfiguration,
  LambdaClient,
  ResourceNotFoundException,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { systemRandom } from "@hearth/kit";
import { sharedEndpoint } from "../sharedEndpoint.ts";
import { checkAnswers } from "./checkAnswers.ts";
import { sampleFunctions, startHearth, type StartHearthOptions, zipOf } from "@hearth/testkit";

/**
 * The target of tests of Lambda: its own Hearth, the one that test files share (sharedEndpoint.ts), or AWS with TARGET=aws
 * (credentials and region as the SDK finds them; HEARTH_TEST_ROLE is the ARN of an execution role).
 */
export interface LambdaTarget extends AsyncDisposable {
  readonly isAws: boolean;
  readonly client: LambdaClient;
  readonly region: string;
  readonly accountId: string;
  readonly Role: string;
  /** The ARN of a role that may call `actions`. On AWS it is the role that the tests were given, which must be allowed to. */
  newRole(actions: readonly string[]): Promise<string>;
  /** A name that is unique to this test. A function with this name is deleted at the end. */
  newName(): string;
  /** Creates a function that returns its event. Resolves when it can be invoked. */
  newFunction(
    input?: Partial<CreateFunctionCommandInput>,
  ): Promise<FunctionConfiguration & { readonly FunctionName: string }>;
  active(FunctionName: string): Promise<void>;
  updated(FunctionName: string): Promise<void>;
  arn(FunctionName: string, Qualifier?: string): string;
}

const WAIT_SECONDS = 120;

/** With `own`, the target is its own Hearth with that driver and environment, unless it is AWS. */
export async function lambdaTarget(own?: Pick<StartHearthOptions, "driver" | "env">): Promise<LambdaTarget> {
  await using stack = new AsyncDisposableStack();
  const isAws = process.env["TARGET"] === "aws";
  const endpoint = own ? undefined : sharedEndpoint();
  const config = isAws
    ? {}
    : endpoint
      ? { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } }
      : stack.use(await startHearth(own)).clientConfig;
  const client = stack.adopt(new LambdaClient({ ...config, maxAttempts: isAws ? 5 : 1 }), (it) => it.destroy());
  if (!isAws) checkAnswers(client);
  const sts = stack.adopt(new STSClient(config), (it) => it.destroy());
  const iam = stack.adopt(new IAMClient(config), (it) => it.destroy());
  const region = await client.config.region();
  const accountId = isAws ? ((await sts.send(new GetCallerIdentityCommand({}))).Account ?? "") : "000000000000";
  const Role = process.env["HEARTH_TEST_ROLE"] ?? `arn:aws:iam::${accountId}:role/any`;
  const ZipFile = await zipOf(sampleFunctions.nodeEcho);
  const names: string[] = [];
  stack.defer(async () => {
    await Promise.all(names.map((FunctionName) => deleted(client, FunctionName)));
  });
  const wait = { client, maxWaitTime: WAIT_SECONDS, minDelay: isAws ? 1 : 0.05, maxDelay: isAws ? 5 : 0.2 };
  const newName = (): string => {
    const name = `conformance-${systemRandom.hex(6)}`;
    names.push(name);
    return name;
  };
  const active = async (FunctionName: string): Promise<void> => {
    await waitUntilFunctionActiveV2(wait, { FunctionName });
  };
  const resources = stack.move();
  return {
    isAws,
    client,
    region,
    accountId,
    Role,
    async newRole(actions) {
      if (isAws) return Role;
      const RoleName = `conformance-${systemRandom.hex(6)}`;
      const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
      const document = (Statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
      const created = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
      const PolicyDocument = document({ Effect: "Allow", Action: actions, Resource: "*" });
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }));
      return created.Role?.Arn ?? "";
    },
    newName,
    async newFunction(input = {}) {
      const FunctionName = input.FunctionName ?? newName();
      const created = await client.send(
        new CreateFunctionCommand({
          FunctionName,
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Role,
          Code: { ZipFile },
          ...input,
        }),
      );
      await active(FunctionName);
      return { ...created, FunctionName };
    },
    active,
    async updated(FunctionName) {
      await waitUntilFunctionUpdatedV2(wait, { FunctionName });
    },
    arn: (FunctionName, Qualifier) =>
      [`arn:aws:lambda:${region}:${accountId}:function:${FunctionName}`, Qualifier].filter(Boolean).join(":"),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function deleted(client: LambdaClient, FunctionName: string): Promise<void> {
  try {
    await client.send(new DeleteFunctionCommand({ FunctionName }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
