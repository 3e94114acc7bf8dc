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

/** The role for logs is a setting of the whole account: no other file may change it. */
async function setLogsRole(value: string): Promise<sdk.UpdateAccountCommandOutput> {
  const patchOperations = [{ op: "replace" as const, path: "/cloudwatchRoleArn", value }];
  return await rest.send(new sdk.UpdateAccountCommand({ patchOperations }));
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
  expect(await setLogsRole(Role?.Arn ?? "")).toMatchObject({ cloudwatchRoleArn: Role?.Arn, features: ["UsagePlans"] });
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
    await setLogsRole("");
    expect((await rest.send(new sdk.GetAccountCommand({}))).cloudwatchRoleArn).toBeUndefined();
    const early = patchStage(restApiId, { "/*/*/logging/loglevel": "INFO" });
    await expect(early).rejects.toMatchObject({ name: "BadRequestException" });
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

test("a method is tested without a stage: the answer, and what was done for it", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  const resourceId = await target.newResource(restApiId, rootId, "{path+}");
  await target.newMethod(
    { restApiId, resourceId, httpMethod: "ANY" },
    { authorizationType: "AWS_IAM" },
    target.proxy(),
  );
  const of = { restApiId, resourceId, httpMethod: "POST" };
  const tested = await rest.send(
    new sdk.TestInvokeMethodCommand({
      ...of,
      pathWithQueryString: "/pets/1?q=a%20b",
      headers: { "X-Own": "yes", "content-type": "application/json" },
      multiValueHeaders: { "x-many": ["1", "2"] },
      stageVariables: { colour: "red" },
      body: '{"a":1}',
    }),
  );
  expect(tested).toMatchObject({
    status: 200,
    headers: { "Content-Type": "application/json", "X-Amzn-Trace-Id": expect.stringMatching(/^Root=/) },
    multiValueHeaders: { "Content-Type": ["application/json"] },
    latency: expect.any(Number),
  });
  expect(JSON.parse(tested.body ?? "")).toMatchObject({
    path: "/pets/1",
    httpMethod: "POST",
    pathParameters: { path: "pets/1" },
    queryStringParameters: { q: "a b" },
    headers: { "X-Own": "yes" },
    multiValueHeaders: { "x-many": ["1", "2"] },
    stageVariables: { colour: "red" },
    body: '{"a":1}',
    requestContext: {
      stage: "test-invoke-stage",
      domainName: "testPrefix.testDomainName",
      resourcePath: "/{path+}",
      identity: { sourceIp: "test-invoke-source-ip", apiKey: "test-invoke-api-key", accountId: target.accountId },
    },
  });
  const [first, ...lines] = (tested.log ?? "").trimEnd().split("\n");
  const id = /^Execution log for request (.+)$/.exec(first ?? "")?.[1];
  const texts = lines.map((line) => /^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4} : (.*)$/.exec(line)?.[1]);
  expect(texts.slice(0, 4)).toEqual([
    `Starting execution for request: ${id}`,
    "HTTP Method: POST, Resource Path: /{path+}",
    "Method request path: {path=pets/1}",
    "Method request query string: {q=a b}",
  ]);
  expect(texts).toContain("Successfully completed execution");
  expect(texts.at(-1)).toBe(`AWS Integration Endpoint RequestId : ${id}`);

  const failed = await rest.send(new sdk.TestInvokeMethodCommand({ ...of, pathWithQueryString: "/throw" }));
  expect(failed).toMatchObject({ status: 502, body: '{"message": "Internal server error"}' });
  expect(failed.log).toContain("due to customer function error: on purpose.");
  const own = await rest.send(new sdk.TestInvokeMethodCommand({ ...of, pathWithQueryString: "/answer" }));
  expect(own).toMatchObject({
    status: 418,
    body: "short and stout",
    multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
  });
  const missing = rest.send(new sdk.TestInvokeMethodCommand({ ...of, resourceId: rootId }));
  await expect(missing).rejects.toMatchObject({ name: "NotFoundException" });
  const wrong = rest.send(new sdk.TestInvokeMethodCommand({ ...of, headers: { "a b": "c" } }));
  await expect(wrong).rejects.toMatchObject({ name: "BadRequestException" });
});

