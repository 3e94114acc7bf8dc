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
import { openWebSocket } from "../support/webSockets.ts";

/** Answers a message with its action. */
const CHAT = `export const handler = async ({ body }) => ({ statusCode: 200, body: JSON.parse(body).action });`;

test(
  "terraform makes, changes and destroys HTTP, REST and WebSocket APIs with their parts without drift, and requests are answered",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const { clientConfig: config, endpoint } = stack.use(await startHearth());
    const archives = {
      "api.zip": await zipOf(sampleFunctions.nodeEcho),
      "chat.zip": await zipOf({ "index.mjs": CHAT }),
    };
    const project = stack.use(await TerraformProject.open(config, ["base.tf", "apis.tf", "restApis.tf"], archives));
    const ask = (url: string, path: string, method = "GET") => urlCall(endpoint, url, { path, method });

    const say = async (action: string, word?: string): Promise<string> => {
      const { host } = new URL(await project.output<string>("chat"));
      const url = `ws://${new URL(endpoint).host}/live`;
      await using socket = await openWebSocket(url, { headers: { host } });
      socket.send(JSON.stringify({ action, word }));
      return await socket.next();
    };

    await project.apply(false);
    expect(await say("echo")).toBe("echo");
    expect(await say("more")).toContain("Forbidden");
    expect(await say("mock", "a")).toBe("first mock");
    expect(await say("mock")).toContain("Bad request body");
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
    const key = await project.output<string>("key");
    const create = async (url: string, path: string, headers: Record<string, string>, body = '{"name":"Rex"}') =>
      await urlCall(endpoint, url, {
        ...{ path, method: "POST", body },
        headers: { "content-type": "application/json", ...headers },
      });
    const restApi = `http://${await project.output<string>("rest")}.execute-api.us-east-1.localhost/`;
    expect((await create(restApi, "/dev/pets", {})).status).toBe(403);
    expect((await create(restApi, "/dev/pets", { "x-api-key": key }, "{}")).status).toBe(400);
    const made = await create(restApi, "/dev/pets", { "x-api-key": key });
    expect(made).toMatchObject({ status: 200, body: '{"stage": "a"}' });
    expect((await create("http://rest.example.org/", "/v1/pets", { "x-api-key": key })).status).toBe(200);

    const put = { status: 200, body: expect.stringContaining('"FailedEntryCount":0') as unknown };
    expect(await create(api, "/events", { type: "a" })).toMatchObject(put);
    expect(await create(restApi, "/dev/pets/7", {})).toMatchObject(put);

    await project.apply(true);
    expect(await create(api, "/events?type=b", {})).toMatchObject(put);
    expect(await say("more")).toBe("more");
    expect(await say("mock", "a")).toContain("Bad request body");
    expect(await say("mock", "abc")).toBe("second mock");
    // The function's answer of format 1.0 must have a status: the echoed event has none.
    expect((await ask(api, "/pets/7", "PUT")).status).toBe(500);
    expect((await ask("http://pets.example.org/", "/v1/pets/7")).status).toBe(404);
    const again = await create("http://rest.example.org/", "/v2/pets", { "x-api-key": key });
    expect(again).toMatchObject({ status: 200, body: '{"stage": "b"}' });

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
