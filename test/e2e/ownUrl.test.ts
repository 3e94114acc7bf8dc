import { AddPermissionCommand, CreateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { noDocker, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const NODE = {
  "index.mjs": `import http from "node:http";
export const handler = async (event) => {
  if (event.requestContext) return { path: event.rawPath, host: event.headers.host, seen: event.headers["x-forwarded-for"] };
  const byFetch = await fetch(event.url + "fetched").then((answer) => answer.json());
  const byHttp = await new Promise((resolve, reject) => {
    http.get(event.url + "got", async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      resolve(JSON.parse(text));
    }).on("error", reject);
  });
  return [byFetch, byHttp];
};
`,
};
const PYTHON = {
  "app.py": `import json
import urllib.request

def handler(event, context):
    if "requestContext" in event:
        return {"path": event["rawPath"], "host": event["headers"]["host"]}
    with urllib.request.urlopen(event["url"] + "opened") as answer:
        return json.load(answer)
`,
};

describe("a function in a container with filtered egress", skipReason(await noDocker()), () => {
  let hearth: RunningHearth;
  beforeAll(async () => {
    hearth = await startHearth({ driver: "docker" });
  });
  afterAll(async () => await hearth?.[Symbol.asyncDispose]());

  async function newUrl(wish: Parameters<typeof createActive>[1]): Promise<string> {
    const client = lambdaClient(hearth);
    await createActive(client, wish);
    const shared = { FunctionName: wish.FunctionName, Principal: "*" };
    const url = { StatementId: "url", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
    await client.send(new AddPermissionCommand({ ...shared, ...url }));
    await client.send(new AddPermissionCommand({ ...shared, StatementId: "in", Action: "lambda:InvokeFunction" }));
    const { FunctionName } = wish;
    const made = await client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }));
    return made.FunctionUrl ?? "";
  }

  test("reaches its own URL by its public name, in Node and in Python", async () => {
    const own = await newUrl({ FunctionName: "node-own", files: NODE });
    expect(own).toMatch(/\.localhost:\d+\/$/);
    const { host } = new URL(own);
    expect((await invoke(lambdaClient(hearth), "node-own", { url: own })).payload).toEqual([
      { path: "/fetched", host, seen: "127.0.0.1" },
      { path: "/got", host, seen: "127.0.0.1" },
    ]);
    const python = await newUrl({
      FunctionName: "python-own",
      files: PYTHON,
      Runtime: "python3.12",
      Handler: "app.handler",
    });
    expect((await invoke(lambdaClient(hearth), "python-own", { url: python })).payload).toEqual({
      path: "/opened",
      host: new URL(python).host,
    });
  });
});
