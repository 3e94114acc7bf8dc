import { Authorizer, type AuthorizerDeps, compilePolicy, type Identity, type Resources } from "@hearth/access";
import { ManualClock } from "@hearth/kit";
import type { Caller, Principal } from "@hearth/model";
import type { Call } from "@hearth/wire";
import { describe, expect, test, vi } from "vitest";
import { SERVICES } from "./services.ts";

const ACCOUNT = "111111111111";
const HELLO = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:hello`;

function identityWith(...statements: object[]): Identity {
  return {
    id: "AIDA1",
    Path: "/",
    Tags: { team: "red" },
    policies: [compilePolicy({ Version: "2012-10-17", Statement: statements })],
    boundary: undefined,
    trust: undefined,
    MaxSessionDuration: 3600,
  };
}

function callerOf(principal: Principal, accountId = ACCOUNT): Caller {
  const arn = principal.kind === "user" ? `arn:aws:iam::${accountId}:user/ann` : `arn:aws:iam::${accountId}:root`;
  return { accountId, accessKeyId: "AKIA", arn, userId: "x", principal };
}
const ann: Principal = { kind: "user", UserName: "ann", UserId: "AIDA1" };

const origin = { sourceIp: "127.0.0.1", secureTransport: false, userAgent: undefined };
const callOf = (caller: Caller, operation: string, input: object, service = "lambda"): Call => ({
  service,
  operation,
  input,
  region: "us-east-1",
  caller,
  origin,
});

/** The time that a decision about a warm call may take. */
const PROMISED_NS = 2_000;

interface Around {
  readonly identities?: AuthorizerDeps["identities"];
  readonly resourcePolicies?: () => readonly object[];
  readonly functionTags?: () => Promise<Record<string, string>>;
}

/** An authorizer for all services, with `identity` as the only user and the same policies and tags for every function. */
function authorizerWith(identity: Identity | undefined, around: Around = {}) {
  const holder = { identity };
  const policiesAbout = vi.fn(around.resourcePolicies ?? (() => []));
  const resources: Resources = { policiesAbout, tagsOf: around.functionTags ?? (() => Promise.resolve({})) };
  const authorizer = new Authorizer({
    identities: around.identities ?? { find: () => undefined, of: () => holder.identity },
    services: SERVICES.map(({ signingName, questions, warmKey }) => ({
      signingName,
      questions,
      ...(warmKey && { warmKey, resources }),
    })),
    clock: new ManualClock(),
  });
  return { authorize: authorizer.authorize, holder, policiesAbout };
}

/**
 * Nanoseconds that a call of `action` takes at best. Other processes can only make it slower, so the shortest of many short rounds is its cost;
 * rounds are repeated until one is below the promise, or until there were so many that the machine's load cannot be the reason.
 */
function bestNsOf(action: () => void, promisedNs: number): number {
  const calls = 500;
  let best = Infinity;
  for (let round = 0; round < 20_000 && best >= promisedNs; round++) {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) action();
    best = Math.min(best, Number(process.hrtime.bigint() - begun) / calls);
  }
  return best;
}

test("a root's call in its own account looks up nothing but the function's policies and is decided at once", () => {
  const asked = vi.fn(() => undefined);
  const { authorize } = authorizerWith(undefined, { identities: { find: asked, of: asked } });
  const root = callerOf({ kind: "root" });
  expect(authorize(callOf(root, "Invoke", { FunctionName: "hello" }))).toBe(ACCOUNT);
  expect(authorize(callOf(root, "Invoke", { FunctionName: HELLO }))).toBe(ACCOUNT);
  expect(authorize(callOf(root, "CreateRole", { RoleName: "r" }, "iam"))).toBe(ACCOUNT);
  expect(asked).not.toHaveBeenCalled();
});

test("a root's call about its own table and one of another account is decided about both", async () => {
  const { authorize } = authorizerWith(undefined);
  const theirs = "arn:aws:dynamodb:us-east-1:222222222222:table/theirs";
  const read = (names: readonly string[]) => {
    const RequestItems = Object.fromEntries(names.map((name) => [name, {}]));
    return (async () =>
      await authorize(callOf(callerOf({ kind: "root" }), "BatchGetItem", { RequestItems }, "dynamodb")))();
  };
  expect(await read(["mine", "mine-too"])).toBe(ACCOUNT);
  await expect(read(["mine", theirs])).rejects.toThrow("no resource-based policy allows");
});

test("a decision about a user is remembered until its policies change", async () => {
  const { authorize, holder } = authorizerWith(identityWith({ Effect: "Allow", Action: "lambda:*", Resource: HELLO }));
  const call = callOf(callerOf(ann), "Invoke", { FunctionName: "hello" });
  expect(await authorize(call)).toBe(ACCOUNT);
  expect(authorize(call)).toBe(ACCOUNT);
  holder.identity = identityWith();
  await expect(authorize(call)).rejects.toThrow("no identity-based policy allows the lambda:InvokeFunction action");
  holder.identity = undefined;
  await expect(authorize(call)).rejects.toThrow("no identity-based policy allows");
});

test("policies of a function are looked up by its ARN, in the region that the request is signed for", async () => {
  const { authorize, policiesAbout } = authorizerWith(identityWith({ Effect: "Allow", Action: "*", Resource: "*" }));
  const root = callerOf({ kind: "root" });
  for (const caller of [callerOf(ann), root]) {
    for (const region of ["us-east-1", "eu-west-1", "us-east-1"]) {
      await authorize({ ...callOf(caller, "Invoke", { FunctionName: "hello", Qualifier: "live" }), region });
      expect(policiesAbout).toHaveBeenLastCalledWith(`arn:aws:lambda:${region}:${ACCOUNT}:function:hello:live`, true);
    }
  }
  await authorize(callOf(root, "GetFunction", { FunctionName: HELLO }));
  expect(policiesAbout).toHaveBeenLastCalledWith(HELLO, false);
});

test("a remembered decision costs less than two microseconds", async () => {
  const { authorize } = authorizerWith(identityWith({ Effect: "Allow", Action: "lambda:*", Resource: HELLO }));
  const call = callOf(callerOf(ann), "Invoke", { FunctionName: "hello" });
  await authorize(call);
  expect(bestNsOf(() => void authorize(call), PROMISED_NS)).toBeLessThan(PROMISED_NS);
});

test("a decision that depends on a condition is made each time", async () => {
  const condition = { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } };
  const { authorize } = authorizerWith(
    identityWith({ Effect: "Allow", Action: "lambda:*", Resource: "*", Condition: condition }),
  );
  const call = callOf(callerOf(ann), "Invoke", { FunctionName: "hello" });
  expect(await authorize(call)).toBe(ACCOUNT);
  const elsewhere = { ...call, origin: { ...origin, sourceIp: "192.0.2.1" } };
  await expect(authorize(elsewhere)).rejects.toThrow("not authorized");
});

test("a boundary allows nothing by itself and limits what is allowed", async () => {
  const all = identityWith({ Effect: "Allow", Action: "*", Resource: "*" });
  const boundary = compilePolicy({ Statement: [{ Effect: "Allow", Action: "lambda:Get*", Resource: "*" }] });
  const caller = callerOf(ann);
  const within = authorizerWith({ ...all, boundary }).authorize;
  expect(await within(callOf(caller, "GetFunction", { FunctionName: "hello" }))).toBe(ACCOUNT);
  await expect(within(callOf(caller, "Invoke", { FunctionName: "hello" }))).rejects.toThrow(
    "because no permissions boundary allows the lambda:InvokeFunction action",
  );
  const only = authorizerWith({ ...identityWith(), boundary }).authorize;
  await expect(only(callOf(caller, "GetFunction", { FunctionName: "hello" }))).rejects.toThrow("not authorized");
});

test("a function's policy lets a user of the same account in by its own ARN, not by the account's", async () => {
  const named = (Principal: object) => [
    { Statement: [{ Effect: "Allow", Principal, Action: "lambda:InvokeFunction", Resource: HELLO }] },
  ];
  const caller = callerOf(ann);
  const call = callOf(caller, "Invoke", { FunctionName: "hello" });
  const direct = authorizerWith(identityWith(), { resourcePolicies: () => named({ AWS: caller.arn }) }).authorize;
  expect(await direct(call)).toBe(ACCOUNT);
  const account = authorizerWith(identityWith(), { resourcePolicies: () => named({ AWS: ACCOUNT }) }).authorize;
  await expect(account(call)).rejects.toThrow("not authorized");
});

test("a caller of another account needs both policies, the function's and its own", async () => {
  const policy = { Statement: { Effect: "Allow", Principal: "*", Action: "lambda:InvokeFunction", Resource: HELLO } };
  const resourcePolicies = () => [policy];
  const call = callOf(callerOf(ann, "222222222222"), "Invoke", { FunctionName: HELLO });
  const may = identityWith({ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" });
  expect(await authorizerWith(may, { resourcePolicies }).authorize(call)).toBe(ACCOUNT);
  await expect(authorizerWith(identityWith(), { resourcePolicies }).authorize(call)).rejects.toThrow("identity-based");
  await expect(authorizerWith(may).authorize(call)).rejects.toThrow("no resource-based policy allows");
});

describe("a denial of the function's policy", () => {
  const deny = (more: object = {}) => ({
    Statement: [{ Effect: "Deny", Principal: "*", Action: "lambda:InvokeFunction", Resource: HELLO, ...more }],
  });
  const all = identityWith({ Effect: "Allow", Action: "*", Resource: "*" });
  const invoke = (caller: Caller) => callOf(caller, "Invoke", { FunctionName: "hello" });

  test("beats the caller's own policies, remembered decisions and a root's rights", async () => {
    let policies: readonly object[] = [];
    const { authorize } = authorizerWith(all, { resourcePolicies: () => policies });
    const user = invoke(callerOf(ann));
    expect(await authorize(user)).toBe(ACCOUNT);
    expect(authorize(user)).toBe(ACCOUNT);
    policies = [deny()];
    await expect(authorize(user)).rejects.toThrow("with an explicit deny in a resource-based policy");
    await expect(authorize(invoke(callerOf({ kind: "root" })))).rejects.toThrow("with an explicit deny");
    policies = [deny({ Principal: { AWS: "arn:aws:iam::111111111111:user/bob" } })];
    expect(await authorize(user)).toBe(ACCOUNT);
    policies = [deny({ Condition: { NotIpAddress: { "aws:SourceIp": "127.0.0.0/8" } } })];
    expect(await authorize(user)).toBe(ACCOUNT);
    const far = { ...user, origin: { ...origin, sourceIp: "192.0.2.1" } };
    await expect(authorize(far)).rejects.toThrow("with an explicit deny in a resource-based policy");
  });

  test("applies to versions and aliases too when its resources include them", async () => {
    const { authorize } = authorizerWith(all, { resourcePolicies: () => [deny({ Resource: `${HELLO}:*` })] });
    const caller = callerOf(ann);
    expect(await authorize(invoke(caller))).toBe(ACCOUNT);
    const qualified = callOf(caller, "Invoke", { FunctionName: "hello", Qualifier: "live" });
    await expect(authorize(qualified)).rejects.toThrow("explicit deny");
  });

  test("does not stop callers from changing the policy", async () => {
    const resourcePolicies = () => [deny({ Action: "lambda:*" })];
    const { authorize } = authorizerWith(all, { resourcePolicies });
    for (const caller of [callerOf(ann), callerOf({ kind: "root" })]) {
      for (const operation of ["PutResourcePolicy", "DeleteResourcePolicy", "GetResourcePolicy"]) {
        expect(await authorize(callOf(caller, operation, { ResourceArn: HELLO }))).toBe(ACCOUNT);
      }
      expect(await authorize(callOf(caller, "RemovePermission", { FunctionName: "hello" }))).toBe(ACCOUNT);
      expect(await authorize(callOf(caller, "UpdateFunctionConfiguration", { FunctionName: "hello" }))).toBe(ACCOUNT);
    }
  });

  test("is ruled out in less than two microseconds for a call that policies in memory allow", async () => {
    const policies = [{ Statement: { Effect: "Allow", Principal: "*", Action: "lambda:*", Resource: HELLO } }];
    const { authorize } = authorizerWith(all, { resourcePolicies: () => policies });
    const call = invoke(callerOf(ann));
    await authorize(call);
    expect(bestNsOf(() => void authorize(call), PROMISED_NS)).toBeLessThan(PROMISED_NS);
  });
});

test("a caller that changes whole policies needs the permissions for statements too", async () => {
  const may = (...names: string[]) =>
    authorizerWith(
      identityWith({ Effect: "Allow", Action: names.map((name) => `lambda:${name}`), Resource: HELLO }),
    ).authorize(callOf(callerOf(ann), "PutResourcePolicy", { ResourceArn: HELLO }));
  await expect(may("PutResourcePolicy", "AddPermission")).rejects.toThrow("perform: lambda:RemovePermission");
  expect(await may("PutResourcePolicy", "AddPermission", "RemovePermission")).toBe(ACCOUNT);
});

test("tags of the function, of the caller and of the request decide", async () => {
  const condition = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
  const identity = identityWith({ Effect: "Allow", Action: "lambda:*", Resource: "*", Condition: condition });
  const withTag = (team: string) =>
    authorizerWith(identity, { functionTags: () => Promise.resolve({ team }) }).authorize;
  const call = callOf(callerOf(ann), "Invoke", { FunctionName: "hello" });
  expect(await withTag("red")(call)).toBe(ACCOUNT);
  await expect(withTag("blue")(call)).rejects.toThrow("not authorized");
  const keys = { "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } };
  const tagging = authorizerWith(
    identityWith({ Effect: "Allow", Action: "lambda:TagResource", Resource: HELLO, Condition: keys }),
  ).authorize;
  const tag = (Tags: object) => tagging(callOf(callerOf(ann), "TagResource", { Resource: HELLO, Tags }));
  expect(await tag({ team: "red" })).toBe(ACCOUNT);
  await expect(tag({ team: "red", other: "x" })).rejects.toThrow("not authorized");
});

test("IAM's and CloudWatch Logs' resources have the ARNs that policies use", async () => {
  const may = (Action: string, Resource: string) =>
    authorizerWith(identityWith({ Effect: "Allow", Action, Resource })).authorize;
  const user = may("iam:*AccessKey*", `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`);
  expect(await user(callOf(callerOf(ann), "CreateAccessKey", {}, "iam"))).toBe(ACCOUNT);
  await expect(user(callOf(callerOf(ann), "CreateAccessKey", { UserName: "bob" }, "iam"))).rejects.toThrow("user/bob");
  const group = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/lambda/hello`;
  const put = callOf(callerOf(ann), "PutLogEvents", { logGroupName: "/aws/lambda/hello", logStreamName: "s" }, "logs");
  expect(await may("logs:PutLogEvents", `${group}:*`)(put)).toBe(ACCOUNT);
  expect(await may("logs:PutLogEvents", `${group}:log-stream:s`)(put)).toBe(ACCOUNT);
  await expect(may("logs:PutLogEvents", `${group}-2:*`)(put)).rejects.toThrow(`${group}:log-stream:s`);
  const describe = callOf(callerOf(ann), "DescribeLogStreams", { logGroupName: "/aws/lambda/hello" }, "logs");
  for (const resource of [group, `${group}:*`, `${group}:log-stream:*`]) {
    expect(await may("logs:DescribeLogStreams", resource)(describe)).toBe(ACCOUNT);
  }
});
