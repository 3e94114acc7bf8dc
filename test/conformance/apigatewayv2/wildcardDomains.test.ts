import * as restSdk from "@aws-sdk/client-api-gateway";
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type UrlAnswer, urlCall } from "../../support/urlCall.ts";
import { type RestApiTarget, restApiTarget } from "../apigateway/restApiTarget.ts";
import { newAccount } from "../iot/newAccount.ts";

let target: RestApiTarget & AsyncDisposable;
let endpoint: string;
beforeAll(async () => {
  target = await restApiTarget();
  const { protocol, hostname, port } = (await target.lambda.client.config.endpoint?.()) ?? {};
  endpoint = `${protocol}//${hostname}:${port}`;
});
afterAll(async () => await target[Symbol.asyncDispose]());

const CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/1";
const DomainNameConfigurations = [{ CertificateArn }];
const conflict = { name: "ConflictException", $metadata: { httpStatusCode: 409 } };

/** A client of API Gateway, of the account whose key it gets. */
function clientOf(credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
  return new sdk.ApiGatewayV2Client({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

/** A REST API with the stage `dev`, which answers `text`. */
async function mockApi(text: string): Promise<string> {
  const { rest } = target;
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  const method = { restApiId, resourceId, httpMethod: "GET", statusCode: "200" };
  await target.newMethod(method, {}, { requestTemplates: { "application/json": '{"statusCode": 200}' } });
  await rest.send(new restSdk.PutMethodResponseCommand(method));
  const responseTemplates = { "application/json": `${text} $context.domainName $context.domainPrefix` };
  await rest.send(new restSdk.PutIntegrationResponseCommand({ ...method, responseTemplates }));
  await rest.send(new restSdk.CreateDeploymentCommand({ restApiId, stageName: "dev" }));
  return restApiId;
}

test("a wildcard domain name has all names below it but those that are more specific, and APIs of both kinds", async () => {
  const zone = `w-${crypto.randomUUID()}.example`;
  const { client } = target.lambda;
  const apis = clientOf(await client.config.credentials());
  const ask = async (name: string, path = "/"): Promise<UrlAnswer> =>
    await urlCall(endpoint, `http://${name}/`, { path });
  const said = async (name: string): Promise<string> => (await ask(name)).body;
  const [wide, narrow] = await Promise.all([mockApi("wide"), mockApi("narrow")]);

  const domain = await apis.send(
    new sdk.CreateDomainNameCommand({ DomainName: `*.${zone}`.toUpperCase(), DomainNameConfigurations }),
  );
  expect(domain).toMatchObject({ DomainName: `*.${zone}` });
  await apis.send(new sdk.CreateApiMappingCommand({ DomainName: `*.${zone}`, ApiId: wide, Stage: "dev" }));
  await expect.poll(() => said(`b.${zone}`), { timeout: 60_000 }).toBe(`wide b.${zone} b`);
  expect(await said(`A.${zone}`)).toBe(`wide a.${zone} a`);
  expect(await said(`deep.a.${zone}`)).toBe(`wide deep.a.${zone} deep`);

  const regionalCertificateArn = CertificateArn;
  await target.rest.send(
    new restSdk.CreateDomainNameCommand({
      domainName: `a.${zone}`,
      regionalCertificateArn,
      endpointConfiguration: { types: ["REGIONAL"] },
    }),
  );
  await target.rest.send(
    new restSdk.CreateBasePathMappingCommand({ domainName: `a.${zone}`, restApiId: narrow, stage: "dev" }),
  );
  await expect.poll(() => said(`a.${zone}`), { timeout: 60_000 }).toBe(`narrow a.${zone} a`);
  expect(await said(`b.${zone}`)).toBe(`wide b.${zone} b`);

  const { items } = await target.rest.send(new restSdk.GetDomainNamesCommand({ limit: 500 }));
  expect(items?.map(({ domainName }) => domainName)).toEqual(expect.arrayContaining([`*.${zone}`, `a.${zone}`]));
  const { Items } = await apis.send(new sdk.GetApiMappingsCommand({ DomainName: `*.${zone}` }));
  expect(Items).toMatchObject([{ ApiId: wide, Stage: "dev" }]);
  await target.rest.send(new restSdk.DeleteDomainNameCommand({ domainName: `a.${zone}` }));
  await expect.poll(() => said(`a.${zone}`), { timeout: 60_000 }).toBe(`wide a.${zone} a`);
  await apis.send(new sdk.DeleteDomainNameCommand({ DomainName: `*.${zone}` }));
  await expect.poll(async () => (await ask(`b.${zone}`)).body, { timeout: 60_000 }).not.toContain("wide");
  apis.destroy();
});

test.skipIf(process.env["TARGET"] === "aws")(
  "a wildcard takes no names of another account, nor does another account take names that it covers",
  async () => {
    const zone = `w-${crypto.randomUUID()}.example`;
    const own = clientOf(await target.lambda.client.config.credentials());
    const accountId = String(Math.floor(Math.random() * 9e11) + 1e11);
    const other = clientOf(await newAccount({ endpoint }, accountId));
    const create = async (of: sdk.ApiGatewayV2Client, DomainName: string): Promise<unknown> =>
      await of.send(new sdk.CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
    const remove = async (of: sdk.ApiGatewayV2Client, DomainName: string): Promise<unknown> =>
      await of.send(new sdk.DeleteDomainNameCommand({ DomainName }));

    await create(own, `a.${zone}`);
    await expect(create(other, `*.${zone}`)).rejects.toMatchObject(conflict);
    await create(other, `${zone}`); // which a wildcard does not cover
    await create(own, `*.${zone}`);
    for (const name of [`b.${zone}`, `c.b.${zone}`, `*.b.${zone}`, `*.${zone}`, `a.${zone}`]) {
      await expect(create(other, name)).rejects.toMatchObject(conflict);
    }
    const raced = await Promise.allSettled([create(own, `*.x.${zone}y`), create(other, `r.x.${zone}y`)]);
    expect(raced.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await remove(own, `a.${zone}`);
    await remove(own, `*.${zone}`);
    await create(other, `*.${zone}`);
    await Promise.all([remove(other, zone), remove(other, `*.${zone}`)]);
    await Promise.allSettled([remove(own, `*.x.${zone}y`), remove(other, `r.x.${zone}y`)]);

    for (const name of ["*", "*.", "*.com", "a*.example.com", "*a.example.com", "a.*.example.com", "*.*.example.com"]) {
      await expect(create(own, name)).rejects.toMatchObject({ name: "BadRequestException" });
    }
    await expect(create(own, "*.s3.example.com")).rejects.toMatchObject({ name: "BadRequestException" });
    await expect(create(own, "*.localhost")).rejects.toMatchObject({ name: "BadRequestException" });
    own.destroy();
    other.destroy();
  },
);
