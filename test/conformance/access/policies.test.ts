import { createHash } from "node:crypto";
import { ListRolesCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateFunctionCommand,
  DeleteResourcePolicyCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
  PutResourcePolicyCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { run } from "@hearth/cli";
import { sampleFunctions, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type AccessTarget, accessTarget, type Credentials } from "./accessTarget.ts";

let target: AccessTarget;
let owner: LambdaClient;
let stranger: Credentials;
const ACCOUNT = "000000000000";
const STRANGERS = "222222222222";
const HELLO = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:hello`;
const role = `arn:aws:iam::${ACCOUNT}:role/any`;
const allow = (Action: string | string[], Resource = "*", Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});

beforeAll(async () => {
  target = await accessTarget();
  owner = new LambdaClient(target.config);
  await owner.send(await creation("hello"));
  const wait = { client: owner, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };
  await waitUntilFunctionActiveV2(wait, { FunctionName: "hello" });
  await owner.send(new PublishVersionCommand({ FunctionName: "hello" }));
  await hearth("accounts", "create", STRANGERS);
  stranger = JSON.parse(await hearth("keys", "create", "--account", STRANGERS, "--json")) as Credentials;
});
afterAll(async () => await target[Symbol.asyncDispose]());

async function hearth(...args: string[]): Promise<string> {
  let said = "";
  const env = { AWS_ENDPOINT_URL: target.config.endpoint };
  await run(args, {
    env,
    out: (text) => void (said += text),
    complain: (text) => expect.fail(text),
    sleep: () => expect.fail("waits"),
  });
  return said;
}

async function creation(FunctionName: string): Promise<CreateFunctionCommand> {
  return new CreateFunctionCommand({
    FunctionName,
    Role: role,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Code: { ZipFile: await zipOf(sampleFunctions.nodeEcho) },
  });
}

const denied = (arn: string, action: string, resource: string, because?: string) => ({
  name: "AccessDeniedException",
  status: 403,
  message: `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no ${because ?? "identity-based"} policy allows the ${action} action`,
});

test("a user without policies may call GetCallerIdentity and nothing else", async () => {
  const { UserName, credentials } = await target.newUser();
  const { lambda, iam, sts } = target.as(credentials);
  const arn = `arn:aws:iam::${ACCOUNT}:user/${UserName}`;
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: arn,
    Account: ACCOUNT,
    UserId: expect.stringMatching(/^AIDA[A-Z0-9]{17}$/),
  });
  expect(await refusal(lambda.send(new InvokeCommand({ FunctionName: "hello" })))).toEqual(
    denied(arn, "lambda:InvokeFunction", HELLO),
  );
  expect(await refusal(lambda.send(new ListFunctionsCommand({})))).toEqual(denied(arn, "lambda:ListFunctions", "*"));
  expect(await refusal(iam.send(new ListRolesCommand({})))).toMatchObject({ name: "AccessDenied", status: 403 });
});

test("a permission for a function does not cover its versions, nor the other way round", async () => {
  const whole = target.as((await target.newUser([allow("lambda:InvokeFunction", HELLO)])).credentials).lambda;
  const qualified = target.as(
    (await target.newUser([allow("lambda:InvokeFunction", `${HELLO}:*`)])).credentials,
  ).lambda;
  const plain = new InvokeCommand({ FunctionName: "hello" });
  const version = new InvokeCommand({ FunctionName: "hello", Qualifier: "1" });
  expect((await whole.send(plain)).StatusCode).toBe(200);
  expect(await refusal(whole.send(version))).toMatchObject({ name: "AccessDeniedException" });
  expect((await qualified.send(version)).StatusCode).toBe(200);
  expect(await refusal(qualified.send(plain))).toMatchObject({ name: "AccessDeniedException" });
});

test("GetFunction shows tags to callers that may list them, and TagsError to others", async () => {
  await owner.send(new TagResourceCommand({ Resource: HELLO, Tags: { team: "a" } }));
  const { UserName, credentials } = await target.newUser([allow("lambda:GetFunction", HELLO)]);
  const hidden = await target.as(credentials).lambda.send(new GetFunctionCommand({ FunctionName: "hello" }));
  expect(hidden.Tags).toBeUndefined();
  expect(hidden.TagsError).toEqual({
    ErrorCode: "AccessDeniedException",
    Message: denied(`arn:aws:iam::${ACCOUNT}:user/${UserName}`, "lambda:ListTags", HELLO).message,
  });
  const both = await target.newUser([allow(["lambda:GetFunction", "lambda:ListTags"], HELLO)]);
  const shown = await target.as(both.credentials).lambda.send(new GetFunctionCommand({ FunctionName: "hello" }));
  expect([shown.Tags, shown.TagsError]).toEqual([{ team: "a" }, undefined]);
});

test("Deny overrides Allow, and a changed policy applies at once", async () => {
  const { UserName, credentials } = await target.newUser([allow("lambda:*")]);
  const { lambda } = target.as(credentials);
  const invoke = async () => await refusal(lambda.send(new InvokeCommand({ FunctionName: "hello" })));
  expect((await invoke()).message).toBe("it succeeded");
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "lambda:Invoke*", Resource: HELLO }],
  });
  await target.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "deny", PolicyDocument }));
  await expect.poll(invoke).toEqual({
    name: "AccessDeniedException",
    status: 403,
    message: `User: arn:aws:iam::${ACCOUNT}:user/${UserName} is not authorized to perform: lambda:InvokeFunction on resource: ${HELLO} with an explicit deny in an identity-based policy`,
  });
});

test("AWS's managed policies allow the same as on AWS", async () => {
  const readOnly = await target.newUser([], ["arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess"]);
  const reader = target.as(readOnly.credentials).lambda;
  expect((await reader.send(new GetFunctionCommand({ FunctionName: "hello" }))).Configuration?.FunctionArn).toBe(HELLO);
  expect(await refusal(reader.send(new InvokeCommand({ FunctionName: "hello" })))).toMatchObject({
    name: "AccessDeniedException",
  });
  const full = await target.newUser([], ["arn:aws:iam::aws:policy/AWSLambda_FullAccess"]);
  expect((await target.as(full.credentials).lambda.send(await creation("by-full-access"))).FunctionName).toBe(
    "by-full-access",
  );
  const everything = await target.newUser([], ["arn:aws:iam::aws:policy/AdministratorAccess"]);
  expect((await target.as(everything.credentials).iam.send(new ListRolesCommand({}))).Roles).toBeDefined();
});

test("CreateFunction requires permission to pass the role", async () => {
  const { UserName, credentials } = await target.newUser([allow("lambda:*")]);
  expect(await refusal(target.as(credentials).lambda.send(await creation("no-pass-role")))).toEqual(
    denied(`arn:aws:iam::${ACCOUNT}:user/${UserName}`, "iam:PassRole", role),
  );
});

test("a statement applies only when its conditions hold", async () => {
  const condition = { StringEquals: { "lambda:Principal": "s3.amazonaws.com" } };
  const { credentials } = await target.newUser([allow("lambda:AddPermission", HELLO, condition)]);
  const add = (Principal: string) =>
    target.as(credentials).lambda.send(
      new AddPermissionCommand({
        FunctionName: "hello",
        StatementId: `by-user-${Principal.split(".")[0]}`,
        Action: "lambda:InvokeFunction",
        Principal,
      }),
    );
  expect((await add("s3.amazonaws.com")).Statement).toBeDefined();
  expect(await refusal(add("sns.amazonaws.com"))).toMatchObject({ name: "AccessDeniedException" });
});

test("a link to a function's code needs no further permission, and cannot be forged", async () => {
  const { credentials } = await target.newUser([allow("lambda:GetFunction", HELLO)]);
  const { Code } = await target.as(credentials).lambda.send(new GetFunctionCommand({ FunctionName: "hello" }));
  const link = new URL(Code?.Location ?? "");
  expect((await fetch(link)).status).toBe(200);
  link.searchParams.set("Grant", "0".repeat(64));
  expect((await fetch(link)).status).toBe(403);
});

test("another account needs only the function's policy", async () => {
  const { lambda } = target.as(stranger);
  const invoke = async (FunctionName: string) => await refusal(lambda.send(new InvokeCommand({ FunctionName })));
  const root = `arn:aws:iam::${STRANGERS}:root`;
  expect(await invoke(HELLO)).toEqual(denied(root, "lambda:InvokeFunction", HELLO, "resource-based"));
  expect(await invoke(`${HELLO}-no`)).toEqual(denied(root, "lambda:InvokeFunction", `${HELLO}-no`, "resource-based"));
  expect(await invoke("hello")).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
  await owner.send(
    new AddPermissionCommand({
      FunctionName: "hello",
      StatementId: "strangers",
      Action: "lambda:InvokeFunction",
      Principal: STRANGERS,
    }),
  );
  await expect.poll(async () => (await invoke(HELLO)).message).toBe("it succeeded");
  expect(await invoke(`${HELLO}:1`)).toMatchObject({ name: "AccessDeniedException" });
  expect(await refusal(lambda.send(new GetFunctionCommand({ FunctionName: HELLO })))).toMatchObject({
    name: "AccessDeniedException",
  });
  await owner.send(new RemovePermissionCommand({ FunctionName: "hello", StatementId: "strangers" }));
  await expect.poll(async () => (await invoke(HELLO)).name).toBe("AccessDeniedException");
});

test("another account that may get a function can download its code", async () => {
  const { lambda } = target.as(stranger);
  await owner.send(
    new AddPermissionCommand({
      FunctionName: "hello",
      StatementId: "seen",
      Action: "lambda:GetFunction",
      Principal: STRANGERS,
    }),
  );
  const { Code, Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: HELLO }));
  expect(Configuration?.FunctionArn).toBe(HELLO);
  const download = await fetch(Code?.Location ?? "");
  const archive = Buffer.from(await download.arrayBuffer());
  expect(createHash("sha256").update(archive).digest("base64")).toBe(Configuration?.CodeSha256);
  await owner.send(new RemovePermissionCommand({ FunctionName: "hello", StatementId: "seen" }));
});

test("a statement with a condition does not allow callers that do not meet it", async () => {
  const { lambda } = target.as(stranger);
  const invoke = async () => (await refusal(lambda.send(new InvokeCommand({ FunctionName: HELLO })))).message;
  const refused = `User: arn:aws:iam::${STRANGERS}:root is not authorized to perform: lambda:InvokeFunction on resource: ${HELLO} because no resource-based policy allows the lambda:InvokeFunction action`;
  const conditions: Partial<AddPermissionCommandInput>[] = [
    { SourceArn: "arn:aws:s3:::bucket" },
    { SourceAccount: STRANGERS },
    { EventSourceToken: "token" },
    { PrincipalOrgID: "o-a1b2c3d4e5f" },
    { InvokedViaFunctionUrl: true },
    { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
  ];
  const statement = { FunctionName: "hello", Action: "lambda:InvokeFunction", Principal: "*" };
  for (const [index, condition] of conditions.entries()) {
    await owner.send(new AddPermissionCommand({ ...statement, StatementId: `c${index}`, ...condition }));
  }
  expect(await invoke()).toBe(refused);
  await owner.send(new AddPermissionCommand({ ...statement, StatementId: "direct", InvokedViaFunctionUrl: false }));
  expect(await invoke()).toBe("it succeeded");
  await owner.send(new DeleteResourcePolicyCommand({ ResourceArn: HELLO }));
  expect(await invoke()).toBe(refused);
});

test("the function's policy can deny everything to everyone, except changing the policy", async () => {
  const { UserName, credentials } = await target.newUser([allow("lambda:*")]);
  const user = target.as(credentials).lambda;
  const invoke = async (client: LambdaClient, Qualifier?: string) =>
    (await refusal(client.send(new InvokeCommand({ FunctionName: "hello", Qualifier })))).message;
  expect(await invoke(user)).toBe("it succeeded");
  const put = async (client: LambdaClient, ...Statement: object[]) => {
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await client.send(new PutResourcePolicyCommand({ ResourceArn: HELLO, Policy }));
  };
  const arn = `arn:aws:iam::${ACCOUNT}:user/${UserName}`;
  const deny = { Effect: "Deny", Action: "lambda:InvokeFunction" };
  const because = (who: string, what: string) =>
    `User: ${who} is not authorized to perform: lambda:InvokeFunction on resource: ${what} with an explicit deny in a resource-based policy`;
  await put(owner, { ...deny, Principal: { AWS: arn }, Resource: [HELLO, `${HELLO}:*`] });
  expect(await invoke(user)).toBe(because(arn, HELLO));
  expect(await invoke(user, "1")).toBe(because(arn, `${HELLO}:1`));
  expect(await invoke(owner)).toBe("it succeeded");
  await put(owner, { ...deny, Action: "lambda:*", Principal: "*", Resource: HELLO });
  expect(await invoke(owner)).toBe(because(`arn:aws:iam::${ACCOUNT}:root`, HELLO));
  expect(await invoke(owner, "1")).toBe("it succeeded");
  expect((await refusal(owner.send(new GetFunctionCommand({ FunctionName: "hello" })))).message).toContain(
    "with an explicit deny in a resource-based policy",
  );
  const elsewhere = { NotIpAddress: { "aws:SourceIp": "192.0.2.0/24" } };
  await put(user, { ...deny, Principal: "*", Resource: HELLO, Condition: elsewhere });
  expect(await invoke(user)).toBe(because(arn, HELLO));
  await put(user, { ...allow("lambda:InvokeFunction", HELLO), Principal: { AWS: STRANGERS } });
  expect(await invoke(user)).toBe("it succeeded");
  const strangers = target.as(stranger).lambda;
  expect((await refusal(strangers.send(new InvokeCommand({ FunctionName: HELLO })))).message).toBe("it succeeded");
  await owner.send(new DeleteResourcePolicyCommand({ ResourceArn: HELLO }));
});

test("a trusted caller can assume a role, and the role's policies apply", async () => {
  const { credentials } = await target.newUser([allow("sts:AssumeRole")]);
  const arn = await target.newRole({ Principal: { AWS: ACCOUNT } }, [allow("lambda:InvokeFunction", HELLO)]);
  const { sts } = target.as(credentials);
  const assumed = await sts.send(
    new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "work", DurationSeconds: 900 }),
  );
  const session = sessionOf(assumed.Credentials);
  expect(session.accessKeyId).toMatch(/^ASIA/);
  expect(assumed.Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now() + 800_000);
  const sessionArn = `arn:aws:sts::${ACCOUNT}:assumed-role/${arn.split("/").at(-1)}/work`;
  expect(assumed.AssumedRoleUser?.Arn).toBe(sessionArn);
  const theirs = target.as(session);
  expect((await theirs.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(sessionArn);
  expect((await theirs.lambda.send(new InvokeCommand({ FunctionName: "hello" }))).StatusCode).toBe(200);
  expect(await refusal(theirs.lambda.send(new ListFunctionsCommand({})))).toEqual(
    denied(sessionArn, "lambda:ListFunctions", "*"),
  );
});

test("a session policy can only reduce permissions", async () => {
  const arn = await target.newRole({ Principal: { AWS: "*" } }, [allow("lambda:*")]);
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow(["lambda:GetFunction", "iam:*"])] });
  const { sts } = target.as(target.config.credentials);
  const assumed = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "narrow", Policy }));
  const theirs = target.as(sessionOf(assumed.Credentials));
  expect((await theirs.lambda.send(new GetFunctionCommand({ FunctionName: "hello" }))).Configuration).toBeDefined();
  const invoked = await refusal(theirs.lambda.send(new InvokeCommand({ FunctionName: "hello" })));
  expect(invoked.message).toContain("because no session policy allows the lambda:InvokeFunction action");
  expect(await refusal(theirs.iam.send(new ListRolesCommand({})))).toMatchObject({ name: "AccessDenied" });
});

test("a role that does not trust the caller is refused like a missing one", async () => {
  const { credentials, UserName } = await target.newUser([allow("sts:AssumeRole")]);
  const { sts } = target.as(credentials);
  const assume = async (RoleArn: string, more = {}) =>
    await refusal(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "work", ...more })));
  const refused = (arn: string) => ({
    name: "AccessDenied",
    status: 403,
    message: `User: arn:aws:iam::${ACCOUNT}:user/${UserName} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
  });
  const forLambda = await target.newRole({ Principal: { Service: "lambda.amazonaws.com" } });
  expect(await assume(forLambda)).toEqual(refused(forLambda));
  expect(await assume(`${forLambda}-no`)).toEqual(refused(`${forLambda}-no`));
  const secret = { StringEquals: { "sts:ExternalId": "secret" } };
  const external = await target.newRole({ Principal: { AWS: ACCOUNT }, Condition: secret });
  expect(await assume(external)).toEqual(refused(external));
  expect((await assume(external, { ExternalId: "secret" })).message).toBe("it succeeded");
  expect(await assume(external, { ExternalId: "secret", DurationSeconds: 7200 })).toEqual({
    name: "ValidationError",
    status: 400,
    message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  });
});

test("a session's request is refused with another session's token, a damaged one or none", async () => {
  const { credentials } = await target.newUser([allow("lambda:*")]);
  const first = await target.as(credentials).sts.send(new GetSessionTokenCommand({}));
  const second = await target.as(credentials).sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const session = sessionOf(first.Credentials);
  const who = async (it: Credentials) => await refusal(target.as(it).sts.send(new GetCallerIdentityCommand({})));
  expect((await who(session)).message).toBe("it succeeded");
  const other = second.Credentials?.SessionToken ?? "";
  for (const sessionToken of [
    other,
    `${session.sessionToken}A`,
    session.sessionToken?.replace(/.{8}$/, "AAAAAAAA") ?? "",
  ]) {
    expect(await who({ ...session, sessionToken })).toMatchObject({ name: "InvalidClientTokenId" });
  }
  const { sessionToken: _token, ...without } = session;
  expect(await who(without)).toMatchObject({ name: "InvalidClientTokenId" });
});

function sessionOf(
  given:
    | { AccessKeyId: string | undefined; SecretAccessKey: string | undefined; SessionToken: string | undefined }
    | undefined,
): Credentials {
  return {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken ?? "",
  };
}
