import { expect, test } from "vitest";
import { questions } from "./questions.ts";

test("who gives a role to a subscription filter needs iam:PassRole for it", async () => {
  const roleArn = "arn:aws:iam::000000000000:role/r";
  const input = { logGroupName: "g", filterName: "f", filterPattern: "", destinationArn: "arn:aws:kinesis:x", roleArn };
  const where = { accountId: "000000000000", region: "us-east-1" };
  const asked = await questions({ operation: "PutSubscriptionFilter", input, ...where } as never);
  expect(asked.map(({ action, resources: [resource] }) => `${action} ${resource}`)).toEqual([
    "logs:PutSubscriptionFilter arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:",
    `iam:PassRole ${roleArn}`,
  ]);
  expect(asked[1]?.keys?.("iam:passedtoservice")).toEqual(["logs.amazonaws.com"]);
});
