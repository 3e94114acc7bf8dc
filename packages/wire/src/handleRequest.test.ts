import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListTagsCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ManualClock, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { ResourceNotFoundException, TooManyRequestsException } from "@hearth/model";
import { createHash, createHmac, type Hash } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { AccessKey } from "./authenticate.ts";
import { createRequestHandler, type RequestHandlerDeps } from "./handleRequest.ts";
import { type BoundOperation, Reply, type RequestContext, type Service } from "./operation.ts";
import { presignUrl } from "./presign.ts";

const caller = {
  accountId: "000000000000",
  accessKeyId: "test",
  arn: "arn:aws:iam::000000000000:root",
  userId: "000000000000",
  principal: { kind: "root" },
} as const;
const KEYS: Record<string, AccessKey> = {
  test: { secretAccessKey: "test", caller },
  session: { secretAccessKey: "s", sessionToken: "to+ken/=", caller, expiresAt: Date.now() + 60_000 },
  stale: { secretAccessKey: "s", sessionToken: "t", caller, expiresAt: Date.now() - 1 },
};

type Run = (input: Record<string, unknown>, context: RequestContext) => Promise<object | undefined>;

function declared(name: string, input: z.ZodType, rest: Partial<BoundOperation>, run: Run): BoundOperation {
  return {
    name,
    input,
    errors: [ResourceNotFoundException],
    ...rest,
    run: (value, context) => run(value as Record<string, unknown>, context),
  };
}

const echo: Run = async (input) => input;
const Arn = z.string();

