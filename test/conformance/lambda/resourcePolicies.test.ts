import {
  AddPermissionCommand,
  CreateAliasCommand,
  DeleteResourcePolicyCommand,
  GetPolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const OLD_REVISION = "11111111-2222-3333-4444-555555555555";

const statement = (Resource: string | string[], more: object = {}) => ({
  Sid: "allow-s3",
  Effect: "Allow",
  Principal: { Service: "s3.amazonaws.com" },
  Action: "lambda:InvokeFunction",
  Resource,
  ...more,
});
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });

const put = (ResourceArn: string, policy: unknown, RevisionId?: string) =>
  target.client.send(
    new PutResourcePolicyCommand({
      ResourceArn,
      Policy: typeof policy === "string" ? policy : JSON.stringify(policy, undefined, 2),
      RevisionId,
    }),
  );
const get = (ResourceArn: string) => target.client.send(new GetResourcePolicyCommand({ ResourceArn }));
const remove = (ResourceArn: string, RevisionId?: string) =>
  target.client.send(new DeleteResourcePolicyCommand({ ResourceArn, RevisionId }));
const parsed = (Policy = ""): unknown => JSON.parse(Policy);

async function newArn(): Promise<string> {
  return target.arn((await target.newFunction()).FunctionName);
}

describe("PutResourcePolicy", () => {
  test("accepts Deny, several principals and any condition, and answers with the policy and its revision", async () => {
    const arn = await newArn();
    const policy = document(
      statement(arn, { Condition: { StringEquals: { "aws:SourceAccount": target.accountId } } }),
      statement([arn, `${arn}:*`], {
        Sid: "deny-far",
        Effect: "Deny",
        Principal: { AWS: [`arn:aws:iam::${target.accountId}:root`], Service: ["s3.amazonaws.com"] },
        Action: ["lambda:InvokeFunction", "lambda:Update*"],
        Condition: { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] } },
      }),
    );
    const answer = await put(arn, policy);
    expect(answer.$metadata.httpStatusCode).toBe(200);
    expect(parsed(answer.Policy)).toEqual(policy);
    const got = await get(arn);
    expect({ ...got, Policy: parsed(got.Policy) }).toMatchObject({ Policy: policy, RevisionId: answer.RevisionId });
    const same = await target.client.send(new GetPolicyCommand({ FunctionName: arn }));
    expect([same.Policy, same.RevisionId]).toEqual([got.Policy, got.RevisionId]);
  });

  test("replaces the policy of AddPermission; AddPermission adds to the new one, RemovePermission removes from it", async () => {
    const arn = await newArn();
    const add = (StatementId: string) =>
      target.client.send(
        new AddPermissionCommand({
          FunctionName: arn,
          StatementId,
          Action: "lambda:InvokeFunction",
          Principal: "sns.amazonaws.com",
        }),
      );
    await add("old");
    const deny = statement(arn, { Sid: "deny", Effect: "Deny" });
    await put(arn, { ...document(), Id: "mine", Statement: deny });
    await add("new");
    expect(parsed((await get(arn)).Policy)).toMatchObject({ Id: "mine", Statement: [deny, { Sid: "new" }] });
    expect(await refusal(add("deny"))).toMatchObject({ name: "ResourceConflictException" });
    const take = (StatementId: string) =>
      target.client.send(new RemovePermissionCommand({ FunctionName: arn, StatementId }));
    await take("deny");
    expect(parsed((await get(arn)).Policy)).toMatchObject({ Statement: [{ Sid: "new" }] });
    await take("new");
    expect(await refusal(get(arn))).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
  });

  test("keeps a separate policy for an alias, which can only be about that alias", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const live = target.arn(FunctionName, "live");
    await put(live, document(statement(live)));
    expect(parsed((await get(live)).Policy)).toEqual(document(statement(live)));
    expect(await refusal(get(target.arn(FunctionName)))).toMatchObject({ name: "ResourceNotFoundException" });
    expect(await refusal(put(live, document(statement(target.arn(FunctionName)))))).toMatchObject({
      name: "InvalidParameterValueException",
    });
    expect(await refusal(put(target.arn(FunctionName, "9"), document(statement("*"))))).toMatchObject({
      name: "ResourceNotFoundException",
      status: 404,
    });
    const runtime = `arn:aws:lambda:${target.region}:${target.accountId}:runtime/none`;
    expect(await refusal(put(runtime, document(statement(runtime))))).toMatchObject({
      name: "ResourceNotFoundException",
      status: 404,
    });
    expect(await refusal(put(target.arn(FunctionName, "$LATEST"), document(statement("*"))))).toMatchObject({
      name: "InvalidParameterValueException",
      message: "We currently do not support adding policies for $LATEST.",
    });
  });

  test("is refused with an old revision", async () => {
    const arn = await newArn();
    const { RevisionId } = await put(arn, document(statement(arn)));
    expect(await refusal(put(arn, document(statement(arn)), OLD_REVISION))).toMatchObject({
      name: "PreconditionFailedException",
      status: 412,
    });
    const next = await put(arn, document(statement(arn, { Sid: "other" })), RevisionId);
    expect(next.RevisionId).not.toBe(RevisionId);
    expect(await refusal(put(arn, document(statement(arn)), "no-revision"))).toMatchObject({
      name: "ValidationException",
    });
  });

  test("refuses an invalid policy and keeps the current one", async () => {
    const arn = await newArn();
    const kept = await put(arn, document(statement(arn)));
    const refused = async (policy: unknown) => {
      const { name, status, message } = await refusal(put(arn, policy));
      return { name, status, message };
    };
    const invalid = (message: string) => ({ name: "InvalidParameterValueException", status: 400, message });
    const principal = "The provided principal was invalid. Please check the principal and try again.";
    expect(await refused("{")).toEqual(invalid("This policy contains invalid Json."));
    expect(await refused("[]")).toEqual(invalid("Syntax errors in policy."));
    expect(await refused({ ...document(statement(arn)), version: "1" })).toEqual(invalid("Syntax errors in policy."));
    expect(await refused({ Version: "2020-01-01", Statement: [statement(arn)] })).toEqual(
      invalid("Policy document must be version 2012-10-17 or greater."),
    );
    expect(await refused(document())).toEqual(invalid("Missing required field Statement."));
    for (const [more, message] of [
      [{ Effect: undefined }, "Missing required field Effect."],
      [{ Effect: "Maybe" }, "Invalid effect: it is Allow or Deny."],
      [{ Principal: undefined }, "Missing required field Principal."],
      [{ Principal: "someone" }, principal],
      [{ Principal: { AWS: "bob" } }, principal],
      [{ Principal: { Service: "example.com" } }, principal],
      [{ Principal: {} }, principal],
      [{ Principal: undefined, NotPrincipal: "*" }, "Allow with NotPrincipal is not allowed."],
      [{ Action: undefined }, "Missing required field Action."],
      [{ Action: "s3:GetObject" }, "Policy has invalid action: s3:GetObject"],
      [{ Action: [] }, "Syntax error in policy: Action must be a string or a list of strings."],
      [{ NotAction: "*" }, "A statement has Action or NotAction, not both."],
      [{ Resource: undefined }, "Missing required field Resource."],
      [{ Resource: `${arn}-2` }, `Policy has invalid resource: ${arn}-2, which is not ${arn}`],
      [{ Condition: { Odd: { "aws:SourceIp": "1" } } }, "Invalid Condition type : Odd."],
      [{ Condition: { IpAddress: { "aws:SourceIp": "x" } } }, "The value x is not valid for IpAddress."],
      [
        { Condition: { NumericLessThan: { "aws:EpochTime": { a: 1 } } } },
        "Syntax error in policy: Condition must be a string or a list of strings.",
      ],
      [{ Sid: 7 }, "Syntax error in policy: Sid."],
      [{ Other: "x" }, "Syntax errors in policy."],
    ] as const) {
      expect(await refused(document(statement(arn, more)))).toEqual(invalid(message));
    }
    expect(await refused(document(statement(arn), statement(arn)))).toEqual(
      invalid("Statement IDs (SID) in a single policy must be unique."),
    );
    const deep = `${"[".repeat(9_000)}${"]".repeat(9_000)}`;
    for (const member of ["Effect", "Action", "Resource", "Sid", "Principal", "Condition"]) {
      const text = JSON.stringify(document(statement(arn, { [member]: "deep" }))).replace('"deep"', deep);
      expect(await refused(text)).toMatchObject({ name: "InvalidParameterValueException", status: 400 });
    }
    const huge = document(statement(arn, { Condition: { NumericLessThan: { "aws:EpochTime": "huge" } } }));
    expect(await refused(JSON.stringify(huge).replace('"huge"', "1e400"))).toMatchObject({ status: 400 });
    expect(await refused("")).toMatchObject({ name: "ValidationException" });
    expect(await refused(" ".repeat(20_481))).toMatchObject({ name: "ValidationException", status: 400 });
    expect(await refused(document(statement(arn, { Sid: "é".repeat(10_200) })))).toMatchObject({
      name: "PolicyLengthExceededException",
      status: 400,
    });
    expect((await get(arn)).RevisionId).toBe(kept.RevisionId);
  });

  test("accepts wildcards for versions and aliases, and characters of every kind", async () => {
    const arn = await newArn();
    for (const Resource of ["*", `${arn}:*`, `${arn}:live`, arn.replace(/[^:]+$/, "*")]) {
      expect(parsed((await put(arn, document(statement(Resource)))).Policy)).toEqual(document(statement(Resource)));
    }
    const odd = document(statement(arn, { Sid: "a \u0000 \u{1f600} é" }));
    expect(parsed((await put(arn, odd)).Policy)).toEqual(odd);
    expect(parsed((await get(arn)).Policy)).toEqual(odd);
  });
});

