import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RestApiTarget, restApiTarget } from "./restApiTarget.ts";

let target: RestApiTarget & AsyncDisposable;
let rest: sdk.APIGatewayClient;
beforeAll(async () => {
  target = await restApiTarget();
  ({ rest } = target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const notFound = { name: "NotFoundException", $metadata: { httpStatusCode: 404 } };
const badRequest = { name: "BadRequestException", $metadata: { httpStatusCode: 400 } };
const conflict = { name: "ConflictException", $metadata: { httpStatusCode: 409 } };
test("API keys get access to stages by usage plans, whose quota counts their requests", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  await target.newMethod({ restApiId, resourceId: rootId });
  await rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev" }));
  const value = `value-of-a-key-${restApiId}`;
  const { id: keyId = "" } = await rest.send(
    new sdk.CreateApiKeyCommand({
      ...{ name: `key ${restApiId}`, value, enabled: true, tags: { a: "b" } },
      stageKeys: [{ restApiId, stageName: "dev" }],
    }),
  );
  await expect(rest.send(new sdk.CreateApiKeyCommand({ value }))).rejects.toMatchObject(conflict);
  await expect(rest.send(new sdk.CreateApiKeyCommand({ value: "short" }))).rejects.toMatchObject(badRequest);
  expect((await rest.send(new sdk.GetApiKeyCommand({ apiKey: keyId }))).value).toBeUndefined();
  expect((await rest.send(new sdk.GetApiKeyCommand({ apiKey: keyId, includeValue: true }))).value).toBe(value);
  const { items: keys } = await rest.send(new sdk.GetApiKeysCommand({ nameQuery: `key ${restApiId}` }));
  expect(keys).toMatchObject([{ id: keyId, enabled: true, stageKeys: [`${restApiId}/dev`] }]);

  const apiStages = [{ apiId: restApiId, stage: "dev" }];
  const quota = { limit: 100, period: "MONTH" as const };
  const { id: usagePlanId = "" } = await rest.send(new sdk.CreateUsagePlanCommand({ name: "p", apiStages, quota }));
  const unknown = [{ apiId: restApiId, stage: "prod" }];
  const wrong = rest.send(new sdk.CreateUsagePlanCommand({ name: "p", apiStages: unknown }));
  await expect(wrong).rejects.toMatchObject(notFound);
  await rest.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
  const again = rest.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
  await expect(again).rejects.toMatchObject(conflict);
  const { id: second = "" } = await rest.send(new sdk.CreateUsagePlanCommand({ name: "q", apiStages }));
  const twice = rest.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId: second, keyId, keyType: "API_KEY" }));
  await expect(twice).rejects.toMatchObject(badRequest);

  const stage = `${restApiId}:dev`;
  const plan = await rest.send(
    new sdk.UpdateUsagePlanCommand({
      usagePlanId,
      patchOperations: [
        { op: "add", path: "/throttle/rateLimit", value: "5" },
        { op: "replace", path: `/apiStages/${stage}/throttle//pets/GET/burstLimit`, value: "3" },
        { op: "replace", path: `/apiStages/${stage}/throttle/~1pets~1GET/rateLimit`, value: "2" },
      ],
    }),
  );
  expect(plan).toMatchObject({
    throttle: { rateLimit: 5 },
    quota: { limit: 100, offset: 0, period: "MONTH" },
    apiStages: [{ apiId: restApiId, stage: "dev", throttle: { "/pets/GET": { burstLimit: 3, rateLimit: 2 } } }],
  });
  const { items: held } = await rest.send(new sdk.GetUsagePlanKeysCommand({ usagePlanId }));
  expect(held).toMatchObject([{ id: keyId, type: "API_KEY", value }]);
  const granted = await rest.send(
    new sdk.UpdateUsageCommand({
      usagePlanId,
      keyId,
      patchOperations: [{ op: "replace", path: "/remaining", value: "250" }],
    }),
  );
  expect(granted.items).toEqual({ [keyId]: [[0, 250]] });
  const today = granted.startDate;
  const usage = await rest.send(new sdk.GetUsageCommand({ usagePlanId, startDate: today, endDate: today }));
  expect(usage.items).toEqual({ [keyId]: [[0, 250]] });

  const held2 = rest.send(new sdk.DeleteUsagePlanCommand({ usagePlanId }));
  await expect(held2).rejects.toMatchObject(badRequest);
  for (const id of [usagePlanId, second]) {
    const patchOperations = [{ op: "remove" as const, path: "/apiStages", value: stage }];
    await rest.send(new sdk.UpdateUsagePlanCommand({ usagePlanId: id, patchOperations }));
    await rest.send(new sdk.DeleteUsagePlanCommand({ usagePlanId: id }));
  }
  await rest.send(new sdk.DeleteApiKeyCommand({ apiKey: keyId }));
  await expect(rest.send(new sdk.GetApiKeyCommand({ apiKey: keyId }))).rejects.toMatchObject(notFound);
});

