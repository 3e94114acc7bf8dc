import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { invoke } from "../../support/lambda.ts";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { publishLayer } from "./publishLayer.ts";

/** Leaves what it has heard in a file, which the function reads. */
const EXTENSION = `#!/usr/bin/env python3
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def call(method, path, body=None, **headers):
    api.request(method, "/2020-01-01/extension/" + path, body, {"Lambda-Extension-" + k.replace("_", "-"): v for k, v in headers.items()})
    answer = api.getresponse()
    return answer, json.loads(answer.read())
answer, registered = call("POST", "register", '{"events":["INVOKE"]}', Name=os.path.basename(__file__), Accept_Feature="accountId")
heard = {"registered": registered, "requests": [], "hasHandler": "_HANDLER" in os.environ}
while True:
    with open(os.environ.get("TMPDIR", "/tmp") + "/heard.part", "w") as file: json.dump(heard, file)
    os.replace(file.name, file.name.replace(".part", ".json"))
    _, event = call("GET", "event/next", Identifier=answer.headers["Lambda-Extension-Identifier"])
    heard["requests"].append(event["requestId"])
`;
const CODE = `
import json, os
def handler(event, context):
    with open(os.environ.get("TMPDIR", "/tmp") + "/heard.json") as file: return json.load(file)
`;

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

test("a layer's extension registers before the function's first event and hears each one", async () => {
  const ZipFile = await zipOf({ "extensions/conformance-ext": { content: EXTENSION, mode: 0o755 } });
  const { LayerVersionArn = "" } = await publishLayer(target, target.newName(), { Content: { ZipFile } });
  const { FunctionName } = await target.newFunction({
    Runtime: "python3.13",
    Handler: "app.handler",
    Layers: [LayerVersionArn],
    Code: { ZipFile: await zipOf({ "app.py": CODE }) },
  });
  const first = await invoke(target.client, FunctionName, {});
  const registered = {
    functionName: FunctionName,
    functionVersion: "$LATEST",
    handler: "app.handler",
    accountId: target.accountId,
  };
  expect(first.payload).toMatchObject({ registered, hasHandler: false });
  const second = await invoke(target.client, FunctionName, {});
  expect(second.payload).toMatchObject({ requests: expect.arrayContaining([first.requestId]) });
});
