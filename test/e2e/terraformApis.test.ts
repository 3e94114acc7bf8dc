import {
  APIGatewayClient,
  GetApiKeysCommand,
  GetRestApisCommand,
  GetUsagePlansCommand,
} from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client, GetApisCommand, GetDomainNamesCommand } from "@aws-sdk/client-apigatewayv2";
import { noTerraform, sampleFunctions, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";
import { urlCall } from "../support/urlCall.ts";

test(
  "terraform makes, changes and destroys an HTTP API and a REST API with their parts without drift, and requests are answered",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const { clientConfig: config, endpoint } = stack.use(await startHearth());
    const archives = { "api.zip": await zipOf(sampleFunctions.nodeEcho) };
    const project = stack.use(await TerraformProject.open(config, ["base.tf", "apis.tf", "restApis.tf"], archives));
    const ask = (url: string, path: string, method = "GET") => urlCall(endpoint, url, { path, method });

    await project.apply(false);
    const api = await project.output<string>("api");
    const first = await ask(api, "/pets/7");
    expect(first.status).toBe(200);
    expect(JSON.parse(first.body)).toMatchObject({
      version: "2.0",
      pathParameters: { id: "7" },
      stageVariables: { stage: "a" },
    });
    expect((await ask(api, "/pets/7", "PUT")).status).toBe(404);
    expect((await ask(api, "/fixed/pets/7")).status).toBe(200);
    expect((await ask(api, "/closed")).status).toBe(401);
    expect((await ask("http://pets.example.org/", "/v1/pets/7")).status).toBe(200);

    await project.apply(true);
    // The function's answer of format 1.0 must have a status: the echoed event has none.
    expect((await ask(api, "/pets/7", "PUT")).status).toBe(500);
    expect((await ask("http://pets.example.org/", "/v1/pets/7")).status).toBe(404);

    await project.destroy();
    const apis = stack.adopt(new ApiGatewayV2Client(config), (it) => it.destroy());
    expect((await apis.send(new GetApisCommand({}))).Items).toEqual([]);
    expect((await apis.send(new GetDomainNamesCommand({}))).Items).toEqual([]);
    const rest = stack.adopt(new APIGatewayClient(config), (it) => it.destroy());
    const left = await Promise.all([
      rest.send(new GetRestApisCommand({})),
      rest.send(new GetApiKeysCommand({})),
      rest.send(new GetUsagePlansCommand({})),
    ]);
    expect(left.map(({ items }) => items)).toEqual([[], [], []]);
  },
);