test("a resource that is not an ARN, missing, in another region or another account's is refused", async () => {
  const { FunctionName } = await target.newFunction();
  expect(await refusal(get(FunctionName))).toMatchObject({ name: "ValidationException", status: 400 });
  expect(await refusal(get(`${target.arn(FunctionName)}*`))).toMatchObject({ name: "ValidationException" });
  for (const call of [get, remove, (arn: string) => put(arn, document(statement("*")))]) {
    expect(await refusal(call(target.arn(`${FunctionName}-no`)))).toMatchObject({
      name: "ResourceNotFoundException",
      status: 404,
    });
    const strange = target.arn(FunctionName).replace(target.accountId, "999999999999");
    expect(await refusal(call(strange))).toMatchObject({ name: "AccessDeniedException", status: 403 });
  }
  expect(await refusal(get(target.arn(FunctionName)))).toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource you requested does not exist.",
  });
});

test("DeleteResourcePolicy removes the whole policy, and is refused with an old revision", async () => {
  const arn = await newArn();
  const { RevisionId } = await put(arn, document(statement(arn), statement(arn, { Sid: "second" })));
  expect(await refusal(remove(arn, OLD_REVISION))).toMatchObject({ name: "PreconditionFailedException", status: 412 });
  expect((await remove(arn, RevisionId)).$metadata.httpStatusCode).toBe(204);
  expect(await refusal(get(arn))).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
  expect(await refusal(remove(arn))).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
});
