import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArnPattern } from "./arnPattern.ts";
import { evaluateIdentity, evaluateResource } from "./evaluate.ts";
import { InvalidPolicy } from "./json.ts";
import { Pattern } from "./pattern.ts";
import { compilePolicy } from "./policy.ts";

type Context = Readonly<Record<string, readonly string[]>>;
const lookupIn =
  (context: Context) =>
  (key: string): readonly string[] | undefined =>
    context[key];
const nothing = lookupIn({});

const HELLO = "arn:aws:lambda:us-east-1:111111111111:function:hello";
function ask(statements: object | object[], action: string, resource = HELLO, context: Context = {}): string {
  const policy = compilePolicy({ Version: "2012-10-17", Statement: statements as never });
  return evaluateIdentity([policy], { action, resources: [resource], lookup: lookupIn(context) }).effect;
}

describe("wildcards", () => {
  const anyText = fc.string({ maxLength: 20, unit: fc.constantFrom("a", "b", ":", "/", ".", "$", "{") });

  test("a pattern without wildcards matches only itself", () => {
    fc.assert(
      fc.property(anyText, anyText, (pattern, text) => {
        expect(new Pattern(pattern, { variables: false }).matches(text, nothing)).toBe(pattern === text);
      }),
    );
  });

  test("matching gives the same result as the equivalent regular expression", () => {
    const pattern = fc.string({ maxLength: 10, unit: fc.constantFrom("a", "b", "*", "?") });
    const text = fc.string({ maxLength: 12, unit: fc.constantFrom("a", "b") });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const regex = new RegExp(`^${p.replaceAll("?", ".").replaceAll("*", ".*")}$`, "s");
        expect(new Pattern(p).matches(t, nothing)).toBe(regex.test(t));
      }),
      { numRuns: 500 },
    );
  });

  test("a pattern that would make a regular expression very slow is matched at once", () => {
    const pattern = new Pattern(`${"*a".repeat(60)}*b`);
    const begun = process.hrtime.bigint();
    expect(pattern.matches("a".repeat(2000), nothing)).toBe(false);
    expect(Number(process.hrtime.bigint() - begun)).toBeLessThan(200_000_000);
  });

  test("the value of a variable is text, also when it has an asterisk in it", () => {
    const pattern = new Pattern("home/${aws:username}/*");
    const lookup = lookupIn({ "aws:username": ["*"] });
    expect(pattern.matches("home/*/x", lookup)).toBe(true);
    expect(pattern.matches("home/other/x", lookup)).toBe(false);
    expect(pattern.matches("home//x", nothing)).toBe(false);
    expect(new Pattern("a${*}b").matches("a*b", nothing)).toBe(true);
    expect(new Pattern("a${*}b").matches("axb", nothing)).toBe(false);
    expect(new Pattern("${aws:PrincipalTag/team, 'none'}").matches("none", nothing)).toBe(true);
  });

  test("a wildcard in one part of an ARN does not match the next part, and parts left out match anything", () => {
    expect(new ArnPattern("arn:aws:lambda:*:111111111111:function:*").matches(HELLO, nothing)).toBe(true);
    expect(new ArnPattern("arn:aws:lambda:*:function:hello").matches(HELLO, nothing)).toBe(false);
    expect(new ArnPattern("arn:aws:lambda").matches(HELLO, nothing)).toBe(true);
    expect(new ArnPattern("arn:aws:s3").matches(HELLO, nothing)).toBe(false);
    expect(new ArnPattern(HELLO).matches(`${HELLO}:prod`, nothing)).toBe(false);
    expect(new ArnPattern(`${HELLO}:*`).matches(`${HELLO}:prod`, nothing)).toBe(true);
  });
});

