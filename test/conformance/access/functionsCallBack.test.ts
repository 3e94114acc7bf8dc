import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AccessTarget, accessTarget, type Credentials } from "./accessTarget.ts";

let target: AccessTarget;
let owner: LambdaClient;
beforeAll(async () => {
  target = await accessTarget();
  owner = new LambdaClient(target.config);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const sdk = (name: string): string => import.meta.resolve(`@aws-sdk/client-${name}`);

/** A function that sends one SDK command with the credentials and endpoints of its environment. */
const CALLER = `
export const handler = async ({ sdk, client, command, input, environment }) => {
  if (environment) return process.env;
  const module = await import(sdk);
  const { $metadata, Payload, ...answer } = await new module[client]({ maxAttempts: 1 })
    .send(new module[command](input))
    .catch((error) => ({ error: error.name, message: error.message }));
  return { ...answer, ...(Payload && { Payload: Buffer.from(Payload).toString() }) };
};`;

async function create(FunctionName: string, Role: string, Variables: Record<string, string> = {}): Promise<void> {
  await owner.send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Timeout: 30,
      Environment: { Variables },
      Code: { ZipFile: await zipOf({ "index.mjs": CALLER }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: owner, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 }, { FunctionName });
}

async function call(FunctionName: string, event: object): Promise<Record<string, unknown>> {
  const { Payload } = await owner.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, unknown>;
}

const lambdaTrust = { Principal: { Service: "lambda.amazonaws.com" } };
const whoAmI = { sdk: sdk("sts"), client: "STSClient", command: "GetCallerIdentityCommand", input: {} };
const invoke = (FunctionName: string) => ({
  sdk: sdk("lambda"),
  client: "LambdaClient",
  command: "InvokeCommand",
  input: { FunctionName, Payload: JSON.stringify(whoAmI) },
});

test("a function can call what its execution role allows", async () => {
  const callee = "arn:aws:lambda:us-east-1:000000000000:function:callee";
  const role = await target.newRole(lambdaTrust, [
    { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: callee },
  ]);
  const roleName = role.split("/").at(-1);
  await create("callee", role);
  await create("caller", role);
  expect(await call("caller", whoAmI)).toMatchObject({
    Account: "000000000000",
    Arn: `arn:aws:sts::000000000000:assumed-role/${roleName}/caller`,
    UserId: expect.stringMatching(/^AROA\w+:caller$/),
  });
  const answer = await call("caller", invoke("callee"));
  expect(JSON.parse(String(answer["Payload"]))).toMatchObject({
    Arn: `arn:aws:sts::000000000000:assumed-role/${roleName}/callee`,
  });
  expect(await call("caller", invoke("caller"))).toEqual({
    error: "AccessDeniedException",
    message: `User: arn:aws:sts::000000000000:assumed-role/${roleName}/caller is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:caller because no identity-based policy allows the lambda:InvokeFunction action`,
  });
});

test("an environment's credentials are valid in its sandbox only, and no others are valid there", async () => {
  await create("credentials", await target.newRole(lambdaTrust, [{ Effect: "Allow", Action: "*", Resource: "*" }]));
  const environment = await call("credentials", { environment: true });
  const inside: Credentials = {
    accessKeyId: String(environment["AWS_ACCESS_KEY_ID"]),
    secretAccessKey: String(environment["AWS_SECRET_ACCESS_KEY"]),
    sessionToken: String(environment["AWS_SESSION_TOKEN"]),
  };
  expect(inside.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  await expect(target.as(inside).sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: "InvalidClientTokenId",
  });
  const { credentials } = target.config;
  const throughSandbox = target.as(credentials).lambda;
  const endpoint = String(environment["AWS_ENDPOINT_URL_LAMBDA"]);
  const client = new LambdaClient({ ...target.config, endpoint });
  await expect(client.send(new InvokeCommand({ FunctionName: "credentials" }))).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
  throughSandbox.destroy();
});

test("with a role that does not exist in Hearth, a function may write its own log and nothing else", async () => {
  await create("unheld", "arn:aws:iam::000000000000:role/nobody-made-this");
  expect(await call("unheld", invoke("unheld"))).toMatchObject({ error: "AccessDeniedException" });
  const logs = (logGroupName: string) => ({
    sdk: sdk("cloudwatch-logs"),
    client: "CloudWatchLogsClient",
    command: "CreateLogStreamCommand",
    input: { logGroupName, logStreamName: "mine" },
  });
  await expect
    .poll(async () => (await call("unheld", logs("/aws/lambda/unheld")))["error"], { timeout: 10_000 })
    .not.toBe("ResourceNotFoundException");
  expect(await call("unheld", logs("/aws/lambda/callee"))).toMatchObject({ error: "AccessDeniedException" });
});

test("endpoint variables of the function's own configuration are kept", async () => {
  await create("endpoints", "arn:aws:iam::000000000000:role/any", { AWS_ENDPOINT_URL_STS: "http://sts.example.com" });
  expect(await call("endpoints", { environment: true })).toMatchObject({
    AWS_ENDPOINT_URL_STS: "http://sts.example.com",
    AWS_ENDPOINT_URL_LAMBDA: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  await create("elsewhere", "arn:aws:iam::000000000000:role/any", { AWS_ENDPOINT_URL: "http://aws.example.com" });
  expect(await call("elsewhere", { environment: true })).not.toHaveProperty("AWS_ENDPOINT_URL_LAMBDA");
});
