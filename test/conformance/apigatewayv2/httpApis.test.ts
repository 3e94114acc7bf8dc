import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HttpApiTarget, httpApiTarget } from "./httpApiTarget.ts";

let target: HttpApiTarget & AsyncDisposable;
let apis: sdk.ApiGatewayV2Client;
const fn = "arn:aws:lambda:us-east-1:000000000000:function:pets";
beforeAll(async () => {
  target = await httpApiTarget();
  ({ apis } = target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

test("an API is created, shown, changed, listed and deleted", async () => {
  const ApiId = await target.newApi({ Description: "first", Tags: { team: "a" }, Version: "1" });
  const api = await apis.send(new sdk.GetApiCommand({ ApiId }));
  expect(api).toMatchObject({
    ApiId,
    ApiKeySelectionExpression: "$request.header.x-api-key",
    Description: "first",
    DisableExecuteApiEndpoint: false,
    Name: "pets",
    ProtocolType: "HTTP",
    RouteSelectionExpression: "$request.method $request.path",
    Tags: { team: "a" },
    Version: "1",
  });
  expect(api.CreatedDate).toBeInstanceOf(Date);
  expect(new URL(api.ApiEndpoint ?? "").hostname).toMatch(new RegExp(`^${ApiId}\\.execute-api\\.`));
  const changed = await apis.send(new sdk.UpdateApiCommand({ ApiId, Name: "cats", Description: "" }));
  expect(changed).toMatchObject({ Name: "cats", Version: "1" });
  expect(changed.Description).toBeUndefined();
  const listed: (string | undefined)[] = [];
  for (let NextToken: string | undefined; ;) {
    const page = await apis.send(new sdk.GetApisCommand({ MaxResults: "2", NextToken }));
    listed.push(...(page.Items ?? []).map((item) => item.ApiId));
    NextToken = page.NextToken;
    if (NextToken === undefined) break;
  }
  expect(listed).toContain(ApiId);
  await apis.send(new sdk.DeleteApiCommand({ ApiId }));
  const gone = apis.send(new sdk.GetApiCommand({ ApiId }));
  await expect(gone).rejects.toMatchObject({
    name: "NotFoundException",
    message: `Invalid API identifier specified ${target.accountId}:${ApiId}`,
    $metadata: { httpStatusCode: 404 },
  });
});

test("the parts of an API depend on each other", async () => {
  const ApiId = await target.newApi();
  const integration = await apis.send(
    new sdk.CreateIntegrationCommand({
      ApiId,
      IntegrationType: "AWS_PROXY",
      IntegrationUri: fn,
      PayloadFormatVersion: "2.0",
    }),
  );
  expect(integration).toMatchObject({ ConnectionType: "INTERNET", IntegrationMethod: "POST", TimeoutInMillis: 30_000 });
  const { IntegrationId } = integration;
  const Target = `integrations/${IntegrationId}`;
  const route = await apis.send(new sdk.CreateRouteCommand({ ApiId, RouteKey: "GET /pets", Target }));
  expect(route).toMatchObject({ ApiKeyRequired: false, AuthorizationType: "NONE", RouteKey: "GET /pets", Target });
  const twin = apis.send(new sdk.CreateRouteCommand({ ApiId, RouteKey: "GET /pets" }));
  await expect(twin).rejects.toMatchObject({ name: "ConflictException" });
  await expect(apis.send(new sdk.DeleteIntegrationCommand({ ApiId, IntegrationId }))).rejects.toMatchObject({
    name: "ConflictException",
  });
  const moved = await apis.send(new sdk.UpdateRouteCommand({ ApiId, RouteId: route.RouteId, RouteKey: "ANY /pets" }));
  expect(moved).toMatchObject({ RouteKey: "ANY /pets", Target });
  const { Items } = await apis.send(new sdk.GetRoutesCommand({ ApiId }));
  expect(Items).toMatchObject([{ RouteId: route.RouteId, RouteKey: "ANY /pets" }]);
  await apis.send(new sdk.DeleteRouteCommand({ ApiId, RouteId: route.RouteId }));
  await apis.send(new sdk.DeleteIntegrationCommand({ ApiId, IntegrationId }));
});

test("a stage shows its deployment, and each change makes another one where it deploys by itself", async () => {
  const ApiId = await target.newApi();
  await target.newStage(ApiId, { StageVariables: { a: "b" }, Tags: { t: "1" } });
  const before = await apis.send(new sdk.GetStageCommand({ ApiId, StageName: "$default" }));
  expect(before).toMatchObject({ AutoDeploy: true, StageVariables: { a: "b" }, Tags: { t: "1" }, RouteSettings: {} });
  await target.newRoute(ApiId, "GET /");
  const after = await apis.send(new sdk.GetStageCommand({ ApiId, StageName: "$default" }));
  expect(after.DeploymentId).not.toBe(before.DeploymentId);
  const shown = await apis.send(new sdk.GetDeploymentCommand({ ApiId, DeploymentId: after.DeploymentId }));
  expect(shown).toMatchObject({ AutoDeployed: true, DeploymentStatus: "DEPLOYED" });
  const own = await apis.send(new sdk.CreateDeploymentCommand({ ApiId, Description: "by hand" }));
  await apis.send(new sdk.CreateStageCommand({ ApiId, StageName: "prod", DeploymentId: own.DeploymentId }));
  const used = apis.send(new sdk.DeleteDeploymentCommand({ ApiId, DeploymentId: own.DeploymentId }));
  await expect(used).rejects.toMatchObject({ name: "BadRequestException" });
  await apis.send(new sdk.DeleteStageCommand({ ApiId, StageName: "prod" }));
  await apis.send(new sdk.DeleteDeploymentCommand({ ApiId, DeploymentId: own.DeploymentId }));
});

test("authorizers, tags, domain names and mappings", async () => {
  const ApiId = await target.newApi();
  const JwtConfiguration = { Audience: ["me"], Issuer: "https://issuer.example" };
  const jwt = {
    ApiId,
    Name: "jwt",
    AuthorizerType: "JWT" as const,
    JwtConfiguration,
    IdentitySource: ["$request.header.Authorization"],
  };
  const { AuthorizerId } = await apis.send(new sdk.CreateAuthorizerCommand(jwt));
  expect(await apis.send(new sdk.GetAuthorizerCommand({ ApiId, AuthorizerId }))).toMatchObject({
    AuthorizerType: "JWT",
    JwtConfiguration,
  });
  const ResourceArn = `arn:aws:apigateway:${target.region}::/apis/${ApiId}`;
  await apis.send(new sdk.TagResourceCommand({ ResourceArn, Tags: { a: "1", b: "2" } }));
  await apis.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
  expect((await apis.send(new sdk.GetTagsCommand({ ResourceArn }))).Tags).toEqual({ b: "2" });
  await target.newStage(ApiId);
  const DomainName = `d-${crypto.randomUUID()}.example`;
  const DomainNameConfigurations = [
    { CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1", EndpointType: "REGIONAL" as const },
  ];
  const domain = await apis.send(new sdk.CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
  expect(domain.DomainNameConfigurations).toMatchObject([{ DomainNameStatus: "AVAILABLE", SecurityPolicy: "TLS_1_2" }]);
  const taken = apis.send(new sdk.CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
  await expect(taken).rejects.toMatchObject({ name: "ConflictException" });
  const { ApiMappingId } = await apis.send(new sdk.CreateApiMappingCommand({ DomainName, ApiId, Stage: "$default" }));
  await expect(apis.send(new sdk.DeleteApiCommand({ ApiId }))).rejects.toMatchObject({ name: "BadRequestException" });
  await apis.send(new sdk.DeleteApiMappingCommand({ DomainName, ApiMappingId }));
  await apis.send(new sdk.DeleteDomainNameCommand({ DomainName }));
});

const wrong: readonly [string, object][] = [
  ["CreateApi", { Name: "x", ProtocolType: "REST" }],
  [
    "CreateApi",
    { Name: "x", ProtocolType: "HTTP", CorsConfiguration: { AllowOrigins: ["*"], AllowCredentials: true } },
  ],
  ["CreateRoute", { RouteKey: "FETCH /pets" }],
  ["CreateRoute", { RouteKey: "GET /{a+}/b" }],
  ["CreateRoute", { RouteKey: "GET /", Target: "integrations/none" }],
  ["CreateRoute", { RouteKey: "GET /", AuthorizationType: "JWT", AuthorizerId: "none" }],
  ["CreateIntegration", { IntegrationType: "AWS_PROXY", IntegrationUri: fn }],
  [
    "CreateIntegration",
    { IntegrationType: "AWS_PROXY", IntegrationUri: "arn:aws:lambda:x", PayloadFormatVersion: "2.0" },
  ],
  [
    "CreateIntegration",
    { IntegrationType: "HTTP_PROXY", IntegrationUri: "ftp://a", IntegrationMethod: "GET", PayloadFormatVersion: "1.0" },
  ],
  ["CreateIntegration", { IntegrationType: "MOCK" }],
  ["CreateStage", { StageName: "no spaces" }],
  ["CreateDeployment", {}],
];
test.each(wrong)("%s refuses %j", async (name, input) => {
  const ApiId = await target.newApi();
  const Command = (sdk as unknown as Record<string, new (input: object) => sdk.GetApiCommand>)[`${name}Command`];
  const sent = apis.send(new Command!({ ...(name === "CreateApi" ? {} : { ApiId }), ...input }));
  await expect(sent).rejects.toMatchObject({ name: "BadRequestException", $metadata: { httpStatusCode: 400 } });
});

test("what is not built says so", async () => {
  const refusal = { name: "NotImplementedException", $metadata: { httpStatusCode: 400 } };
  await expect(apis.send(new sdk.GetVpcLinksCommand({}))).rejects.toMatchObject(refusal);
  const ApiId = await target.newApi();
  const integration = { ApiId, IntegrationType: "AWS_PROXY", IntegrationUri: fn, PayloadFormatVersion: "2.0" } as const;
  const linked = apis.send(new sdk.CreateIntegrationCommand({ ...integration, ConnectionType: "VPC_LINK" }));
  await expect(linked).rejects.toMatchObject(refusal);
});