const lambda: Service = {
  signingName: "lambda",
  protocols: ["rest-json"],
  operations: [
    declared(
      "CreateFunction",
      z.object({ FunctionName: z.string().max(9, { error: "Member must be short" }), Timeout: z.number().optional() }),
      { http: ["POST", "/2015-03-31/functions", 201] },
      echo,
    ),
    declared(
      "GetFunction",
      z.object({ FunctionName: z.string(), Qualifier: z.string().optional() }),
      { http: ["GET", "/2015-03-31/functions/{FunctionName}", 200], query: { Qualifier: "Qualifier" } },
      async (input) => {
        if (input["FunctionName"] === "missing") throw new ResourceNotFoundException("Function not found: missing");
        if (input["FunctionName"] === "busy") throw new TooManyRequestsException("ConcurrentInvocationLimitExceeded");
        if (input["FunctionName"] === "bug") throw new TypeError("a bug");
        return { Configuration: { FunctionName: input["FunctionName"], Description: input["Qualifier"] } };
      },
    ),
    declared(
      "ListTags",
      z.object({ Resource: Arn }),
      { http: ["GET", "/2017-03-31/tags/{Resource}", 200] },
      async ({ Resource }) => ({ Tags: { Resource } }),
    ),
    declared(
      "UntagResource",
      z.object({ Resource: Arn, TagKeys: z.array(z.string()) }),
      { http: ["DELETE", "/2017-03-31/tags/{Resource}", 204], query: { TagKeys: "tagKeys" } },
      async () => undefined,
    ),
    declared(
      "Invoke",
      z.object({
        FunctionName: z.string(),
        Payload: z.instanceof(Uint8Array),
        InvocationType: z.string().optional(),
        Qualifier: z.string().optional(),
      }),
      {
        http: ["POST", "/2015-03-31/functions/{FunctionName}/invocations", 200],
        headers: { InvocationType: "X-Amz-Invocation-Type" },
        query: { Qualifier: "Qualifier" },
        payload: "Payload",
      },
      async (input) =>
        new Reply(200, { "X-Amz-Executed-Version": String(input["Qualifier"]) }, input["Payload"] as Uint8Array),
    ),
  ],
  notBuilt: [{ name: "ListLayers", http: ["GET", "/2018-10-31/layers", 200] }],
};
const sts: Service = {
  signingName: "sts",
  protocols: ["query"],
  xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  operations: [
    declared("GetCallerIdentity", z.object({}), {}, async (_, context) => ({
      Arn: context.caller.arn,
      UserId: "<&>",
      Account: context.caller.accountId,
    })),
  ],
  notBuilt: [{ name: "AssumeRole" }],
};
const logs: Service = {
  signingName: "logs",
  protocols: ["json-1.1"],
  targetPrefix: "Logs_20140328",
  operations: [
    declared("CreateLogGroup", z.object({ logGroupName: z.string() }), {}, async ({ logGroupName }) => {
      if (logGroupName === "missing") throw new ResourceNotFoundException("The specified log group does not exist.");
      return undefined;
    }),
  ],
  notBuilt: [],
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(deps: Partial<RequestHandlerDeps> = {}): Promise<string> {
  const handler = createRequestHandler({
    services: [lambda, sts, logs],
    findAccessKey: (id) => KEYS[id],
    authorize: ({ caller: { accountId } }) => accountId,
    clock: new SystemClock(),
    random: systemRandom,
    regions: ["us-east-1"],
    logger: silentLogger,
    ...deps,
  });
  const server = createServer(handler).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}
const config = (
  endpoint: string,
  credentials: Credentials = { accessKeyId: "test", secretAccessKey: "test" },
  region = "us-east-1",
) => ({
  endpoint,
  region,
  credentials,
  maxAttempts: 1,
});

describe("the endpoint, called by the official SDK", () => {
  test("takes names, ARNs and qualifiers from the path and the query", async () => {
    const client = new LambdaClient(config(await serve()));
    const arn = "arn:aws:lambda:us-east-1:000000000000:function:hello:$LATEST";
    const answer = await client.send(new GetFunctionCommand({ FunctionName: arn, Qualifier: "$LATEST" }));
    expect(answer.Configuration).toMatchObject({ FunctionName: arn, Description: "$LATEST" });
    expect((await client.send(new ListTagsCommand({ Resource: arn }))).Tags).toEqual({ Resource: arn });
    await client.send(new UntagResourceCommand({ Resource: arn, TagKeys: ["a b", "c/d&e"] }));
  });

  test("hands an invocation's payload through and answers with headers", async () => {
    const client = new LambdaClient(config(await serve()));
    const payload = Buffer.alloc(300_000, "x");
    const answer = await client.send(new InvokeCommand({ FunctionName: "f", Payload: payload, Qualifier: "live" }));
    expect(Buffer.from(answer.Payload ?? []).equals(payload)).toBe(true);
    expect(answer.ExecutedVersion).toBe("live");
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("refuses a payload over 6 MiB with AWS's words", async () => {
    const client = new LambdaClient(config(await serve()));
    const error = client.send(new InvokeCommand({ FunctionName: "f", Payload: Buffer.alloc(6_291_457) }));
    await expect(error).rejects.toMatchObject({
      name: "RequestTooLargeException",
      message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      $metadata: { httpStatusCode: 413 },
    });
  });

  test("shows errors with AWS's status, type, message and members", async () => {
    const client = new LambdaClient(config(await serve()));
    await expect(client.send(new GetFunctionCommand({ FunctionName: "missing" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      Type: "User",
      message: "Function not found: missing",
      $metadata: { httpStatusCode: 404 },
    });
    await expect(client.send(new GetFunctionCommand({ FunctionName: "busy" }))).rejects.toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ConcurrentInvocationLimitExceeded",
      message: "Rate Exceeded.",
    });
    await expect(client.send(new GetFunctionCommand({ FunctionName: "bug" }))).rejects.toMatchObject({
      name: "ServiceException",
      Type: "Service",
      $metadata: { httpStatusCode: 500 },
    });
  });

  test("speaks the query protocol in XML", async () => {
    const endpoint = await serve();
    const identity = await new STSClient(config(endpoint)).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: "000000000000", Arn: caller.arn, UserId: "<&>" });
    const wrong = new STSClient(config(endpoint, { accessKeyId: "nobody", secretAccessKey: "x" }));
    await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
    });
  });

  test("speaks JSON 1.1 with __type", async () => {
    const client = new CloudWatchLogsClient(config(await serve()));
    await client.send(new CreateLogGroupCommand({ logGroupName: "a" }));
    await expect(client.send(new CreateLogGroupCommand({ logGroupName: "missing" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("validates with a ValidationException that has only a message", async () => {
    const client = new LambdaClient(config(await serve()));
    const command = new CreateFunctionCommand({ FunctionName: "far-too-long", Role: "r", Code: {} });
    await expect(client.send(command)).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value 'far-too-long' at 'functionName' failed to satisfy constraint: Member must be short",
    });
  });
});

describe("authentication", () => {
  const send = async (endpoint: string, credentials?: Credentials, region?: string) =>
    await new LambdaClient(config(endpoint, credentials, region)).send(new GetFunctionCommand({ FunctionName: "f" }));

  test("refuses unknown keys, wrong secrets and foreign regions", async () => {
    const endpoint = await serve();
    await expect(send(endpoint, { accessKeyId: "nobody", secretAccessKey: "x" })).rejects.toMatchObject({
      name: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
      $metadata: { httpStatusCode: 403 },
    });
    await expect(send(endpoint, { accessKeyId: "test", secretAccessKey: "wrong" })).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringContaining("The request signature we calculated does not match"),
    });
    await expect(send(endpoint, undefined, "eu-west-1")).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringContaining("Credential should be scoped to a valid region, not 'eu-west-1'."),
    });
  });

  test("temporary credentials need their session token and must not be expired", async () => {
    const endpoint = await serve();
    await send(endpoint, { accessKeyId: "session", secretAccessKey: "s", sessionToken: "to+ken/=" });
    await expect(send(endpoint, { accessKeyId: "session", secretAccessKey: "s" })).rejects.toThrow(
      "The security token included in the request is invalid.",
    );
    await expect(send(endpoint, { accessKeyId: "session", secretAccessKey: "s", sessionToken: "x" })).rejects.toThrow(
      "invalid",
    );
    await expect(send(endpoint, { accessKeyId: "test", secretAccessKey: "test", sessionToken: "x" })).rejects.toThrow(
      "invalid",
    );
    await expect(
      send(endpoint, { accessKeyId: "stale", secretAccessKey: "s", sessionToken: "t" }),
    ).rejects.toMatchObject({ name: "ExpiredTokenException" });
  });

  test("refuses a signature more than five minutes old or early", async () => {
    const clock = new ManualClock(Date.now() + 6 * 60_000);
    const endpoint = await serve({ clock });
    await expect(send(endpoint)).rejects.toThrow(
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    );
    const early = await serve({ clock: new ManualClock(Date.now() - 6 * 60_000) });
    await expect(send(early)).rejects.toThrow(/^Signature not yet current: /);
  });

  test("answers a request without a signature with 403", async () => {
    const answer = await fetch(`${await serve()}/2015-03-31/functions/f`);
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([
      403,
      "MissingAuthenticationTokenException",
    ]);
    expect(await answer.json()).toEqual({ message: "Missing Authentication Token" });
    const incomplete = await fetch(`${await serve()}/`, {
      headers: { authorization: "AWS4-HMAC-SHA256 Credential=test/1/2/3/aws4_request" },
    });
    expect(incomplete.headers.get("x-amzn-errortype")).toBe("IncompleteSignatureException");
    expect(await incomplete.json()).toEqual({
      message: expect.stringContaining("Authorization header requires 'Signature' parameter."),
    });
  });

  test("notices a body that was changed after it was signed", async () => {
    const endpoint = await serve();
    const signed = await sign(endpoint, { path: "/2015-03-31/functions/f/invocations", body: "1" });
    const headers = { ...signed.headers };
    expect(
      (await fetch(`${endpoint}/2015-03-31/functions/f/invocations`, { method: "POST", headers, body: "1" })).status,
    ).toBe(200);
    expect(
      (await fetch(`${endpoint}/2015-03-31/functions/f/invocations`, { method: "POST", headers, body: "2" })).status,
    ).toBe(403);
    delete headers["x-amz-content-sha256"];
    expect(
      (await fetch(`${endpoint}/2015-03-31/functions/f/invocations`, { method: "POST", headers, body: "1" })).status,
    ).toBe(403);
  });

  test("accepts pre-signed links of the SDK's signer until they expire", async () => {
    const clock = new ManualClock(Date.now());
    const endpoint = await serve({ clock });
    const url = await presign(endpoint, "/2015-03-31/functions/arn%3Aaws%3Alambda", { Qualifier: "a b*c" }, 60);
    const answer = await fetch(url);
    expect(await answer.json()).toEqual({ Configuration: { FunctionName: "arn:aws:lambda", Description: "a b*c" } });
    expect((await fetch(url.replace("Qualifier=a", "Qualifier=b"))).status).toBe(403);
    await clock.advance(61_000);
    expect(await (await fetch(url)).json()).toEqual({ message: expect.stringContaining("Signature expired") });
  });

  test("accepts the links that presignUrl makes", async () => {
    const endpoint = await serve();
    const key = { accessKeyId: "session", secretAccessKey: "s", sessionToken: "to+ken/=" };
    const options = { region: "us-east-1", service: "lambda", expiresSeconds: 60, now: Date.now() };
    const url = presignUrl(endpoint, "/2015-03-31/functions/a%24b", { Qualifier: "x y" }, key, options);
    expect(await (await fetch(url)).json()).toEqual({ Configuration: { FunctionName: "a$b", Description: "x y" } });
  });
});

class Sha256 {
  readonly #hash: Hash | ReturnType<typeof createHmac>;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : Buffer.from(secret as Uint8Array));
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

const signer = new SignatureV4({
  service: "lambda",
  region: "us-east-1",
  sha256: Sha256,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

function requestTo(endpoint: string, method: string, path: string) {
  const { hostname, port, host } = new URL(endpoint);
  return { method, protocol: "http:", hostname, port: Number(port), path, headers: { host } };
}

async function sign(endpoint: string, { path, body }: { path: string; body: string }) {
  return await signer.sign({ ...requestTo(endpoint, "POST", path), body });
}

async function presign(endpoint: string, path: string, query: Record<string, string>, expiresIn: number) {
  const signed = await signer.presign({ ...requestTo(endpoint, "GET", path), query }, { expiresIn });
  const pairs = Object.entries(signed.query ?? {}).map(([name, value]) =>
    [name, String(value)].map(encodeURIComponent),
  );
  return `${endpoint}${path}?${pairs.map((pair) => pair.join("=")).join("&")}`;
}