describe("the policies of an identity", () => {
  const allow = { Effect: "Allow", Action: "lambda:*", Resource: "*" };

  test("an action that no policy allows is not allowed", () => {
    expect(ask([], "lambda:GetFunction")).toBe("none");
    expect(ask({ ...allow, Action: "iam:*" }, "lambda:GetFunction")).toBe("none");
    expect(ask({ ...allow, Resource: `${HELLO}x` }, "lambda:GetFunction")).toBe("none");
  });

  test("actions are matched without regard to case, with wildcards", () => {
    expect(ask({ ...allow, Action: ["LAMBDA:get*"] }, "lambda:GetFunction")).toBe("allow");
    expect(ask({ ...allow, Action: "lambda:?etFunction" }, "lambda:GetFunction")).toBe("allow");
    expect(ask({ ...allow, Action: "*" }, "sts:AssumeRole", "*")).toBe("allow");
  });

  test("a denial beats every permission, at any place in the policies", () => {
    const deny = { Effect: "Deny", Action: "lambda:Delete*", Resource: "*" };
    expect(ask([allow, deny], "lambda:DeleteFunction")).toBe("deny");
    expect(ask([deny, allow], "lambda:DeleteFunction")).toBe("deny");
    expect(ask([deny, allow], "lambda:GetFunction")).toBe("allow");
  });

  test("NotAction and NotResource mean everything else", () => {
    expect(ask({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }, "lambda:GetFunction")).toBe("allow");
    expect(ask({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }, "iam:GetUser")).toBe("none");
    expect(ask([allow, { Effect: "Deny", Action: "*", NotResource: HELLO }], "lambda:GetFunction")).toBe("allow");
    expect(ask([allow, { Effect: "Deny", Action: "*", NotResource: HELLO }], "lambda:GetFunction", "*")).toBe("deny");
  });

  test("a statement that denies, added to any policy, never allows more", () => {
    const actions = fc.constantFrom("lambda:*", "lambda:Get*", "lambda:GetFunction", "iam:*", "*");
    const resources = fc.constantFrom("*", HELLO, `${HELLO}:*`, "arn:aws:lambda:*:*:function:h*");
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Action: actions,
      Resource: resources,
    });
    const question = fc.constantFrom("lambda:GetFunction", "lambda:DeleteFunction", "iam:GetUser");
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), statement, question, (statements, added, action) => {
        const before = ask(statements, action);
        const after = ask([...statements, { ...added, Effect: "Deny" }], action);
        if (before !== "allow") expect(after).not.toBe("allow");
        const more = ask([...statements, { ...added, Effect: "Allow" }], action);
        if (before === "deny") expect(more).toBe("deny");
        expect(ask(statements.toReversed(), action)).toBe(before);
      }),
    );
  });

  test("documents of the old version have no variables", () => {
    const Statement = { Effect: "Allow", Action: "iam:*", Resource: "arn:aws:iam::1:user/${aws:username}" };
    const request = {
      action: "iam:GetUser",
      resources: ["arn:aws:iam::1:user/ann"],
      lookup: lookupIn({ "aws:username": ["ann"] }),
    };
    expect(evaluateIdentity([compilePolicy({ Version: "2012-10-17", Statement })], request).effect).toBe("allow");
    expect(evaluateIdentity([compilePolicy({ Statement })], request).effect).toBe("none");
  });

  test("an answer that depended on no condition is the same every time, and says so", () => {
    const policy = compilePolicy({
      Statement: [allow, { ...allow, Action: "iam:*", Condition: { Bool: { "aws:SecureTransport": "true" } } }],
    });
    const of = (action: string) => evaluateIdentity([policy], { action, resources: [HELLO], lookup: nothing });
    expect(of("lambda:GetFunction")).toEqual({ effect: "allow", conditional: false });
    expect(of("iam:GetUser")).toEqual({ effect: "none", conditional: true });
  });
});

