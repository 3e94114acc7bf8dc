import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { invoke } from "../../support/lambda.ts";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";

/** Sends the requests of the event and answers with what came back. */
const NODE = `export const handler = async ({ paths, token = process.env.AWS_SESSION_TOKEN }) => {
  const port = process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT ?? 2773;
  const answers = [];
  for (const path of paths) {
    const answer = await fetch("http://localhost:" + port + path, { headers: { "X-Aws-Parameters-Secrets-Token": token } });
    const body = await answer.text();
    answers.push({ status: answer.status, body: answer.ok ? JSON.parse(body) : body });
  }
  return answers;
};`;
const PYTHON = `import json, os, urllib.request
def handler(event, context):
    port = os.environ.get("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773")
    asked = urllib.request.Request("http://localhost:" + port + event["path"], headers={"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]})
    return json.load(urllib.request.urlopen(asked))
`;
const RUBY = `require "json"
require "net/http"
def handler(event:, context:)
  port = ENV.fetch("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773").to_i
  JSON.parse(Net::HTTP.get(URI("http://localhost:#{port}#{event["path"]}"), { "X-Aws-Parameters-Secrets-Token" => ENV["AWS_SESSION_TOKEN"] }))
end
`;
const SHELL = `#!/bin/sh
API="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  curl -sS -D /tmp/headers "$API/next" >/tmp/event
  id=$(grep -i aws-request-id /tmp/headers | tr -d '\\r' | cut -d ' ' -f 2)
  path=$(cut -d '"' -f 4 /tmp/event)
  curl -sS -H "X-Aws-Parameters-Secrets-Token: $AWS_SESSION_TOKEN" "http://localhost:\${PARAMETERS_SECRETS_EXTENSION_HTTP_PORT:-2773}$path" >/tmp/answer
  curl -sS --data-binary @/tmp/answer "$API/$id/response"
done
`;

let target: LambdaTarget;
let services: ServiceTarget;
let ssm: SSMClient;
let secrets: SecretsManagerClient;
let Role = "";
let parameter = "";
let secret = "";
beforeAll(async () => {
  [target, services] = [await lambdaTarget(), await serviceTarget()];
  ssm = new SSMClient(services.config);
  secrets = new SecretsManagerClient(services.config);
  Role = await target.newRole(["ssm:GetParameter", "secretsmanager:GetSecretValue", "logs:*"]);
  parameter = `/${target.newName()}/of/the/extension`;
  secret = target.newName();
  await put("first");
  await secrets.send(new CreateSecretCommand({ Name: secret, SecretString: "hidden" }));
});
afterAll(async () => {
  await ssm.send(new DeleteParameterCommand({ Name: parameter }));
  await secrets.send(new DeleteSecretCommand({ SecretId: secret, ForceDeleteWithoutRecovery: true }));
  await services[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

const put = async (Value: string): Promise<unknown> =>
  await ssm.send(new PutParameterCommand({ Name: parameter, Value, Type: "SecureString", Overwrite: true }));
const layer = (): string =>
  `arn:aws:lambda:${target.region}:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:11`;
async function newFunction(
  Runtime: "nodejs22.x" | "python3.13" | "ruby3.3" | "provided.al2023",
  file: string,
  content: string,
  more: { readonly Role?: string; readonly Variables?: Record<string, string> } = {},
): Promise<string> {
  const { Variables, ...others } = more;
  const { FunctionName, Layers } = await target.newFunction({
    Runtime,
    Handler: "app.handler",
    Layers: [layer()],
    Role,
    Timeout: 20,
    ...(Variables && { Environment: { Variables } }),
    Code: { ZipFile: await zipOf({ [file]: { content, mode: 0o755 } }) },
    ...others,
  });
  expect(Layers?.map(({ Arn }) => Arn)).toEqual([layer()]);
  return FunctionName;
}
const parameterPath = (query = ""): string =>
  `/systemsmanager/parameters/get/?name=${encodeURIComponent(parameter)}${query}`;
type Answers = readonly {
  readonly status: number;
  readonly body: { readonly Parameter: { readonly Value: string } };
}[];
const ask = async (FunctionName: string, paths: readonly string[], more = {}): Promise<Answers> =>
  (await invoke(target.client, FunctionName, { paths, ...more })).payload as Answers;

test("parameters and secrets come by GET under the function's role, as the extension writes them, and are kept", async () => {
  const FunctionName = await newFunction("nodejs22.x", "app.mjs", NODE);
  const [plain, decrypted, version, hidden] = await ask(FunctionName, [
    parameterPath(),
    parameterPath("&withDecryption=true"),
    parameterPath("&withDecryption=true&version=1"),
    `/secretsmanager/get?secretId=${secret}&versionStage=AWSCURRENT`,
  ]);
  expect(plain?.body.Parameter.Value).not.toBe("first");
  expect(decrypted).toMatchObject({
    status: 200,
    body: { Parameter: { Name: parameter, Type: "SecureString", Value: "first", Selector: null }, ResultMetadata: {} },
  });
  expect(version?.body.Parameter).toMatchObject({ Value: "first", Selector: ":1" });
  expect(hidden).toMatchObject({
    status: 200,
    body: { Name: secret, SecretString: "hidden", SecretBinary: null, VersionStages: ["AWSCURRENT"] },
  });
  expect(hidden).toHaveProperty("body.CreatedDate", expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/));

  await put("second");
  const uncached = await newFunction("nodejs22.x", "app.mjs", NODE, { Variables: { SSM_PARAMETER_STORE_TTL: "0" } });
  const [kept] = await ask(FunctionName, [parameterPath("&withDecryption=true")]);
  const [fresh] = await ask(uncached, [parameterPath("&withDecryption=true")]);
  expect([kept?.body.Parameter.Value, fresh?.body.Parameter.Value]).toEqual(["first", "second"]);
});

test("a wrong token, a missing name, and what the role may not do or what does not exist are refused", async () => {
  const FunctionName = await newFunction("nodejs22.x", "app.mjs", NODE);
  const [token] = await ask(FunctionName, [parameterPath()], { token: "another" });
  const [nameless, missing] = await ask(FunctionName, ["/secretsmanager/get", "/secretsmanager/get?secretId=absent"]);
  expect([token?.status, nameless?.status, missing?.status]).toEqual([401, 400, 400]);
  const powerless = await newFunction("nodejs22.x", "app.mjs", NODE, { Role: await target.newRole(["logs:*"]) });
  const [denied] = await ask(powerless, [parameterPath()]);
  expect(denied).toEqual({ status: 400, body: "an unexpected error occurred while executing request" });
});

test("functions in Python, Ruby and custom runtimes reach it too", async () => {
  const path = parameterPath("&withDecryption=true");
  const asked = await Promise.all([
    newFunction("python3.13", "app.py", PYTHON),
    newFunction("ruby3.3", "app.rb", RUBY),
    newFunction("provided.al2023", "bootstrap", SHELL),
  ]);
  for (const FunctionName of asked) {
    const { payload } = await invoke(target.client, FunctionName, { path });
    expect(payload).toMatchObject({ Parameter: { Name: parameter, Type: "SecureString" } });
  }
});
