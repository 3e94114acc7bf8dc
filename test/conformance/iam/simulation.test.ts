import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";
import { refusal } from "../refusal.ts";

let target: ServiceTarget;
let iam: IAMClient;
beforeAll(async () => {
  target = await serviceTarget();
  iam = new IAMClient({ ...target.config, maxAttempts: 1 });
});
afterAll(async () => await target[Symbol.asyncDispose]());

const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], Resource = "*", Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const HELLO = "arn:aws:lambda:us-east-1:111122223333:function:hello";

async function custom(input: Partial<SimulateCustomPolicyCommandInput>) {
  const ActionNames = ["lambda:InvokeFunction"];
  return await iam.send(new SimulateCustomPolicyCommand({ PolicyInputList: [], ActionNames, ...input }));
}
async function decisions(input: Partial<SimulateCustomPolicyCommandInput>): Promise<unknown[]> {
  const { EvaluationResults = [] } = await custom(input);
  return EvaluationResults.map(({ EvalActionName, EvalResourceName, EvalDecision }) => [
    EvalActionName,
    EvalResourceName,
    EvalDecision,
  ]);
}

test("documents are evaluated for each action on each resource", async () => {
  const PolicyInputList = [
    document(allow("lambda:*", HELLO)),
    document({ ...allow("lambda:DeleteFunction"), Effect: "Deny" }),
  ];
  const ActionNames = ["lambda:InvokeFunction", "lambda:DeleteFunction"];
  expect(await decisions({ PolicyInputList, ActionNames, ResourceArns: [HELLO, `${HELLO}:1`] })).toEqual([
    ["lambda:InvokeFunction", HELLO, "allowed"],
    ["lambda:InvokeFunction", `${HELLO}:1`, "implicitDeny"],
    ["lambda:DeleteFunction", HELLO, "explicitDeny"],
    ["lambda:DeleteFunction", `${HELLO}:1`, "explicitDeny"],
  ]);
  expect(await decisions({ PolicyInputList: [document(allow("lambda:Invoke*"))] })).toEqual([
    ["lambda:InvokeFunction", "*", "allowed"],
  ]);
  const page = await custom({ PolicyInputList, ActionNames, ResourceArns: [HELLO, `${HELLO}:1`], MaxItems: 3 });
  expect([page.EvaluationResults?.length, page.IsTruncated]).toEqual([3, true]);
  const { Marker } = page;
  const rest = await custom({ PolicyInputList, ActionNames, ResourceArns: [HELLO, `${HELLO}:1`], MaxItems: 3, Marker });
  expect(rest.EvaluationResults).toMatchObject([
    {
      EvalActionName: "lambda:DeleteFunction",
      EvalResourceName: `${HELLO}:1`,
      MatchedStatements: [{ SourcePolicyId: "PolicyInputList.2" }],
    },
  ]);
  expect(rest.IsTruncated).toBe(false);
});

test("conditions use the context entries, and missing entries are reported", async () => {
  const condition = { StringEquals: { "aws:PrincipalTag/Team": "red" }, Bool: { "aws:SecureTransport": "true" } };
  const PolicyInputList = [document(allow("lambda:*", "*", condition))];
  const entry = (ContextKeyName: string, value: string) => ({
    ContextKeyName,
    ContextKeyValues: [value],
    ContextKeyType: "string" as const,
  });
  const without = await custom({ PolicyInputList, ContextEntries: [entry("aws:SecureTransport", "true")] });
  expect(without.EvaluationResults).toMatchObject([
    { EvalDecision: "implicitDeny", MissingContextValues: ["aws:PrincipalTag/Team"] },
  ]);
  const ContextEntries = [entry("aws:SecureTransport", "true"), entry("aws:principaltag/team", "red")];
  expect((await custom({ PolicyInputList, ContextEntries })).EvaluationResults).toMatchObject([
    { EvalDecision: "allowed", MissingContextValues: [] },
  ]);
});

test("a boundary limits what is allowed", async () => {
  const results = await custom({
    PolicyInputList: [document(allow("lambda:*"))],
    PermissionsBoundaryPolicyInputList: [document(allow("lambda:Get*"))],
    ActionNames: ["lambda:InvokeFunction", "lambda:GetFunction"],
  });
  expect(results.EvaluationResults).toMatchObject([
    { EvalDecision: "implicitDeny", PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } },
    { EvalDecision: "allowed", PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true } },
  ]);
});

test("a role is evaluated with its inline and attached policies", async () => {
  const RoleName = target.newName();
  const trusted = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const created = await iam.send(
    new CreateRoleCommand({ RoleName, Path: "/p/", AssumeRolePolicyDocument: document(trusted) }),
  );
  const PolicySourceArn = created.Role?.Arn ?? "";
  const PolicyDocument = document(allow("lambda:InvokeFunction"));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "invoke", PolicyDocument }));
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const principal = (input: Partial<SimulatePrincipalPolicyCommandInput>) =>
    iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ["lambda:InvokeFunction"], ...input }));
  const ActionNames = ["lambda:InvokeFunction", "logs:PutLogEvents", "s3:GetObject"];
  const { EvaluationResults } = await principal({ ActionNames });
  expect(EvaluationResults).toMatchObject([
    { EvalDecision: "allowed", MatchedStatements: [{ SourcePolicyId: `role_${RoleName}_invoke` }] },
    { EvalDecision: "allowed", MatchedStatements: [{ SourcePolicyId: "AWSLambdaBasicExecutionRole" }] },
    { EvalDecision: "implicitDeny", MatchedStatements: [] },
  ]);
  expect(await refusal(principal({ PolicySourceArn: `${PolicySourceArn}-no` }))).toMatchObject({
    name: "NoSuchEntityException",
    status: 404,
  });
  expect(await refusal(principal({ PolicySourceArn: "arn:aws:s3:::bucket-of-mine" }))).toMatchObject({
    name: "InvalidInputException",
    status: 400,
  });
});

test("an invalid simulation is refused", async () => {
  expect(await refusal(custom({ PolicyInputList: ["{"] }))).toMatchObject({ status: 400 });
  expect(await refusal(custom({ ActionNames: ["nonsense"] }))).toMatchObject({
    name: "InvalidInputException",
    status: 400,
  });
});

// This limit is Hearth's: AWS documents none.
test.skipIf(process.env["TARGET"] === "aws")("what would take long to simulate is refused at once", async () => {
  const Resource = Array.from({ length: 120 }, () => `arn:a:a:a:a:*${"a".repeat(990)}b`);
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource }] });
  const wish = { PolicyInputList: [document], ResourceArns: [`arn:a:a:a:a:${"a".repeat(2000)}`] };
  expect(await refusal(custom(wish))).toMatchObject({ name: "InvalidInputException", status: 400 });
});