describe("conditions", () => {
  const when = (Condition: object, context: Context = {}): boolean =>
    ask({ Effect: "Allow", Action: "*", Resource: "*", Condition }, "lambda:GetFunction", HELLO, context) === "allow";

  test.each([
    [{ StringEquals: { "aws:username": ["ann", "bob"] } }, { "aws:username": ["bob"] }, true],
    [{ StringEquals: { "AWS:UserName": "bob" } }, { "aws:username": ["Bob"] }, false],
    [{ StringEqualsIgnoreCase: { "aws:username": "bob" } }, { "aws:username": ["Bob"] }, true],
    [{ StringNotEquals: { "aws:username": ["ann", "bob"] } }, { "aws:username": ["bob"] }, false],
    [{ StringNotEquals: { "aws:username": ["ann", "bob"] } }, { "aws:username": ["eve"] }, true],
    [{ StringLike: { "aws:username": "b*" } }, { "aws:username": ["bob"] }, true],
    [{ StringEquals: { "aws:username": "b*" } }, { "aws:username": ["bob"] }, false],
    [{ StringNotLike: { "aws:username": "b*" } }, { "aws:username": ["bob"] }, false],
    [{ ArnLike: { "aws:sourcearn": "arn:aws:s3:::b*" } }, { "aws:sourcearn": ["arn:aws:s3:::bucket"] }, true],
    [{ ArnEquals: { "aws:sourcearn": "arn:aws:s3:::bucket" } }, { "aws:sourcearn": ["arn:aws:s3:::buckets"] }, false],
    [{ ArnNotLike: { "aws:sourcearn": "arn:aws:s3:::b*" } }, { "aws:sourcearn": ["arn:aws:sns:::b"] }, true],
    [{ NumericLessThanEquals: { "s3:max-keys": "10" } }, { "s3:max-keys": ["10"] }, true],
    [{ NumericGreaterThan: { "s3:max-keys": 10 } }, { "s3:max-keys": ["10"] }, false],
    [
      { DateLessThan: { "aws:currenttime": "2030-01-01T00:00:00Z" } },
      { "aws:currenttime": ["2026-11-01T00:00:00Z"] },
      true,
    ],
    [{ DateGreaterThan: { "aws:epochtime": "1700000000" } }, { "aws:epochtime": ["1800000000"] }, true],
    [{ Bool: { "aws:securetransport": "false" } }, { "aws:securetransport": ["false"] }, true],
    [{ Bool: { "aws:securetransport": true } }, { "aws:securetransport": ["false"] }, false],
    [{ IpAddress: { "aws:sourceip": ["10.0.0.0/8", "::1/128"] } }, { "aws:sourceip": ["10.9.8.7"] }, true],
    [{ IpAddress: { "aws:sourceip": "10.0.0.0/8" } }, { "aws:sourceip": ["11.0.0.1"] }, false],
    [{ NotIpAddress: { "aws:sourceip": "10.0.0.0/8" } }, { "aws:sourceip": ["11.0.0.1"] }, true],
    [{ IpAddress: { "aws:sourceip": "2001:db8::/32" } }, { "aws:sourceip": ["2001:db8::7"] }, true],
    [{ Null: { "aws:username": "true" } }, {}, true],
    [{ Null: { "aws:username": "false" } }, { "aws:username": ["x"] }, true],
    [{ Null: { "aws:username": "true" } }, { "aws:username": ["x"] }, false],
    [{ "ForAllValues:StringEquals": { "aws:tagkeys": ["a", "b"] } }, { "aws:tagkeys": ["a", "b"] }, true],
    [{ "ForAllValues:StringEquals": { "aws:tagkeys": ["a", "b"] } }, { "aws:tagkeys": ["a", "c"] }, false],
    [{ "ForAllValues:StringEquals": { "aws:tagkeys": ["a"] } }, {}, true],
    [{ "ForAnyValue:StringEquals": { "aws:tagkeys": ["a"] } }, { "aws:tagkeys": ["b", "a"] }, true],
    [{ "ForAnyValue:StringEquals": { "aws:tagkeys": ["a"] } }, {}, false],
    [{ "ForAnyValue:StringNotEquals": { "aws:tagkeys": ["a"] } }, { "aws:tagkeys": ["b", "a"] }, true],
  ])("%j with %j is %j", (condition, context, holds) => {
    expect(when(condition, context as unknown as Context)).toBe(holds);
  });

  test("an absent key satisfies negated and IfExists operators, and no others", () => {
    for (const [operator, value] of [
      ["StringEquals", "x"],
      ["StringLike", "*"],
      ["NumericEquals", "1"],
      ["DateLessThan", "2030-01-01T00:00:00Z"],
      ["Bool", "true"],
      ["IpAddress", "0.0.0.0/0"],
      ["ArnLike", "*"],
    ] as const) {
      expect(when({ [operator]: { "aws:absent": value } }), operator).toBe(false);
      expect(when({ [`${operator}IfExists`]: { "aws:absent": value } }), operator).toBe(true);
    }
    expect(when({ StringNotEquals: { "aws:absent": "x" } })).toBe(true);
    expect(when({ NotIpAddress: { "aws:absent": "10.0.0.0/8" } })).toBe(true);
  });

  test("all operators and all keys of a statement have to hold", () => {
    const both = { StringEquals: { a: "1", b: "2" }, Bool: { c: "true" } };
    expect(when(both, { a: ["1"], b: ["2"], c: ["true"] })).toBe(true);
    expect(when(both, { a: ["1"], b: ["2"], c: ["false"] })).toBe(false);
    expect(when(both, { a: ["1"], b: ["3"], c: ["true"] })).toBe(false);
  });

  test("a policy with an unknown operator is invalid", () => {
    expect(() => when({ StringSounds: { a: "b" } })).toThrow(InvalidPolicy);
    expect(() => when({ IpAddress: { a: "10.0.0.300" } })).toThrow(InvalidPolicy);
    expect(() => when({ NumericEquals: { a: "ten" } })).toThrow(InvalidPolicy);
  });
});

