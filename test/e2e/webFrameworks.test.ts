import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ApiGatewayV2Client, CreateApiCommand } from "@aws-sdk/client-apigatewayv2";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  CreateFunctionUrlConfigCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { noDocker, noProgram, type RunningHearth, runProgram, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient, ROLE } from "../support/lambda.ts";
import { urlCall } from "../support/urlCall.ts";

const FRAMEWORKS = join(import.meta.dirname, "frameworks");
const ADAPTERS = resolve(import.meta.dirname, "../../examples/web-server");
/** The program `lambda-adapter` of AWS's Lambda Web Adapter, as `cargo install lambda_web_adapter` makes it. Without it a script does what it does. */
const OFFICIAL_ADAPTER = process.env["LAMBDA_WEB_ADAPTER"];

/** Files of `folder`, and of what `install` puts beside them, as an archive. */
async function packaged(names: readonly string[], install: readonly string[]): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "hearth-frameworks-"));
  const run = async (...[program, ...args]: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await runProgram(program ?? "", args, { cwd: folder, timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${stdout}${stderr}`);
  };
  try {
    for (const from of [FRAMEWORKS, ADAPTERS])
      for (const name of await readdir(from)) if (names.includes(name)) await cp(join(from, name), join(folder, name));
    await run(...install);
    await run("zip", "-qr1", "function.zip", ".");
    return await readFile(join(folder, "function.zip"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const wheels = `manylinux2014_${process.arch === "arm64" ? "aarch64" : "x86_64"}`;
const PIP = ["-m", "pip", "install", "-q", "--no-input", "--target", ".", "--platform", wheels];
const PYTHON_313 = ["--python-version", "3.13", "--implementation", "cp", "--only-binary=:all:"];
const pythonArchive = () =>
  packaged(
    ["adapter.py", "flask_app.py", "fastapi_app.py", "requirements.txt"],
    ["python3", ...PIP, ...PYTHON_313, "-r", "requirements.txt"],
  );
const nodeArchive = () =>
  packaged(
    ["adapter.mjs", "express.mjs", "fastify.mjs", "hono.mjs", "start.sh", "package.json", "package-lock.json"],
    ["npm", "ci", "--silent", "--no-audit", "--no-fund"],
  );

/** The layer of the Lambda Web Adapter: an extension that is also the function's runtime, and a wrapper that starts the handler as a program. */
async function adapterLayer(): Promise<Uint8Array> {
  const content = await readFile(OFFICIAL_ADAPTER ?? join(FRAMEWORKS, "lambda-adapter"));
  return await zipOf({
    bootstrap: { content: `#!/bin/sh\nexec "$LAMBDA_TASK_ROOT/$_HANDLER"\n`, mode: 0o755 },
    "extensions/lambda-adapter": { content, mode: 0o755 },
  });
}

const missing = noProgram("npm") ?? noProgram("python3") ?? noProgram("zip") ?? (await noDocker());

describe("web servers of frameworks, unchanged, as functions", skipReason(missing), () => {
  let hearth: RunningHearth;
  let lambda: LambdaClient;
  let apis: ApiGatewayV2Client;
  const archives: Partial<Record<"node" | "python", Promise<Uint8Array>>> = {};
  beforeAll(async () => {
    const bothArchives = { node: nodeArchive(), python: pythonArchive() };
    Object.assign(archives, bothArchives);
    hearth = await startHearth({ driver: "docker" });
    lambda = lambdaClient(hearth);
    apis = new ApiGatewayV2Client(hearth.clientConfig);
    await Promise.all(Object.values(bothArchives));
  }, 600_000);
  afterAll(async () => {
    lambda?.destroy();
    apis?.destroy();
    await hearth?.[Symbol.asyncDispose]();
  });

  async function newFunction(
    FunctionName: string,
    language: keyof typeof archives,
    input: Partial<CreateFunctionCommandInput>,
  ): Promise<string> {
    const { FunctionArn = "" } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: ROLE,
        Runtime: language === "node" ? "nodejs22.x" : "python3.13",
        Handler: "adapter.handler",
        MemorySize: 512,
        Timeout: 60,
        Code: { ZipFile: await archives[language] },
        ...input,
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 300, minDelay: 0.1, maxDelay: 1 }, { FunctionName });
    return FunctionArn;
  }

  /** A function URL and an HTTP API of the function. */
  async function doors(FunctionName: string, Target: string): Promise<readonly string[]> {
    const shared = { FunctionName, Principal: "*" };
    const url = { StatementId: "url", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
    await lambda.send(new AddPermissionCommand({ ...shared, ...url }));
    await lambda.send(new AddPermissionCommand({ ...shared, StatementId: "invoke", Action: "lambda:InvokeFunction" }));
    const { FunctionUrl = "" } = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }),
    );
    const api = await apis.send(new CreateApiCommand({ Name: FunctionName, ProtocolType: "HTTP", Target }));
    return [FunctionUrl, `${api.ApiEndpoint}/`];
  }

  async function behaves(framework: string, FunctionName: string, arn: string): Promise<void> {
    for (const door of await doors(FunctionName, arn)) {
      const path = "/hello/J%C3%BCrgen?q=1%202";
      const seen = await urlCall(hearth.endpoint, door, { path, headers: { cookie: "c=3; d=4" } });
      expect(seen.status, seen.body).toBe(200);
      // The Lambda Web Adapter joins cookies without a space.
      const cookie = expect.stringMatching(/^c=3; ?d=4$/) as unknown;
      expect(JSON.parse(seen.body)).toEqual({ framework, name: "Jürgen", query: "1 2", cookie });
      const sent = { path: "/echo", method: "POST", headers: { "content-type": "application/json" } };
      const answer = await urlCall(hearth.endpoint, door, { ...sent, body: '{"text":"ü"}' });
      expect(answer.status, answer.body).toBe(201);
      expect(JSON.parse(answer.body)).toEqual({ text: "ü" });
      expect(answer.headers["content-type"]).toMatch(/^application\/json/);
      const cookies = [answer.headers["set-cookie"]].flat();
      expect(cookies.map((cookie) => cookie?.split(";")[0])).toEqual(["a=1", "b=2"]);
      expect((await urlCall(hearth.endpoint, door, { path: "/nothing" })).status).toBe(404);
    }
  }

  test.each([
    ["express", "node", "./express.mjs"],
    ["fastify", "node", "./fastify.mjs"],
    ["hono", "node", "./hono.mjs"],
    ["flask", "python", "flask_app"],
    ["fastapi", "python", "fastapi_app"],
  ] as const)("%s runs with the adapter of the examples", async (framework, language, WEB_SERVER) => {
    const arn = await newFunction(framework, language, { Environment: { Variables: { WEB_SERVER } } });
    await behaves(framework, framework, arn);
  });

  test("express runs with the layer of the Lambda Web Adapter: an extension that asks for the invocations itself", async () => {
    const { LayerVersionArn = "" } = await lambda.send(
      new PublishLayerVersionCommand({ LayerName: "web-adapter", Content: { ZipFile: await adapterLayer() } }),
    );
    const Variables = { AWS_LAMBDA_EXEC_WRAPPER: "/opt/bootstrap", AWS_LWA_PORT: "3000", PORT: "3000" };
    const arn = await newFunction("layered", "node", {
      Handler: "start.sh",
      Layers: [LayerVersionArn],
      Environment: { Variables: { ...Variables, AWS_LWA_READINESS_CHECK_PATH: "/hello/you" } },
    });
    await behaves("express", "layered", arn);
  });
});