test("an authorizer is tested: its decision, and why there is none", async () => {
  const { restApiId } = await target.newRestApi();
  const { id: authorizerId } = await rest.send(
    new sdk.CreateAuthorizerCommand({
      ...{ restApiId, name: "a", type: "TOKEN", identitySource: "method.request.header.Authorization" },
      authorizerUri: target.uriOf(target.arns.authorize),
    }),
  );
  const ask = async (headers?: Record<string, string>) =>
    await rest.send(new sdk.TestInvokeAuthorizerCommand({ restApiId, authorizerId, ...(headers && { headers }) }));
  const good = await ask({ Authorization: "a-good-token" });
  expect(good).toMatchObject({ clientStatus: 0, principalId: "me", latency: expect.any(Number) });
  const { Statement } = JSON.parse(good.policy ?? "") as {
    readonly Statement: readonly { readonly Resource: string }[];
  };
  expect(Statement[0]?.Resource).toContain(`:${restApiId}/ESTestInvoke-stage`);
  expect(good.log).toContain("Using valid authorizer policy for principal: me\n");
  expect(good.log).not.toContain("a-good-token");
  expect(await ask({ Authorization: "unauthorized" })).toMatchObject({ clientStatus: 401 });
  expect(await ask()).toMatchObject({ clientStatus: 401, log: expect.stringContaining("Unauthorized request: ") });
  expect(await ask({ Authorization: "broken" })).toMatchObject({ clientStatus: 500 });
});

test("a canary takes a part of the requests of its stage, with its own deployment and variables, and is promoted", async () => {
  const of = await target.apiWith({}, { requestTemplates: { "application/json": '{"statusCode": 200}' } });
  const { restApiId } = of;
  const respond = async (which: string): Promise<void> => {
    const template = `${which} $stageVariables.colour $stageVariables.shape $context.isCanaryRequest`;
    const more = { statusCode: "200", responseTemplates: { "text/plain": template } };
    await rest.send(new sdk.PutIntegrationResponseCommand({ ...of, ...more }));
  };
  const get = async (): Promise<string> => (await target.call(restApiId, "/dev")).body;
  await rest.send(new sdk.PutMethodResponseCommand({ ...of, statusCode: "200" }));
  await respond("old");
  const first = await rest.send(
    new sdk.CreateDeploymentCommand({
      ...{ restApiId, stageName: "dev" },
      variables: { colour: "red", shape: "round" },
    }),
  );
  expect(await get()).toMatch(/^old red round/);
  await respond("new");
  const canarySettings = { percentTraffic: 50, stageVariableOverrides: { colour: "blue" } };
  const absent = rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "none", canarySettings }));
  await expect(absent).rejects.toMatchObject({ name: "BadRequestException" });
  const second = await rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev", canarySettings }));
  const stage = await rest.send(new sdk.GetStageCommand({ restApiId, stageName: "dev" }));
  expect(stage).toMatchObject({
    deploymentId: first.id,
    canarySettings: { ...canarySettings, deploymentId: second.id, useStageCache: false },
  });
  // Half of the requests go to each: a hundred that all go to one do not happen.
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        seen.add(await get());
        return [seen.has("new blue round true"), seen.has("old red round false")];
      },
      { timeout: 60_000, interval: 5 },
    )
    .toEqual([true, true]);
  await patchStage(restApiId, { "/canarySettings/percentTraffic": "100" });
  await expect
    .poll(async () => new Set([await get(), await get(), await get()]), { timeout: 60_000 })
    .toEqual(new Set(["new blue round true"]));
  const used = rest.send(new sdk.DeleteDeploymentCommand({ restApiId, deploymentId: second.id }));
  await expect(used).rejects.toMatchObject({ name: "BadRequestException" });
  const other = rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev" }));
  await expect(other).rejects.toMatchObject({ name: "BadRequestException" });
  const promoted = await rest.send(
    new sdk.UpdateStageCommand({
      ...{ restApiId, stageName: "dev" },
      patchOperations: [
        { op: "copy", from: "/canarySettings/stageVariableOverrides", path: "/variables" },
        { op: "copy", from: "/canarySettings/deploymentId", path: "/deploymentId" },
        { op: "remove", path: "/canarySettings" },
      ],
    }),
  );
  expect(promoted).toMatchObject({ deploymentId: second.id, variables: { colour: "blue", shape: "round" } });
  expect(promoted.canarySettings).toBeUndefined();
  await expect.poll(get, { timeout: 60_000 }).toMatch(/^new blue round \$/);
});