describe("the policy of a resource", () => {
  const who = {
    accountId: "222222222222",
    arns: ["arn:aws:sts::222222222222:assumed-role/deploy/me", "arn:aws:iam::222222222222:role/deploy"],
  };
  const verdict = (Principal: unknown, asks: Parameters<typeof evaluateResource>[1] = who) =>
    evaluateResource(
      [
        compilePolicy({
          Statement: [{ Effect: "Allow", Principal, Action: "lambda:InvokeFunction", Resource: HELLO }],
        }),
      ],
      asks,
      { action: "lambda:InvokeFunction", resources: [HELLO], lookup: nothing },
    );

  test("names a caller by itself, by its role, by its account, or everyone", () => {
    expect(verdict("*")).toMatchObject({ effect: "allow", by: "direct" });
    expect(verdict({ AWS: "*" })).toMatchObject({ effect: "allow", by: "direct" });
    expect(verdict({ AWS: ["arn:aws:iam::222222222222:role/deploy"] })).toMatchObject({ by: "direct" });
    expect(verdict({ AWS: "222222222222" })).toMatchObject({ effect: "allow", by: "account" });
    expect(verdict({ AWS: "arn:aws:iam::222222222222:root" })).toMatchObject({ effect: "allow", by: "account" });
    expect(verdict({ AWS: "arn:aws:iam::222222222222:role/other" })).toMatchObject({ effect: "none" });
    expect(verdict({ AWS: "333333333333" })).toMatchObject({ effect: "none" });
    expect(verdict({ Service: "sns.amazonaws.com" })).toMatchObject({ effect: "none" });
  });

  test("names a service by its name, or as everyone", () => {
    const sns = { arns: [], service: "sns.amazonaws.com" };
    expect(verdict({ Service: "sns.amazonaws.com" }, sns)).toMatchObject({ effect: "allow" });
    expect(verdict({ Service: "events.amazonaws.com" }, sns)).toMatchObject({ effect: "none" });
    expect(verdict({ AWS: "*" }, sns)).toMatchObject({ effect: "allow" });
  });
});

test("any JSON is either a policy or InvalidPolicy", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      try {
        compilePolicy(text);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidPolicy);
      }
    }),
  );
});
