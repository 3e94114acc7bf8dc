import { expect, test } from "vitest";
import { isPolicy, policyText } from "./topicPolicy.ts";

const TOPIC = { arn: "arn:aws:sns:us-east-1:000000000000:t", accountId: "000000000000", attributes: {} };
const statement = { Effect: "Allow", Principal: { AWS: "*" }, Action: "SNS:Publish", Resource: TOPIC.arn };

test("a policy that could not be evaluated is refused: no call could correct it", () => {
  expect(isPolicy(policyText(TOPIC))).toBe(true);
  expect(isPolicy(JSON.stringify({ Statement: statement }))).toBe(true);
  for (const wrong of [{ Effect: "X" }, { Principal: 5 }, { Condition: { Bogus: { a: "b" } } }])
    expect(isPolicy(JSON.stringify({ Statement: [{ ...statement, ...wrong }] }))).toBe(false);
  for (const text of ["{", "[]", "{}", '{"Statement":[]}']) expect(isPolicy(text)).toBe(false);
});
