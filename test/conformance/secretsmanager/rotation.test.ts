import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
} from "@aws-sdk/client-secrets-manager";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type SecretsTarget, secretsTarget } from "./secretsTarget.ts";

const POLL = { timeout: 60_000, interval: 250 };
/** As AWS's templates do it, with the SDK of this test: each step checks what the one before has left. */
const CODE = `
import { SecretsManagerClient, DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, UpdateSecretVersionStageCommand } from "${import.meta.resolve("@aws-sdk/client-secrets-manager")}";
const client = new SecretsManagerClient({});
export const handler = async ({ SecretId, ClientRequestToken, Step }) => {
  const { VersionIdsToStages: stages } = await client.send(new DescribeSecretCommand({ SecretId }));
  if (!stages[ClientRequestToken]?.includes("AWSPENDING")) throw new Error("the version is not pending");
  const pending = { SecretId, VersionId: ClientRequestToken, VersionStage: "AWSPENDING" };
  const { SecretString: current } = await client.send(new GetSecretValueCommand({ SecretId }));
  if (Step === "createSecret") {
    const there = await client.send(new GetSecretValueCommand(pending)).catch((error) => {
      if (error.name !== "ResourceNotFoundException") throw error;
    });
    if (!there) await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: current + "+", VersionStages: ["AWSPENDING"] }));
  }
  if (Step === "finishSecret") {
    const from = Object.keys(stages).find((id) => stages[id].includes("AWSCURRENT"));
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken, RemoveFromVersionId: from }));
  }
};
`;

let target: SecretsTarget;
let lambda: LambdaClient;
let iam: IAMClient;
let RotationLambdaARN: string;
let name: string;
beforeAll(async () => {
  target = await secretsTarget();
  lambda = new LambdaClient(target.config);
  iam = new IAMClient(target.config);
  name = target.newName();
  const document = (more: object): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
  const trust = document({ Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" });
  const role = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = document({ Action: ["secretsmanager:*", "logs:*"], Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "all", PolicyDocument }));
  const created = await lambda.send(
    new CreateFunctionCommand({
      ...{
        FunctionName: name,
        Role: role.Role?.Arn ?? "",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Timeout: 30,
      },
      Code: { ZipFile: await zipOf({ "index.mjs": CODE }) },
    }),
  );
  RotationLambdaARN = created.FunctionArn ?? "";
  const wait = { client: lambda, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 };
  await waitUntilFunctionActiveV2(wait, { FunctionName: name });
});
afterAll(async () => {
  await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: "all" }));
  await iam.send(new DeleteRoleCommand({ RoleName: name }));
  lambda.destroy();
  iam.destroy();
  await target[Symbol.asyncDispose]();
});

const rotate = async (SecretId: string, more: Partial<RotateSecretCommandInput> = {}) =>
  await target.secrets.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, ...more }));
const describe = async (SecretId: string) => await target.secrets.send(new DescribeSecretCommand({ SecretId }));
const value = async (SecretId: string) =>
  (await target.secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString;

test("a rotation without permission to invoke its function ends, and changes nothing", async () => {
  const { Name, VersionId } = await target.newSecret({ SecretString: "kept" });
  const ClientRequestToken = "n".repeat(32);
  expect((await rotate(Name, { ClientRequestToken })).VersionId).toBe(ClientRequestToken);
  const again = async () => (await refusal(rotate(Name, { RotateImmediately: false }))).name;
  // It is answered once the rotation has ended: "it succeeded".
  await expect.poll(again, POLL).toBe("Error");
  expect(await value(Name)).toBe("kept");
  expect((await describe(Name)).VersionIdsToStages).toEqual({
    [VersionId]: ["AWSCURRENT"],
    [ClientRequestToken]: ["AWSPENDING"],
  });
});

test("a function rotates a secret in four steps, and its time is planned", async () => {
  const permission = {
    StatementId: "rotation",
    Action: "lambda:InvokeFunction",
    Principal: "secretsmanager.amazonaws.com",
  };
  await lambda.send(new AddPermissionCommand({ FunctionName: name, ...permission }));
  const { Name, VersionId } = await target.newSecret({ SecretString: "good" });
  const rotated = await rotate(Name, { RotationRules: { AutomaticallyAfterDays: 10 } });
  await expect.poll(() => value(Name), POLL).toBe("good+");
  await expect.poll(async () => (await describe(Name)).LastRotatedDate, POLL).toBeInstanceOf(Date);
  const described = await describe(Name);
  expect(described).toMatchObject({
    RotationEnabled: true,
    RotationLambdaARN,
    RotationRules: { AutomaticallyAfterDays: 10 },
  });
  expect(described.VersionIdsToStages).toEqual({
    [VersionId]: ["AWSPREVIOUS"],
    [rotated.VersionId ?? ""]: ["AWSCURRENT"],
  });
  const days = ((described.NextRotationDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(9);
  expect(days).toBeLessThan(10.1);
  await target.secrets.send(new CancelRotateSecretCommand({ SecretId: Name }));
  expect(await describe(Name)).toMatchObject({ RotationEnabled: false });
});

test("rules that no rotation can follow are refused", async () => {
  const { Name } = await target.newSecret();
  const refused = async (more: Partial<RotateSecretCommandInput>) => (await refusal(rotate(Name, more))).name;
  for (const ScheduleExpression of ["rate(1 hour)", "rate(5 parsecs)", "at(2030-01-01T00)", "cron(0 * * * ? *)"]) {
    expect(await refused({ RotationRules: { ScheduleExpression } }), ScheduleExpression).toMatch(
      /^(InvalidParameter|Validation)/,
    );
  }
  expect(await refused({ RotationLambdaARN: "nonsense" })).toBe("InvalidParameterException");
  expect(await refused({ RotationLambdaARN: undefined })).toBe("InvalidRequestException");
  const ScheduleExpression = "cron(0 8 1 * ? *)";
  await rotate(Name, { RotationRules: { ScheduleExpression }, RotateImmediately: false });
  expect((await describe(Name)).NextRotationDate?.getUTCHours()).toBe(8);
  expect((await refusal(target.secrets.send(new CancelRotateSecretCommand({ SecretId: `${Name}x` })))).name).toBe(
    "ResourceNotFoundException",
  );
});