test(
  "a stage with a cache remembers replies by the parameters of the key, and forgets them when it is told",
  { timeout: 120_000 },
  async () => {
    const { restApiId, rootId } = await target.newRestApi();
    const resourceId = await target.newResource(restApiId, rootId, "{path+}");
    const requestParameters = { "method.request.querystring.q": false };
    const more = { cacheKeyParameters: ["method.request.querystring.q"] };
    const method = { restApiId, resourceId, httpMethod: "ANY" };
    await target.newMethod(method, { requestParameters }, { ...target.proxy(), ...more });
    await target.deploy(restApiId, { cacheClusterEnabled: true, cacheClusterSize: "0.5" });
    const ask = async (query: string, how: Parameters<typeof target.json>[2] = {}) => {
      const answer = await target.call(restApiId, `/dev/x${query}`, how);
      const id = answer.status === 200 ? (JSON.parse(answer.body) as Event).requestContext.requestId : answer.status;
      return { id, warning: answer.headers["warning"] };
    };
    interface Event {
      readonly requestContext: { readonly requestId: string };
    }
    const idOf = async (query: string, how?: Parameters<typeof target.json>[2]) => (await ask(query, how)).id;
    expect(await idOf("?q=1")).not.toBe(await idOf("?q=1"));
    const stage = await patchStage(restApiId, { "/*/*/caching/enabled": "true", "/*/*/caching/dataEncrypted": "true" });
    expect(stage).toMatchObject({
      ...{ cacheClusterEnabled: true, cacheClusterSize: "0.5", cacheClusterStatus: "AVAILABLE" },
      methodSettings: { "*/*": { cachingEnabled: true, cacheTtlInSeconds: 300, cacheDataEncrypted: true } },
    });
    const isKept = async (): Promise<boolean> => (await idOf("?q=1")) === (await idOf("?q=1"));
    await expect.poll(isKept, { timeout: 60_000 }).toBe(true);
    const kept = await idOf("?q=1");
    expect(await idOf("?q=1&other=2")).toBe(kept);
    expect(await idOf("?q=2")).not.toBe(kept);
    expect(await idOf("?q=1", { method: "POST" })).not.toBe(await idOf("?q=1", { method: "POST" }));
    const wantsNew = { headers: { "cache-control": "max-age=0" } };
    expect(await ask("?q=1", wantsNew)).toMatchObject({ id: kept, warning: expect.stringMatching(/^199 /) });
    await patchStage(restApiId, { "/*/*/caching/unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403" });
    await expect.poll(() => idOf("?q=1", wantsNew), { timeout: 60_000 }).toBe(403);
    expect(await idOf("?q=1")).toBe(kept);
    await patchStage(restApiId, { "/*/*/caching/requireAuthorizationForCacheControl": "false" });
    await expect.poll(() => idOf("?q=1", wantsNew), { timeout: 60_000 }).not.toBe(403);
    const renewed = await idOf("?q=1");
    expect(renewed).not.toBe(kept);
    expect(await idOf("?q=1")).toBe(renewed);
    await rest.send(new sdk.FlushStageCacheCommand({ restApiId, stageName: "dev" }));
    await expect.poll(() => idOf("?q=1"), { timeout: 60_000 }).not.toBe(renewed);
    await rest.send(new sdk.FlushStageAuthorizersCacheCommand({ restApiId, stageName: "dev" }));
    const shown = await rest.send(new sdk.GetStageCommand({ restApiId, stageName: "dev" }));
    expect(shown).not.toHaveProperty("flushes");
  },
);
