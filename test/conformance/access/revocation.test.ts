import { AttachUserPolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, GetSessionTokenCommand, type Credentials as StsCredentials } from "@aws-sdk/client-sts";
import { sampleFunctions, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type AccessTarget, accessTarget, type Credentials } from "./accessTarget.ts";

let target: AccessTarget;
const ACCOUNT = "000000000000";
const HELLO = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:hello`;
const allow = (Action: string) => ({ Effect: "Allow", Action, Resource: "*" });

beforeAll(async () => {
  target = await accessTarget();
  const owner = new LambdaClient(target.config);
  await owner.send(
    new CreateFunctionCommand({
      FunctionName: "hello",
      Role: `arn:aws:iam::${ACCOUNT}:role/any`,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: await zipOf(sampleFunctions.nodeEcho) },
    }),
  );
  const wait = { client: owner, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };
  await waitUntilFunctionActiveV2(wait, { FunctionName: "hello" });
});
afterAll(async () => await target[Symbol.asyncDispose]());

function sessionOf(issued: StsCredentials | undefined): Credentials {
  return {
    accessKeyId: issued?.AccessKeyId ?? "",
    secretAccessKey: issued?.SecretAccessKey ?? "",
    sessionToken: issued?.SessionToken ?? "",
  };
}

test("AWSDenyAll denies everything to whom it is attached", async () => {
  const { UserName, credentials } = await target.newUser([allow("*")]);
  const { lambda } = target.as(credentials);
  const invoke = async () => await refusal(lambda.send(new InvokeCommand({ FunctionName: "hello" })));
  expect((await invoke()).message).toBe("it succeeded");
  await target.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: "arn:aws:iam::aws:policy/AWSDenyAll" }));
  await expect.poll(invoke).toEqual({
    name: "AccessDeniedException",
    status: 403,
    message: `User: arn:aws:iam::${ACCOUNT}:user/${UserName} is not authorized to perform: lambda:InvokeFunction on resource: ${HELLO} with an explicit deny in an identity-based policy`,
  });
});

test("sessions that were issued before a revocation are refused, later ones are not", async () => {
  const trusted = { Principal: { AWS: ACCOUNT } };
  const RoleArn = await target.newRole(trusted, [allow("lambda:*")]);
  const { sts } = target.as((await target.newUser([allow("sts:AssumeRole")])).credentials);
  const assume = async () => {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "s1" }));
    return sessionOf(Credentials);
  };
  const invoke = async (session: Credentials) =>
    (await refusal(target.as(session).lambda.send(new InvokeCommand({ FunctionName: "hello" })))).message;
  const older = await assume();
  expect(await invoke(older)).toBe("it succeeded");
  // As the console's "Revoke active sessions" writes it.
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: ["*"],
        Resource: ["*"],
        Condition: { DateLessThan: { "aws:TokenIssueTime": new Date().toISOString() } },
      },
    ],
  });
  const RoleName = RoleArn.slice(RoleArn.lastIndexOf("/") + 1);
  await target.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "AWSRevokeOlderSessions", PolicyDocument }));
  await expect.poll(() => invoke(older)).toContain("with an explicit deny in an identity-based policy");
  expect(await invoke(await assume())).toBe("it succeeded");
});

test("aws:TokenIssueTime and aws:MultiFactorAuthPresent are there with temporary credentials only", async () => {
  const long = await target.newUser([
    allow("lambda:*"),
    { ...allow("lambda:InvokeFunction"), Effect: "Deny", Condition: { Null: { "aws:TokenIssueTime": "false" } } },
    {
      ...allow("lambda:GetFunction"),
      Effect: "Deny",
      Condition: {
        BoolIfExists: { "aws:MultiFactorAuthPresent": "true" },
        Null: { "aws:MultiFactorAuthPresent": "false" },
      },
    },
    {
      ...allow("lambda:ListFunctions"),
      Effect: "Deny",
      Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } },
    },
  ]);
  const { lambda, sts } = target.as(long.credentials);
  expect((await lambda.send(new InvokeCommand({ FunctionName: "hello" }))).StatusCode).toBe(200);
  expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toBeDefined();
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
  const session = target.as(sessionOf(Credentials)).lambda;
  for (const denied of [new InvokeCommand({ FunctionName: "hello" }), new ListFunctionsCommand({})]) {
    expect((await refusal(session.send(denied as InvokeCommand))).message).toContain("with an explicit deny");
  }
  expect((await session.send(new GetFunctionCommand({ FunctionName: "hello" }))).Configuration).toBeDefined();
});
