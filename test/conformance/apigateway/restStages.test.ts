import * as sdk from "@aws-sdk/client-api-gateway";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { servedRestApis, type ServedRestApis } from "./servedRestApis.ts";

let target: ServedRestApis & AsyncDisposable;
let rest: sdk.APIGatewayClient;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  target = await servedRestApis();
  ({ rest } = target);
  logs = new CloudWatchLogsClient(clientConfig());
});
afterAll(async () => {
  logs.destroy();
  await target[Symbol.asyncDispose]();
});

function clientConfig() {
  return { endpoint: target.endpoint, region: target.region, credentials: rest.config.credentials };
}

/** Lets API Gateway write execution logs, with a role of AWS's own policy. */
async function allowLogs(): Promise<void> {
  const iam = new IAMClient(clientConfig());
  const RoleName = `logs-${crypto.randomUUID().slice(0, 8)}`;
  const Statement = [{ Effect: "Allow", Principal: { Service: "apigateway.amazonaws.com" }, Action: "sts:AssumeRole" }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  iam.destroy();
  const patchOperations = [{ op: "replace" as const, path: "/cloudwatchRoleArn", value: Role?.Arn }];
  await rest.send(new sdk.UpdateAccountCommand({ patchOperations }));
}

async function patchStage(restApiId: string, changes: Readonly<Record<string, string>>): Promise<sdk.Stage> {
  const patchOperations = Object.entries(changes).map(([path, value]) => ({ op: "replace" as const, path, value }));
  return await rest.send(new sdk.UpdateStageCommand({ restApiId, stageName: "dev", patchOperations }));
}

/** The lines of an execution log without their request ids, by request id. */
async function executionLog(logGroupName: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName })).catch(() => ({ events: [] }));
  const byRequest = new Map<string, string[]>();
  for (const { message = "" } of events) {
    const [, id = "", text = ""] = /^\(([^)]+)\) (.*)$/s.exec(message) ?? [];
    byRequest.set(id, [...(byRequest.get(id) ?? []), text]);
  }
  return byRequest;
}

test(
  "a stage whose methods ask for it has an execution log, with credentials masked",
  { timeout: 120_000 },
  async () => {
    const { restApiId, rootId } = await target.newRestApi();
    const web = await target.newResource(restApiId, rootId, "{path+}");
    await target.newMethod({ restApiId, resourceId: web, httpMethod: "POST" }, {}, target.proxy());
    await target.deploy(restApiId);
    await allowLogs();
    const settings = { "/*/*/logging/loglevel": "INFO", "/*/*/logging/dataTrace": "true" };
    const stage = await patchStage(restApiId, settings);
    expect(stage.methodSettings).toMatchObject({ "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } });
    const group = `API-Gateway-Execution-Logs_${restApiId}/dev`;
    const token = "Bearer a-token-that-is-long-enough-to-show-its-end";
    const post = async (path: string): Promise<string> => {
      const headers = { authorization: token, "content-type": "application/json" };
      const answer = await target.call(restApiId, `/dev${path}?q=1`, { method: "POST", headers, body: '{"a":1}' });
      return String(answer.headers["x-amzn-requestid"]);
    };
    // The stage's new settings reach the process that serves it in a moment.
    await expect
      .poll(
        async () => {
          await post("/x");
          return (await executionLog(group)).size;
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBeGreaterThan(0);
    const [good, thrown, wrong] = [await post("/pets"), await post("/throw"), await post("/wrong")];
    const lines = async (id: string) => (await executionLog(group)).get(id) ?? [];
    await expect.poll(async () => (await lines(wrong)).length, { timeout: 60_000 }).toBeGreaterThan(0);
    const masked = `${"*".repeat(Math.min(token.length, 64) - 6)}ts-end`;
    expect(await lines(good)).toEqual([
      expect.stringMatching(/^Extended Request Id: ./),
      `Verifying Usage Plan for request: ${good}. API Key:  API Stage: ${restApiId}/dev`,
      "API Key  authorized because method 'POST /{path+}' does not require API Key. Request will not contribute to throttle or quota limits",
      `Usage Plan check succeeded for API Key  and API Stage ${restApiId}/dev`,
      `Starting execution for request: ${good}`,
      "HTTP Method: POST, Resource Path: /{path+}",
      "Method request path: {path=pets}",
      "Method request query string: {q=1}",
      expect.stringContaining(`authorization=${masked}`),
      'Method request body before transformations: {"a":1}',
      expect.stringMatching(/^Endpoint request URI: https:\/\/lambda\..+\/invocations$/),
      expect.stringMatching(/^Endpoint request headers: {.*X-Amz-Source-Arn=arn:aws:execute-api:/),
      expect.stringMatching(/^Endpoint request body after transformations: {"resource":"\/{path\+}".* \[TRUNCATED\]$/),
      expect.stringMatching(/^Sending request to https:/),
      expect.stringMatching(/^Received response. Status: 200, Integration latency: \d+ ms$/),
      "Endpoint response headers: {}",
      expect.stringMatching(/^Endpoint response body before transformations: {"statusCode":200/),
      expect.stringMatching(/^Method response body after transformations: {"resource"/),
      expect.stringMatching(/^Method response headers: {content-type=application\/json/),
      "Successfully completed execution",
      "Method completed with status: 200",
      `AWS Integration Endpoint RequestId : ${good}`,
    ]);
    expect([...(await executionLog(group)).values()].flat().join("\n")).not.toContain("a-token-that-is");
    expect(await lines(thrown)).toEqual(
      expect.arrayContaining([
        `Lambda execution failed with status 200 due to customer function error: on purpose. Lambda request id: ${thrown}`,
        "Gateway response type: API_CONFIGURATION_ERROR with status code: 502",
        "Method completed with status: 502",
      ]),
    );
    expect(await lines(wrong)).toContain(
      "Execution failed due to configuration error: Malformed Lambda proxy response",
    );
    // Only what failed.
    await patchStage(restApiId, { "/*/*/logging/loglevel": "ERROR" });
    await expect
      .poll(
        async () => {
          const id = await post("/wrong");
          await expect.poll(async () => (await lines(id)).length, { timeout: 60_000 }).toBeGreaterThan(0);
          return await lines(id);
        },
        { timeout: 60_000 },
      )
      .toEqual([
        expect.stringMatching(/^Extended Request Id: ./),
        "Execution failed due to configuration error: Malformed Lambda proxy response",
        "Method completed with status: 502",
      ]);
  },
);
