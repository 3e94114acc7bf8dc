import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { AddPermissionCommand, CreateFunctionUrlConfigCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  findProgram,
  type RunningHearth,
  runProgram,
  sampleFunctions,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActive, lambdaClient, ROLE } from "../support/lambda.ts";

const browser = findProgram("chromium") ?? findProgram("google-chrome");

describe(
  "web pages, while the default key is active",
  skipReason(browser ? undefined : "no chromium is installed"),
  () => {
    let hearth: RunningHearth;
    let folder: string;
    let site: Server;
    let page = "";
    let onSaid: (text: string) => void = () => undefined;

    beforeAll(async () => {
      hearth = await startHearth();
      folder = await mkdtemp(join(tmpdir(), "hearth-browser-"));
      site = createServer(({ url = "" }, response) => {
        const said = url.split("/said/")[1];
        if (said === undefined) response.setHeader("Content-Type", "text/html").end(page);
        else onSaid(decodeURIComponent(said));
      });
      await new Promise<void>((ready) => site.listen(0, "127.0.0.1", ready));
    });
    afterAll(async () => {
      site.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      await hearth[Symbol.asyncDispose]();
    });

    /** A request that every program that knows the default key can sign; it has no special headers. */
    function signed(method: string, path: string, authority = new URL(hearth.endpoint).host): string {
      const key = { accessKeyId: "test", secretAccessKey: "test" };
      const options = { method, region: "us-east-1", service: "lambda", expiresSeconds: 900, now: Date.now() };
      return presignUrl(`http://${authority}`, path, {}, key, options);
    }

    async function newFunction(FunctionName: string): Promise<string> {
      const ZipFile = Buffer.from(await zipOf(sampleFunctions.nodeEcho)).toString("base64");
      return JSON.stringify({
        FunctionName,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile },
      });
    }

    /** What the browser shows of `url` once its scripts are done. */
    async function shows(url: string, ...flags: string[]): Promise<string> {
      const fixed = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
      const args = [...fixed, `--user-data-dir=${folder}`, "--virtual-time-budget=8000", ...flags, "--dump-dom", url];
      const { stdout } = await runProgram(browser ?? "", args, { timeoutMs: 60_000 });
      return stdout;
    }

    /** What a page says to its own site. Used where the browser has to wait for more than answers to requests. */
    async function says(url: string): Promise<string> {
      const said = Promise.withResolvers<string>();
      onSaid = said.resolve;
      const profile = join(folder, "says");
      const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
      const child = spawn(browser ?? "", [...args, `--user-data-dir=${profile}`, url], { stdio: "ignore" });
      child.once("exit", (code) => said.reject(new Error(`the browser ended with ${code}`)));
      try {
        return await said.promise;
      } finally {
        child.kill("SIGKILL");
      }
    }

    const names = async (): Promise<(string | undefined)[]> => {
      const { Functions = [] } = await lambdaClient(hearth).send(new ListFunctionsCommand({}));
      return Functions.map(({ FunctionName }) => FunctionName);
    };

    test("a page cannot create a function with any kind of request that browsers send without a preflight", async () => {
      const url = signed("POST", "/2015-03-31/functions");
      const bySelf = await fetch(url, { method: "POST", body: await newFunction("by-a-client") });
      expect(bySelf.status, "the same request of a client that is no page").toBe(201);
      const body = await newFunction("by-a-page");
      const form = body.slice(0, -1); // a form writes `name=value`: the name is all of the JSON except its last character
      page = `<body><p id=state>working</p>
      <form id=f method=post enctype="text/plain" target=frame action="${escape(url)}"><input name='${form},"Description":"' value='"}'></form>
      <iframe name=frame></iframe>
      <script>
        const body = ${JSON.stringify(body)};
        const send = (mode, options) => fetch(${JSON.stringify(url)}, { method: "POST", body, mode, ...options })
          .then((answer) => answer.type + " " + answer.status, (error) => "failed " + error.message);
        (async () => {
          const outcomes = [
            await send("no-cors", { headers: { "Content-Type": "text/plain" } }),
            await send("cors", { headers: { "Content-Type": "text/plain" } }),
            await send("cors", { credentials: "include" }),
            String(navigator.sendBeacon(${JSON.stringify(url)}, body)),
          ];
          document.getElementById("f").submit();
          await new Promise((done) => setTimeout(done, 2000));
          document.getElementById("state").textContent = "done: " + outcomes.join(", ");
        })();
      </script>`;
      const { port } = site.address() as AddressInfo;
      const seen = await shows(`http://127.0.0.1:${port}/`);
      expect(seen).toContain("done: opaque 0");
      expect(await names()).toEqual(["by-a-client"]);
    });

    test("a page reads nothing under a DNS name of its own that resolves to this machine", async () => {
      const { port } = new URL(hearth.endpoint);
      const rebound = signed("GET", "/2015-03-31/functions", `evil.example:${port}`);
      const seen = await shows(rebound, "--host-resolver-rules=MAP evil.example 127.0.0.1");
      expect(seen).toContain("is not known to this Hearth");
      expect(seen).not.toContain("by-a-client");
    });

    test("a request that no page sent is answered under every loopback name", async () => {
      const { port } = new URL(hearth.endpoint);
      for (const host of ["localhost", "127.0.0.1"]) {
        const url = signed("GET", "/2015-03-31/functions", `${host}:${port}`);
        expect((await fetch(url)).status, host).toBe(200);
      }
    });

    test("a page reads the answers of a function URL whose CORS rules name its origin, preflights included, and no others", async () => {
      const { port } = site.address() as AddressInfo;
      const client = lambdaClient(hearth);
      const urlOf = async (FunctionName: string, origin: string): Promise<string> => {
        await createActive(client, { FunctionName, files: sampleFunctions.nodeEcho, Runtime: "nodejs22.x" });
        const shared = { FunctionName, Principal: "*" };
        const url = { StatementId: "url", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
        await client.send(new AddPermissionCommand({ ...shared, ...url }));
        await client.send(new AddPermissionCommand({ ...shared, StatementId: "in", Action: "lambda:InvokeFunction" }));
        const Cors = { AllowOrigins: [origin], AllowMethods: ["PUT"], AllowHeaders: ["x-own"] };
        const made = await client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", Cors }));
        return made.FunctionUrl ?? "";
      };
      const open = await urlOf("cors-open", `http://127.0.0.1:${port}`);
      const closed = await urlOf("cors-closed", "https://elsewhere.example");
      page = `<body><p id=state>working</p><script>
        const put = (url) => fetch(url + "a/b?c=d", { method: "PUT", headers: { "X-Own": "1", "Content-Type": "text/plain" }, body: "hello" })
          .then(async (answer) => answer.status + " " + JSON.parse(await answer.text()).body, () => "refused");
        (async () => {
          const seen = [await put(${JSON.stringify(open)}), await put(${JSON.stringify(closed)})];
          document.getElementById("state").textContent = "done: " + seen.join(", ");
        })();
      </script>`;
      expect(await shows(`http://127.0.0.1:${port}/`)).toContain("done: 200 hello, refused");
    });

    test("a page calls an HTTP API of another origin whose CORS rules name its own, and reads the headers that they expose; other pages do not", async () => {
      const { port } = site.address() as AddressInfo;
      const client = lambdaClient(hearth);
      const FunctionName = "cors-api";
      const code = `let calls = 0;
        export const handler = async ({ requestContext: { http }, headers, body }) => ({
          statusCode: 201,
          headers: { "x-calls": String(++calls), "x-hidden": "yes", "access-control-allow-origin": "*" },
          body: [http.method, headers["x-own"], body].join(" "),
        });`;
      await createActive(client, { FunctionName, files: { "index.mjs": code } });
      const shared = { FunctionName, StatementId: "api", Action: "lambda:InvokeFunction" };
      await client.send(new AddPermissionCommand({ ...shared, Principal: "apigateway.amazonaws.com" }));
      const apis = new ApiGatewayV2Client(hearth.clientConfig);
      const { ApiEndpoint } = await apis.send(
        new CreateApiCommand({
          Name: FunctionName,
          ProtocolType: "HTTP",
          Target: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
          CorsConfiguration: {
            AllowOrigins: [`http://127.0.0.1:${port}`],
            AllowMethods: ["DELETE"],
            AllowHeaders: ["x-own"],
            ExposeHeaders: ["x-calls"],
          },
        }),
      );
      apis.destroy();
      page = `<body><p id=state>working</p><script>
        const send = (method, headers) => fetch(${JSON.stringify(`${ApiEndpoint}/pets/7`)}, { method, headers })
          .then(async (answer) => [answer.status, await answer.text(), answer.headers.get("x-calls"), answer.headers.get("x-hidden")].join(" "), () => "refused");
        (async () => {
          const seen = [await send("DELETE", { "X-Own": "1" }), await send("DELETE", { "X-Other": "1" }), await send("PATCH", { "X-Own": "1" }), await send("DELETE", { "X-Own": "2" })];
          document.getElementById("state").textContent = "done: " + seen.join(", ");
        })();
      </script>`;
      // The second and the third one end with their preflight, which the platform answers: the function is not called.
      expect(await shows(`http://127.0.0.1:${port}/`)).toContain(
        "done: 201 DELETE 1  1 , refused, refused, 201 DELETE 2  2 ",
      );
      expect(await shows(`http://localhost:${port}/`)).toContain("done: refused, refused, refused, refused");
    });

    test("a page opens a connection of a WebSocket API by its name, and is answered", async () => {
      const client = lambdaClient(hearth);
      const FunctionName = "chat";
      const files = {
        "index.mjs": `export const handler = async ({ body }) => ({ statusCode: 200, body: "heard " + JSON.parse(body).text });`,
      };
      await createActive(client, { FunctionName, files, Runtime: "nodejs22.x" });
      const Principal = "apigateway.amazonaws.com";
      await client.send(
        new AddPermissionCommand({ FunctionName, StatementId: "api", Action: "lambda:InvokeFunction", Principal }),
      );
      const apis = new ApiGatewayV2Client(hearth.clientConfig);
      const { ApiId, ApiEndpoint } = await apis.send(
        new CreateApiCommand({
          Name: "chat",
          ProtocolType: "WEBSOCKET",
          RouteSelectionExpression: "$request.body.action",
        }),
      );
      const IntegrationUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}/invocations`;
      const { IntegrationId } = await apis.send(
        new CreateIntegrationCommand({ ApiId, IntegrationType: "AWS_PROXY", IntegrationUri }),
      );
      const RouteResponseSelectionExpression = "$default";
      const Target = `integrations/${IntegrationId}`;
      const { RouteId } = await apis.send(
        new CreateRouteCommand({ ApiId, RouteKey: "$default", Target, RouteResponseSelectionExpression }),
      );
      await apis.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: "$default" }));
      await apis.send(new CreateStageCommand({ ApiId, StageName: "live", AutoDeploy: true }));
      apis.destroy();
      page = `<body><p id=state>working</p><script>
        const socket = new WebSocket(${JSON.stringify(`${ApiEndpoint}/live`)});
        const say = (text) => fetch("/said/" + encodeURIComponent(text));
        socket.onopen = () => socket.send(JSON.stringify({ text: "under" }));
        socket.onmessage = ({ data }) => say(data);
        socket.onerror = () => say("failed");
      </script>`;
      const { port } = site.address() as AddressInfo;
      expect(await says(`http://127.0.0.1:${port}/`)).toBe("heard under");
    });
  },
);

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
