import { ManualClock } from "@hearth/kit";
import type { Call } from "@hearth/wire";
import { expect, test } from "vitest";
import { Authorizer } from "./authorizer.ts";
import { inOwnPartition } from "./inOwnPartition.ts";
import { compilePolicy } from "./policy/policy.ts";

test.each([
  ["arn:aws:sns:us-east-1:1:t", "arn:aws:sns:us-east-1:1:t"],
  ["arn:aws-x:sns:us-east-1:1:t", "arn:aws:sns:us-east-1:1:t"],
  ["arn::sns:us-east-1:1:t", "arn:aws:sns:us-east-1:1:t"],
  ["arn:aws:sns:cn-north-1:1:t", "arn:aws-cn:sns:cn-north-1:1:t"],
  ["arn:aws-x:iam::1:role/a", "arn:aws:iam::1:role/a"],
  ["*", "*"],
])("%s is %s", (given, expected) => {
  expect(inOwnPartition(given, "us-east-1")).toBe(expected);
});

test("a resource that a statement denies cannot be named by another partition", async () => {
  const accountId = "111111111111";
  const topic = `arn:aws:sns:us-east-1:${accountId}:secret`;
  const policy = compilePolicy({
    Statement: [
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: "*", Resource: topic },
    ],
  });
  const of = { id: "i", Path: "/", Tags: {}, policies: [policy], boundary: undefined, trust: undefined };
  const identity = { ...of, MaxSessionDuration: 3600 };
  const questions = ({ input }: { readonly input: Readonly<Record<string, unknown>> }) => [
    { action: "sns:Publish", resources: [String(input["TopicArn"])] as const, accountId },
  ];
  const authorizer = new Authorizer({
    identities: { find: () => Promise.resolve(identity), of: () => identity },
    services: [{ signingName: "sns", questions }],
    clock: new ManualClock(),
  });
  const principal = { kind: "user", UserName: "u", UserId: "i" } as const;
  const caller = { accountId, accessKeyId: "k", arn: `arn:aws:iam::${accountId}:user/u`, userId: "i", principal };
  const origin = { sourceIp: undefined, secureTransport: true, userAgent: undefined };
  const call = (TopicArn: string): Call => ({
    ...{ service: "sns", operation: "Publish", region: "us-east-1", caller, origin },
    input: { TopicArn },
  });
  expect(await authorizer.authorize(call(topic.replace("secret", "open")))).toBe(accountId);
  await expect(authorizer.authorize(call(topic))).rejects.toThrow("explicit deny");
  await expect(authorizer.authorize(call(topic.replace("arn:aws:", "arn:aws-x:")))).rejects.toThrow("explicit deny");
});
