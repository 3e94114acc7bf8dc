import * as sdk from "@aws-sdk/client-api-gateway";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { startHearth } from "@hearth/testkit";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { drive, type LoadResult, median, type PreparedRequest } from "./load.ts";
import { signedInvokes } from "./signedRequests.ts";

/**
 * GET through a REST API beside Invoke of the same function, in interleaved rounds with the same client: a proxy, one whose Lambda authorizer has decided
 * before, one with an API key under a usage plan, and a function behind mapping templates.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const LOADS = [
  { callers: 1, requests: 2_000 },
  { callers: 16, requests: 8_000 },
] as const;
const WAYS = ["proxy", "authorized", "key", "templates"] as const;
const CODE = `
export const handler = async (event) => {
  if (event.type === "TOKEN") {
    const Statement = [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: "*" }];
    return { principalId: "me", policyDocument: { Version: "2012-10-17", Statement } };
  }
  return event.requestContext ? { statusCode: 200, body: "ok" } : event;
};
`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using hearth = await startHearth({ driver: "docker", env: { HEARTH_LOG_LEVEL: "warn" } });
const client = lambdaClient(hearth);
const rest = new sdk.APIGatewayClient(hearth.clientConfig);
const FunctionName = "web";
const files = { "index.mjs": CODE };
await createActive(client, { FunctionName, files, Runtime: "nodejs22.x", Handler: "index.handler", MemorySize: 128 });
const Principal = "apigateway.amazonaws.com";
await client.send(
  new AddPermissionCommand({ FunctionName, StatementId: "api", Action: "lambda:InvokeFunction", Principal }),
);
const { credentials, region } = hearth.clientConfig;
const arn = `arn:aws:lambda:${region}:000000000000:function:${FunctionName}`;
const uri = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;

const { id: restApiId = "", rootResourceId: parentId } = await rest.send(
  new sdk.CreateRestApiCommand({ name: "bench" }),
);
const { id: authorizerId } = await rest.send(
  new sdk.CreateAuthorizerCommand({
    ...{ restApiId, name: "own", type: "TOKEN", authorizerUri: uri, authorizerResultTtlInSeconds: 300 },
    identitySource: "method.request.header.User-Agent",
  }),
);

async function newMethod(
  pathPart: string,
  method: Partial<sdk.PutMethodCommandInput> = {},
  integration: Partial<sdk.PutIntegrationCommandInput> = {},
) {
  const { id: resourceId } = await rest.send(new sdk.CreateResourceCommand({ restApiId, parentId, pathPart }));
  const of = { restApiId, resourceId, httpMethod: "GET" };
  await rest.send(new sdk.PutMethodCommand({ ...of, authorizationType: "NONE", ...method }));
  await rest.send(
    new sdk.PutIntegrationCommand({ ...of, type: "AWS_PROXY", integrationHttpMethod: "POST", uri, ...integration }),
  );
  return of;
}
await newMethod("proxy");
await newMethod("authorized", { authorizationType: "CUSTOM", authorizerId });
await newMethod("key", { apiKeyRequired: true });
const requestTemplates = { "application/json": '{"id": "$context.requestId", "q": "$input.params(\'q\')"}' };
const of = await newMethod("templates", {}, { type: "AWS", requestTemplates });
await rest.send(new sdk.PutMethodResponseCommand({ ...of, statusCode: "200" }));
const responseTemplates = { "application/json": "#set($r = $input.path('$'))#if($r.id)ok#end" };
await rest.send(new sdk.PutIntegrationResponseCommand({ ...of, statusCode: "200", responseTemplates }));
await rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev" }));
const value = "a-key-of-the-bench-of-rest-apis";
const { id: keyId } = await rest.send(new sdk.CreateApiKeyCommand({ value, enabled: true }));
const { id: usagePlanId } = await rest.send(
  new sdk.CreateUsagePlanCommand({
    name: "bench",
    apiStages: [{ apiId: restApiId, stage: "dev" }],
    quota: { limit: 100_000_000, period: "MONTH" },
  }),
);
await rest.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
await invoke(client, FunctionName, {});

const target = { port: Number(new URL(hearth.endpoint).port), functionName: FunctionName, region, ...credentials };
const host = `${restApiId}.execute-api.${region}.localhost`;
const get = (way: string): PreparedRequest => ({
  request: Buffer.from(
    `GET /dev/${way} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\nUser-Agent: bench\r\nX-Api-Key: ${value}\r\n\r\n`,
  ),
  expected: Buffer.from("ok"),
});
const measured = new Map(
  LOADS.map(({ callers }) => [
    callers as number,
    { invoke: [] as LoadResult[], ways: new Map<string, LoadResult[]>() },
  ]),
);
for (let round = 0; round <= ROUNDS; round++) {
  for (const { callers, requests: wanted } of LOADS) {
    const count = round === 0 ? wanted / 5 : wanted;
    const results = measured.get(callers);
    const byInvoke = await drive(target.port, callers, signedInvokes(count, target));
    if (round > 0) results?.invoke.push(byInvoke);
    for (const way of WAYS) {
      const request = get(way);
      const one = await drive(
        target.port,
        callers,
        Array.from({ length: count }, () => request),
      );
      if (round > 0) results?.ways.set(way, [...(results.ways.get(way) ?? []), one]);
    }
  }
}
for (const [callers, { invoke: byInvoke, ways }] of measured) {
  const floor = median(byInvoke.map(({ rps }) => rps));
  say(`REST APIs, ${callers} callers: Invoke ${floor.toFixed(0)}/s`);
  for (const [way, results] of ways) {
    const rate = median(results.map(({ rps }) => rps));
    say(`REST APIs, ${callers} callers, ${way}: ${rate.toFixed(0)}/s, ${((rate / floor) * 100).toFixed(0)} % of it`);
  }
}
rest.destroy();
