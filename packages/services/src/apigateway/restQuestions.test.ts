import { expect, test } from "vitest";
import { questions } from "../apigatewayv2/questions.ts";
import { DEFINITION } from "./restQuestions.ts";

const where = { accountId: "000000000000", region: "us-east-1" };
const ask = async (operation: string, input: object): Promise<readonly string[]> => {
  const asked = await questions({ operation, input: input as never, ...where } as never);
  return asked.map(({ action, resources }) => `${action} ${resources.join(" ")}`);
};
const arn = (path: string): string => `arn:aws:apigateway:us-east-1::${path}`;
const role = "arn:aws:iam::000000000000:role/r";

test.each<[string, object, string[]]>([
  ["CreateStage", { restapi_id: "a", stageName: "s" }, [`apigateway:POST ${arn("/restapis/a/stages")}`]],
  ["CreateStage", { apiId: "b", stageName: "s" }, [`apigateway:POST ${arn("/apis/b/stages")}`]],
  ["GetStage", { restapi_id: "a", stage_name: "s" }, [`apigateway:GET ${arn("/restapis/a/stages/s")}`]],
  ["GetUsagePlan", { usageplanId: "p" }, [`apigateway:GET ${arn("/usageplans/p")}`]],
  ["TagResource", { resource_arn: "x", tags: {} }, [`apigateway:PUT ${arn("/tags/x")}`]],
  ["TagResource", { resourceArn: "x", tags: {} }, [`apigateway:POST ${arn("/tags/x")}`]],
  [
    "UpdateRestApi",
    { restapi_id: "a", patchOperations: [{ op: "replace", path: "/policy", value: "{}" }] },
    [`apigateway:PATCH ${arn("/restapis/a")}`, `apigateway:UpdateRestApiPolicy ${arn("/restapis/a")}`],
  ],
  [
    "UpdateAccount",
    { patchOperations: [{ op: "replace", path: "/cloudwatchRoleArn", value: role }] },
    [`apigateway:PATCH ${arn("/account")}`, `iam:PassRole ${role}`],
  ],
  [
    DEFINITION,
    { restapi_id: "a", roles: [role], setsPolicy: true },
    [`apigateway:UpdateRestApiPolicy ${arn("/restapis/a")}`, `iam:PassRole ${role}`],
  ],
])("%s of %j asks for the method on the path", async (operation, input, expected) => {
  expect(await ask(operation, input)).toEqual(expected);
});

test("a caller's own credentials are no role", async () => {
  const input = { restapi_id: "a", resource_id: "r", http_method: "GET", credentials: "arn:aws:iam::*:user/*" };
  expect(await ask("PutIntegration", input)).toHaveLength(1);
});

test("whatever may become the ARN of a role has to be passed: variables of the stage, and roles whose path looks like a user's", async () => {
  const of = { restapi_id: "a", resource_id: "r", http_method: "GET" };
  const texts = [
    "${stageVariables.r}",
    "arn:aws:iam::${stageVariables.a}:user/b",
    "arn:aws:iam::000000000000:role/a:user/b",
  ];
  for (const credentials of texts) {
    expect(await ask("PutIntegration", { ...of, credentials })).toContain(`iam:PassRole ${credentials}`);
    const patchOperations = [{ op: "replace", path: "/credentials", value: credentials }];
    expect(await ask("UpdateIntegration", { ...of, patchOperations })).toContain(`iam:PassRole ${credentials}`);
  }
  const removed = [{ op: "replace", path: "/credentials", value: "" }];
  expect(await ask("UpdateIntegration", { ...of, patchOperations: removed })).toHaveLength(1);
});
