import {
  AddLayerVersionPermissionCommand,
  CreateFunctionCommand,
  DeleteLayerVersionCommand,
  GetLayerVersionByArnCommand,
  InvokeCommand,
  LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { run } from "@hearth/cli";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type AccessTarget, accessTarget, type Credentials } from "./accessTarget.ts";

const OWNERS = "000000000000";
const STRANGERS = "333333333333";
const LAYER = `arn:aws:lambda:us-east-1:${OWNERS}:layer:shared`;

let target: AccessTarget;
let owner: LambdaClient;
let stranger: LambdaClient;
beforeAll(async () => {
  target = await accessTarget();
  owner = new LambdaClient(target.config);
  await hearth("accounts", "create", STRANGERS);
  const credentials = JSON.parse(await hearth("keys", "create", "--account", STRANGERS, "--json")) as Credentials;
  stranger = target.as(credentials).lambda;
});
afterAll(async () => await target[Symbol.asyncDispose]());

async function hearth(...args: string[]): Promise<string> {
  let said = "";
  const env = { AWS_ENDPOINT_URL: target.config.endpoint };
  await run(args, {
    env,
    out: (text) => void (said += text),
    complain: (text) => expect.fail(text),
    sleep: () => expect.fail("waits"),
  });
  return said;
}

const refused = (action: string, resource: string) => ({
  name: "AccessDeniedException",
  status: 403,
  message: `User: arn:aws:iam::${STRANGERS}:root is not authorized to perform: lambda:${action} on resource: ${resource} because no resource-based policy allows the lambda:${action} action`,
});

test("another account can attach a layer while a permission allows it, and its function keeps the layer after that", async () => {
  const ZipFile = await zipOf({ "nodejs/node_modules/shared/index.js": "module.exports = 'theirs';\n" });
  await owner.send(new PublishLayerVersionCommand({ LayerName: "shared", Content: { ZipFile } }));
  const Layers = [`${LAYER}:1`];
  const create = async (FunctionName: string) =>
    await stranger.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: `arn:aws:iam::${STRANGERS}:role/any`,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile: await zipOf({ "index.js": "exports.handler = async () => require('shared');\n" }) },
        Layers,
      }),
    );
  expect(await refusal(create("early"))).toEqual(refused("GetLayerVersion", `${LAYER}:1`));
  const get = () => stranger.send(new GetLayerVersionByArnCommand({ Arn: `${LAYER}:1` }));
  expect(await refusal(get())).toEqual(refused("GetLayerVersion", `${LAYER}:1`));
  const permission = { LayerName: "shared", VersionNumber: 1, StatementId: "strangers" };
  await owner.send(
    new AddLayerVersionPermissionCommand({ ...permission, Action: "lambda:GetLayerVersion", Principal: STRANGERS }),
  );
  expect((await get()).LayerVersionArn).toBe(`${LAYER}:1`);
  expect((await create("theirs")).Layers).toMatchObject([{ Arn: `${LAYER}:1` }]);
  const wait = { client: stranger, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };
  await waitUntilFunctionActiveV2(wait, { FunctionName: "theirs" });
  const answer = async (): Promise<unknown> => {
    const { Payload } = await stranger.send(new InvokeCommand({ FunctionName: "theirs" }));
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };
  expect(await answer()).toBe("theirs");

  await owner.send(new RemoveLayerVersionPermissionCommand(permission));
  await owner.send(new DeleteLayerVersionCommand({ LayerName: "shared", VersionNumber: 1 }));
  expect(await refusal(create("late"))).toEqual(refused("GetLayerVersion", `${LAYER}:1`));
  await stranger.send(new UpdateFunctionConfigurationCommand({ FunctionName: "theirs", Layers, Timeout: 9 }));
  await waitUntilFunctionUpdatedV2(wait, { FunctionName: "theirs" });
  expect(await answer()).toBe("theirs");
});

test("every account can use a public layer, but only its owner can list and change it", async () => {
  const Content = { ZipFile: await zipOf({ "x.txt": "x" }) };
  const { Version: VersionNumber = 0 } = await owner.send(
    new PublishLayerVersionCommand({ LayerName: "public", Content }),
  );
  const LayerName = `arn:aws:lambda:us-east-1:${OWNERS}:layer:public`;
  await owner.send(
    new AddLayerVersionPermissionCommand({
      LayerName: "public",
      VersionNumber,
      StatementId: "all",
      Action: "lambda:GetLayerVersion",
      Principal: "*",
    }),
  );
  const Arn = `${LayerName}:${VersionNumber}`;
  expect((await stranger.send(new GetLayerVersionByArnCommand({ Arn }))).Version).toBe(VersionNumber);
  expect((await stranger.send(new ListLayersCommand({}))).Layers).toEqual([]);
  for (const [request, action, resource] of [
    [new DeleteLayerVersionCommand({ LayerName, VersionNumber }), "DeleteLayerVersion", Arn],
    [new PublishLayerVersionCommand({ LayerName, Content }), "PublishLayerVersion", LayerName],
    [new ListLayerVersionsCommand({ LayerName }), "ListLayerVersions", LayerName],
  ] as const) {
    expect(await refusal(stranger.send(request as never))).toMatchObject({
      name: "AccessDeniedException",
      status: 403,
      message: expect.stringContaining(`is not authorized to perform: lambda:${action} on resource: ${resource}`),
    });
  }
});
