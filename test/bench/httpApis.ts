import { createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { startHearth } from "@hearth/testkit";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { drive, type LoadResult, median, type PreparedRequest } from "./load.ts";
import { signedInvokes } from "./signedRequests.ts";

/**
 * GET through an HTTP API beside Invoke of the same function, in interleaved rounds with the same client: a plain route, one of a thousand, one whose
 * Lambda authorizer has decided before, and one with a token that was verified before.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const MORE_ROUTES = 990;
const LOADS = [
  { callers: 1, requests: 2_000 },
  { callers: 16, requests: 8_000 },
] as const;
const WAYS = ["route", "authorized", "token", "of a thousand"] as const;
const CODE = `
export const handler = async (event) => event.type === "REQUEST" ? { isAuthorized: true } : event.requestContext ? "ok" : event;
`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuerServer = createServer((request, response) => {
  const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }];
  const isDiscovery = request.url?.includes("openid-configuration") === true;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(isDiscovery ? { jwks_uri: `${issuer}/keys` } : { keys }));
});
await new Promise<void>((resolve) => issuerServer.listen(0, "127.0.0.1", resolve));
const issuerPort = (issuerServer.address() as AddressInfo).port;
const issuer = `http://127.0.0.1:${issuerPort}`;

function newToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: "bench", sub: "me", iat: seconds - 10, exp: seconds + 3_600 };
  const signed = `${part({ alg: "RS256", kid: "one" })}.${part(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}

await using hearth = await startHearth({
  driver: "docker",
  env: {
    HEARTH_LOG_LEVEL: "warn",
    HEARTH_ROUTES_PER_API: "1100",
    HEARTH_OUTBOUND_ALLOW: `*=127.0.0.1/32:${issuerPort}`,
  },
});
const client = lambdaClient(hearth);
const apis = new ApiGatewayV2Client(hearth.clientConfig);
const FunctionName = "web";
const files = { "index.mjs": CODE };
await createActive(client, { FunctionName, files, Runtime: "nodejs22.x", Handler: "index.handler", MemorySize: 128 });
const Principal = "apigateway.amazonaws.com";
await client.send(
  new AddPermissionCommand({ FunctionName, StatementId: "api", Action: "lambda:InvokeFunction", Principal }),
);
const { credentials, region } = hearth.clientConfig;
const uri = `arn:aws:lambda:${region}:000000000000:function:${FunctionName}`;

async function newApi(moreRoutes: number): Promise<string> {
  const { ApiId = "" } = await apis.send(new CreateApiCommand({ Name: "bench", ProtocolType: "HTTP" }));
  const proxy = { ApiId, IntegrationType: "AWS_PROXY", IntegrationUri: uri, PayloadFormatVersion: "2.0" } as const;
  const { IntegrationId } = await apis.send(new CreateIntegrationCommand(proxy));
  const Target = `integrations/${IntegrationId}`;
  const authorizer = {
    ...{ ApiId, Name: "own", AuthorizerUri: uri, AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: true },
    ...{ AuthorizerType: "REQUEST" as const, IdentitySource: ["$request.header.User-Agent"] },
  };
  const { AuthorizerId } = await apis.send(new CreateAuthorizerCommand(authorizer));
  await apis.send(new CreateRouteCommand({ ApiId, RouteKey: "GET /things/{id}", Target }));
  const closed = { AuthorizationType: "CUSTOM" as const, AuthorizerId };
  await apis.send(new CreateRouteCommand({ ApiId, RouteKey: "GET /closed/{id}", Target, ...closed }));
  const tokens = {
    ApiId,
    Name: "tokens",
    AuthorizerType: "JWT" as const,
    IdentitySource: ["$request.header.Authorization"],
  };
  const JwtConfiguration = { Issuer: issuer, Audience: ["bench"] };
  const { AuthorizerId: byToken } = await apis.send(new CreateAuthorizerCommand({ ...tokens, JwtConfiguration }));
  const withToken = { AuthorizationType: "JWT" as const, AuthorizerId: byToken };
  await apis.send(new CreateRouteCommand({ ApiId, RouteKey: "GET /token/{id}", Target, ...withToken }));
  for (let at = 0; at < moreRoutes; at++) {
    await apis.send(new CreateRouteCommand({ ApiId, RouteKey: `GET /things/{id}/more${at}`, Target }));
  }
  await apis.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
  return `${ApiId}.execute-api.${region}.localhost`;
}

const [small, large] = [await newApi(0), await newApi(MORE_ROUTES)];
await invoke(client, FunctionName, {});
const target = { port: Number(new URL(hearth.endpoint).port), functionName: FunctionName, region, ...credentials };
const get = (host: string, path: string, more = ""): PreparedRequest => ({
  request: Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\nUser-Agent: bench\r\n${more}\r\n`),
  expected: Buffer.from("ok"),
});
const requests: Record<(typeof WAYS)[number], PreparedRequest> = {
  route: get(small, "/things/1"),
  authorized: get(small, "/closed/1"),
  token: get(small, "/token/1", `Authorization: Bearer ${newToken()}\r\n`),
  "of a thousand": get(large, "/things/1/more500"),
};

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
      const one = await drive(
        target.port,
        callers,
        Array.from({ length: count }, () => requests[way]),
      );
      if (round > 0) results?.ways.set(way, [...(results.ways.get(way) ?? []), one]);
    }
  }
}
for (const [callers, { invoke: byInvoke, ways }] of measured) {
  const floor = median(byInvoke.map(({ rps }) => rps));
  say(`HTTP APIs, ${callers} callers: Invoke ${floor.toFixed(0)}/s`);
  for (const [way, results] of ways) {
    const rate = median(results.map(({ rps }) => rps));
    say(`HTTP APIs, ${callers} callers, ${way}: ${rate.toFixed(0)}/s, ${((rate / floor) * 100).toFixed(0)} % of it`);
  }
}
apis.destroy();
issuerServer.close();
