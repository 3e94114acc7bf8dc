import * as sdk from "@aws-sdk/client-api-gateway";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signedCall } from "../../support/signedFetch.ts";
import { servedRestApis, type ServedRestApis } from "./servedRestApis.ts";

let target: ServedRestApis & AsyncDisposable;
let rest: sdk.APIGatewayClient;
beforeAll(async () => {
  target = await servedRestApis();
  ({ rest } = target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

test("authorizers: tokens, identity sources, policies, and remembered answers", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  const authorizer = {
    restApiId,
    authorizerUri: target.uriOf(target.arns.authorize),
    authorizerResultTtlInSeconds: 300,
  };
  const { id: token = "" } = await rest.send(
    new sdk.CreateAuthorizerCommand({
      ...authorizer,
      name: "t",
      type: "TOKEN",
      identitySource: "method.request.header.Auth",
      identityValidationExpression: "[a-z]+",
    }),
  );
  const { id: request = "" } = await rest.send(
    new sdk.CreateAuthorizerCommand({
      ...authorizer,
      name: "r",
      type: "REQUEST",
      identitySource: "method.request.header.token,method.request.querystring.q",
    }),
  );
  const custom = (authorizerId: string) => ({ authorizationType: "CUSTOM", authorizerId });
  await target.newMethod({ restApiId, resourceId }, custom(token), target.proxy());
  await target.newMethod({ restApiId, resourceId, httpMethod: "PUT" }, custom(request), target.proxy());
  await target.deploy(restApiId);
  const get = async (value?: string) =>
    await target.call(restApiId, "/dev", { headers: value === undefined ? {} : { Auth: value } });
  const event = await target.json(restApiId, "/dev", { headers: { Auth: "yes" } });
  expect(event["requestContext"]).toMatchObject({ authorizer: { principalId: "me", yes: "true", type: "TOKEN" } });
  const again = await target.json(restApiId, "/dev", { headers: { Auth: "yes" } });
  const callsOf = (one: Record<string, unknown>) =>
    (one["requestContext"] as { authorizer: { calls: string } }).authorizer.calls;
  expect(callsOf(again)).toBe(callsOf(event));
  const unauthorized = {
    status: 401,
    body: '{"message":"Unauthorized"}',
    headers: { "x-amzn-errortype": "UnauthorizedException" },
  };
  for (const value of [undefined, "123", "unauthorized"]) expect(await get(value)).toMatchObject(unauthorized);
  expect(await get("no")).toMatchObject({
    status: 403,
    body: '{"Message":"User is not authorized to access this resource with an explicit deny"}',
    headers: { "x-amzn-errortype": "AccessDeniedException" },
  });
  expect(await get("other")).toMatchObject({
    status: 403,
    body: '{"Message":"User is not authorized to access this resource"}',
  });
  expect(await get("broken")).toMatchObject({ status: 500, body: '{"message":null}' });
  const put = async (path: string) => await target.call(restApiId, path, { method: "PUT", headers: { token: "yes" } });
  expect(JSON.parse((await put("/dev?q=1")).body)).toMatchObject({
    requestContext: { authorizer: { type: "REQUEST" } },
  });
  expect(await put("/dev")).toMatchObject(unauthorized);
});

test("signed requests and resource policies", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  await target.newMethod(
    { restApiId, resourceId, httpMethod: "POST" },
    { authorizationType: "AWS_IAM" },
    target.proxy(),
  );
  await target.newMethod({ restApiId, resourceId }, {}, target.proxy());
  const linked = { restApiId, resourceId: await target.newResource(restApiId, resourceId, "linked") };
  await target.newMethod(linked, { authorizationType: "AWS_IAM" }, target.proxy());
  await target.deploy(restApiId);
  const { accessKeyId, secretAccessKey } = await rest.config.credentials();
  const config = (secret: string) => ({
    endpoint: target.endpoint,
    region: target.region,
    credentials: { accessKeyId, secretAccessKey: secret },
  });
  const call = {
    service: "execute-api",
    method: "POST",
    path: ["_hearth", "api", restApiId, "dev"],
    query: [],
    headers: {},
    body: Buffer.from("signed body"),
  };
  const answer = await signedCall(config(secretAccessKey), call);
  expect(answer.status).toBe(200);
  const event = JSON.parse(answer.body.toString());
  expect(event.requestContext.identity).toMatchObject({ accountId: target.accountId, accessKey: accessKeyId });
  expect(Object.keys(event.headers).map((name) => name.toLowerCase())).not.toContain("authorization");
  expect((await signedCall(config("wrong"), call)).status).toBe(403);
  const options = { region: target.region, service: "execute-api", expiresSeconds: 300, now: Date.now() };
  const path = `/_hearth/api/${restApiId}/dev/linked`;
  const link = presignUrl(target.endpoint, path, { q: "1" }, { accessKeyId, secretAccessKey }, options);
  expect(await (await fetch(link)).json()).toMatchObject({
    queryStringParameters: { q: "1" },
    multiValueQueryStringParameters: { q: ["1"] },
    requestContext: { identity: { accessKey: accessKeyId } },
  });
  expect(await target.call(restApiId, "/dev", { method: "POST" })).toMatchObject({
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
  });
  const Statement = [
    { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*/GET/*" },
    {
      Effect: "Deny",
      Principal: "*",
      Action: "execute-api:Invoke",
      Resource: "execute-api:/*",
      Condition: { StringEquals: { "aws:UserAgent": "bad" } },
    },
  ];
  const value = JSON.stringify({ Version: "2012-10-17", Statement });
  await rest.send(
    new sdk.UpdateRestApiCommand({ restApiId, patchOperations: [{ op: "replace", path: "/policy", value }] }),
  );
  await target.deploy(restApiId);
  const denied =
    /^\{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:.*with an explicit deny"\}$/;
  await expect
    .poll(async () => (await target.call(restApiId, "/dev", { headers: { "user-agent": "bad" } })).body, {
      timeout: 60_000,
    })
    .toMatch(denied);
  expect(await target.call(restApiId, "/dev")).toMatchObject({ status: 200 });
});

test("API keys, throttles and quotas of usage plans", async () => {
  const of = await target.apiWith({ apiKeyRequired: true }, target.proxy());
  const { restApiId } = of;
  await target.deploy(restApiId);
  const value = `value-of-a-key-${restApiId}`;
  const { id: keyId = "" } = await rest.send(new sdk.CreateApiKeyCommand({ value, enabled: true }));
  const get = async (key?: string) =>
    await target.call(restApiId, "/dev", { headers: key === undefined ? {} : { "x-api-key": key } });
  const forbidden = {
    status: 403,
    body: '{"message":"Forbidden"}',
    headers: { "x-amzn-errortype": "ForbiddenException" },
  };
  expect(await get(value)).toMatchObject(forbidden);
  const apiStages = [{ apiId: restApiId, stage: "dev" }];
  const quota = { limit: 3, period: "MONTH" as const };
  const { id: usagePlanId = "" } = await rest.send(new sdk.CreateUsagePlanCommand({ name: "p", apiStages, quota }));
  await rest.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
  await expect.poll(async () => (await get(value)).status, { timeout: 60_000 }).toBe(200);
  expect(JSON.parse((await get(value)).body)).toMatchObject({
    requestContext: { identity: { apiKey: value, apiKeyId: keyId } },
  });
  expect(await get(value)).toMatchObject({ status: 200 });
  expect(await get(value)).toMatchObject({
    status: 429,
    body: '{"message":"Limit Exceeded"}',
    headers: { "x-amzn-errortype": "LimitExceededException" },
  });
  expect(await get()).toMatchObject(forbidden);
  expect(await get("another-key-of-no-account")).toMatchObject(forbidden);
  // The requests are counted in the plan's usage, in the background.
  const today = new Date().toISOString().slice(0, 10);
  const used = async () => {
    const { items } = await rest.send(
      new sdk.GetUsageCommand({ usagePlanId, keyId, startDate: today, endDate: today }),
    );
    return items?.[keyId]?.[0]?.[0];
  };
  await expect.poll(used, { timeout: 60_000 }).toBe(3);
  const patchOperations = [
    { op: "remove" as const, path: "/quota" },
    { op: "replace" as const, path: "/throttle/burstLimit", value: "1" },
    { op: "replace" as const, path: "/throttle/rateLimit", value: "0.001" },
  ];
  await rest.send(new sdk.UpdateUsagePlanCommand({ usagePlanId, patchOperations }));
  await expect.poll(async () => (await get(value)).body, { timeout: 60_000 }).toBe('{"message":"Too Many Requests"}');
  await rest.send(new sdk.DeleteUsagePlanCommand({ usagePlanId })).catch(() => undefined);
  await rest.send(new sdk.DeleteApiKeyCommand({ apiKey: keyId })).catch(() => undefined);
});

test("access logs, stage throttles and compression", async () => {
  const logs = new CloudWatchLogsClient({
    endpoint: target.endpoint,
    region: target.region,
    credentials: rest.config.credentials,
  });
  const logGroupName = `/rest/${crypto.randomUUID()}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const { restApiId } = await target.apiWith({}, target.proxy(), { api: { minimumCompressionSize: 10 } });
  await target.deploy(restApiId);
  const destinationArn = `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}`;
  const format =
    '{"id":"$context.requestId","m":"$context.httpMethod","p":"$context.resourcePath","s":"$context.status","e":"$context.error.message","i":"$context.integration.status","l":"$context.integrationStatus","x":"$context.integrationErrorMessage","y":"$context.integration.error","t":"$context.error.responseType"}';
  const patchOperations = [
    { op: "replace" as const, path: "/accessLogSettings/destinationArn", value: destinationArn },
    { op: "replace" as const, path: "/accessLogSettings/format", value: format },
    { op: "replace" as const, path: "/*/*/throttling/rateLimit", value: "0.001" },
    { op: "replace" as const, path: "/*/*/throttling/burstLimit", value: "1" },
  ];
  await rest.send(new sdk.UpdateStageCommand({ restApiId, stageName: "dev", patchOperations }));
  const get = async () => await target.call(restApiId, "/dev", { headers: { "accept-encoding": "gzip" } });
  const throttled = {
    status: 429,
    body: expect.anything(),
    headers: { "x-amzn-errortype": "TooManyRequestsException", "content-encoding": "gzip" },
  };
  await expect.poll(get, { timeout: 60_000 }).toMatchObject(throttled);
  const lines = async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    return events.map(({ message = "" }) => JSON.parse(message) as Record<string, string>);
  };
  const expected = [
    expect.objectContaining({ m: "GET", p: "/", s: "200", e: "-", i: "200", l: "200", x: "-", y: "-", t: "-" }),
    expect.objectContaining({ s: "429", e: "Too Many Requests", i: "-", t: "THROTTLED" }),
  ];
  await expect.poll(lines, { timeout: 60_000 }).toEqual(expect.arrayContaining(expected));
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  logs.destroy();
});