test("API keys are imported from a file, with their usage plans, and overwrite those of the same value", async () => {
  const { id: usagePlanId = "" } = await rest.send(new sdk.CreateUsagePlanCommand({ name: "p" }));
  const value = `value-of-a-key-${crypto.randomUUID()}`;
  const imported = async (file: string, failOnWarnings = false) =>
    await rest.send(new sdk.ImportApiKeysCommand({ body: Buffer.from(file), format: "csv", failOnWarnings }));
  const { ids: [keyId = ""] = [], warnings } = await imported(
    `Name,key,description,Enabled,usageplanIds\nFirst,${value},told,TRUE,"${usagePlanId},missing"\nshort,x,,,\n`,
  );
  expect(warnings).toEqual(["Line 2: there is no usage plan missing", expect.stringMatching(/^Line 3 .*20 to 128/)]);
  const key = await rest.send(new sdk.GetApiKeyCommand({ apiKey: keyId, includeValue: true }));
  expect(key).toMatchObject({ name: "First", value, description: "told", enabled: true });
  const { items } = await rest.send(new sdk.GetUsagePlanKeysCommand({ usagePlanId }));
  expect(items).toMatchObject([{ id: keyId }]);
  expect(await imported(`Key,name,enabled\n${value},Second,false`)).toMatchObject({ ids: [keyId], warnings: [] });
  expect(await rest.send(new sdk.GetApiKeyCommand({ apiKey: keyId }))).toMatchObject({
    name: "Second",
    enabled: false,
  });
  const other = `other-of-a-key-${crypto.randomUUID()}`;
  await expect(imported(`name,key\nThird,${other}\nshort,x`, true)).rejects.toMatchObject(badRequest);
  const { items: none } = await rest.send(new sdk.GetApiKeysCommand({ nameQuery: "Third", includeValues: true }));
  expect(none?.map((one) => one.value)).not.toContain(other);
  await expect(imported("name\nx")).rejects.toMatchObject(badRequest);
  await rest.send(new sdk.DeleteApiKeyCommand({ apiKey: keyId }));
  await rest.send(new sdk.DeleteUsagePlanCommand({ usagePlanId }));
});

test("an integration with the caller's own credentials is refused when it is made", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  const credentials = "arn:aws:iam::*:user/*";
  const uri =
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
  const made = target.newMethod(
    { restApiId, resourceId },
    {},
    { type: "AWS_PROXY", integrationHttpMethod: "POST", uri, credentials },
  );
  await expect(made).rejects.toMatchObject({ name: "NotImplementedException" });
});

test("a domain name has mappings of base paths", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  await target.newMethod({ restApiId, resourceId: rootId });
  await rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev" }));
  const domainName = `${restApiId}.example.org`;
  const certificate = `arn:aws:acm:us-east-1:000000000000:certificate/a`;
  const without = rest.send(new sdk.CreateDomainNameCommand({ domainName }));
  await expect(without).rejects.toMatchObject(badRequest);
  const domain = await rest.send(
    new sdk.CreateDomainNameCommand({
      domainName,
      regionalCertificateArn: certificate,
      endpointConfiguration: { types: ["REGIONAL"] },
      tags: { a: "b" },
    }),
  );
  expect(domain).toMatchObject({
    domainName,
    regionalCertificateArn: certificate,
    regionalDomainName: domainName,
    domainNameStatus: "AVAILABLE",
    securityPolicy: "TLS_1_2",
    endpointConfiguration: { types: ["REGIONAL"] },
    tags: { a: "b" },
  });
  await rest.send(new sdk.CreateBasePathMappingCommand({ domainName, restApiId, stage: "dev" }));
  await rest.send(new sdk.CreateBasePathMappingCommand({ domainName, restApiId, basePath: "v1" }));
  const slash = rest.send(new sdk.CreateBasePathMappingCommand({ domainName, restApiId, basePath: "a/b" }));
  await expect(slash).rejects.toMatchObject(badRequest);
  const { items } = await rest.send(new sdk.GetBasePathMappingsCommand({ domainName }));
  expect(items?.toSorted((a, b) => (a.basePath ?? "").localeCompare(b.basePath ?? ""))).toEqual([
    { basePath: "(none)", restApiId, stage: "dev" },
    { basePath: "v1", restApiId },
  ]);
  const moved = await rest.send(
    new sdk.UpdateBasePathMappingCommand({
      domainName,
      basePath: "v1",
      patchOperations: [
        { op: "replace", path: "/basePath", value: "v2" },
        { op: "replace", path: "/stage", value: "dev" },
      ],
    }),
  );
  expect(moved).toMatchObject({ basePath: "v2", restApiId, stage: "dev" });
  const noStage = rest.send(new sdk.DeleteStageCommand({ restApiId, stageName: "dev" }));
  await expect(noStage).rejects.toMatchObject(badRequest);
  const noApi = rest.send(new sdk.DeleteRestApiCommand({ restApiId }));
  await expect(noApi).rejects.toMatchObject(badRequest);
  await rest.send(new sdk.DeleteBasePathMappingCommand({ domainName, basePath: "(none)" }));
  await rest.send(new sdk.DeleteDomainNameCommand({ domainName }));
  await expect(rest.send(new sdk.GetDomainNameCommand({ domainName }))).rejects.toMatchObject(notFound);
});

test("what is not built says so", async () => {
  await expect(rest.send(new sdk.GetVpcLinksCommand({}))).rejects.toMatchObject({ name: "NotImplementedException" });
});
