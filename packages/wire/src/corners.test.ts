import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { ResourceConflictException, ResourceNotFoundException, ValidationException } from "@hearth/model";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { holdContinue } from "./expectContinue.ts";
import { createRequestHandler, type RequestHandlerDeps } from "./handleRequest.ts";
import { bind, type BoundOperation, operation, Reply, type Service } from "./operation.ts";
import { presignUrl } from "./presign.ts";
import { toyHandler } from "./testing/toyServer.ts";

const caller = {
  accountId: "000000000000",
  accessKeyId: "test",
  arn: "arn:aws:iam::000000000000:root",
  userId: "0",
  principal: { kind: "root" },
} as const;

const createFunction = operation({
  name: "CreateFunction",
  http: ["POST", "/2015-03-31/functions", 201],
  input: z.object({ FunctionName: z.string(), Timeout: z.number().optional() }),
  errors: [],
  handle: async (input) => input,
});
const getFunction = operation({
  name: "GetFunction",
  http: ["GET", "/2015-03-31/functions/{FunctionName}", 200],
  input: z.object({ FunctionName: z.string() }),
  errors: [],
  handle: async (input) => input,
});
const invoke = operation({
  name: "Invoke",
  http: ["POST", "/2015-03-31/functions/{FunctionName}/invocations", 200],
  payload: "Payload",
  input: z.object({ FunctionName: z.string(), Payload: z.instanceof(Uint8Array) }),
  errors: [],
  handle: async ({ Payload }) => new Reply(200, {}, Payload),
});
const stream = operation({
  name: "Stream",
  http: ["GET", "/stream/{End}", 200],
  input: z.object({ End: z.string() }),
  errors: [],
  handle: async ({ End }) => {
    async function* parts() {
      yield Buffer.from("one ");
      if (End === "badly") throw new Error("the source broke");
      yield Buffer.from("two");
    }
    return new Reply(200, { "Content-Type": "text/plain" }, ReadableStream.from(parts()));
  },
});

function lambda(operations: readonly BoundOperation[]): Service {
  const notBuilt = [{ name: "ListLayers", http: ["GET", "/2018-10-31/layers", 200] as const }];
  return { signingName: "lambda", protocols: ["rest-json"], operations, notBuilt };
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(deps: Partial<RequestHandlerDeps> = {}): Promise<string> {
  const handler = createRequestHandler({
    services: [lambda(bind([createFunction, getFunction, invoke, stream], {}))],
    findAccessKey: (id) => (id === "test" ? { secretAccessKey: "test", caller } : undefined),
    authorize: ({ caller: { accountId } }) => accountId,
    clock: new SystemClock(),
    random: systemRandom,
    regions: ["us-east-1"],
    logger: silentLogger,
    ...deps,
  });
  server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function link(endpoint: string, method: string, path: string, service = "lambda"): string {
  const key = { accessKeyId: "test", secretAccessKey: "test" };
  return presignUrl(endpoint, path, {}, key, {
    method,
    region: "us-east-1",
    service,
    expiresSeconds: 60,
    now: Date.now(),
  });
}

async function send(
  endpoint: string,
  method: string,
  path: string,
  body: string | null = null,
  service?: string,
): Promise<Response> {
  return await fetch(link(endpoint, method, path, service), { method, body });
}

describe("what is not there", () => {
  test("an operation that is not built answers 400 with its name, an unknown path or method 404", async () => {
    const endpoint = await serve();
    const missing = await send(endpoint, "GET", "/2018-10-31/layers");
    expect([missing.status, missing.headers.get("x-amzn-errortype")]).toEqual([400, "NotImplementedException"]);
    expect(await missing.json()).toMatchObject({ message: "The operation ListLayers is not implemented by Hearth." });
    expect((await send(endpoint, "GET", "/nowhere")).status).toBe(404);
    expect((await send(endpoint, "PATCH", "/2015-03-31/functions/f")).status).toBe(404);
  });

  test("a message to a connection without the API in the endpoint is told what to name", async () => {
    const answer = await send(await serve(), "POST", "/@connections/abc", "hello", "execute-api");
    expect(await answer.json()).toMatchObject({
      message: expect.stringContaining("has to name the API and its stage"),
    });
  });

  test("a service that is not there answers 400 with its name", async () => {
    const url = link(await serve(), "POST", "/", "sqs");
    const answer = await fetch(url, { method: "POST", headers: { "x-amz-target": "AmazonSQS.ListQueues" } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      __type: "NotImplementedException",
      message: "The operation sqs:ListQueues is not implemented by Hearth.",
    });
  });

  test("is named in an error of the protocol that the client uses", async () => {
    const endpoint = await serve();
    const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const query = await fetch(link(endpoint, "POST", "/", "ec2"), {
      method: "POST",
      headers: form,
      body: "Action=DescribeVpcs",
    });
    expect(await query.text()).toContain(
      "<Message>The operation ec2:DescribeVpcs is not implemented by Hearth.</Message>",
    );
    const s3 = await fetch(link(endpoint, "GET", "/bucket", "s3"));
    expect([s3.status, await s3.text()]).toEqual([
      400,
      expect.stringContaining("<Error><Code>NotImplementedException</Code>"),
    ]);
  });

  test("is handed over unread where another process serves it", async () => {
    const endpoint = await serve({
      services: [{ ...lambda(bind([invoke], {})), notBuilt: [] }],
      elsewhere: (req, res) => res.end(`elsewhere ${req.url?.split("?")[0]}`),
    });
    const other = await send(endpoint, "GET", "/2015-03-31/functions/a%3Ab");
    expect(await other.text()).toBe("elsewhere /2015-03-31/functions/a%3Ab");
    expect(await (await send(endpoint, "POST", "/2015-03-31/functions/f/invocations", "here")).text()).toBe("here");
  });
});

describe("a body", () => {
  test("that is broken JSON is a SerializationException", async () => {
    const endpoint = await serve();
    for (const body of ["{", "[]", "1", "null"]) {
      const answer = await send(endpoint, "POST", "/2015-03-31/functions", body);
      expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([400, "SerializationException"]);
    }
  });

  test("may hold null for a member that is absent", async () => {
    const answer = await send(await serve(), "POST", "/2015-03-31/functions", '{"FunctionName":"f","Timeout":null}');
    expect([answer.status, await answer.json()]).toEqual([201, { FunctionName: "f" }]);
  });

  test("may come after Expect: 100-continue and with any Content-Type", async () => {
    const endpoint = await serve();
    const url = link(endpoint, "POST", "/2015-03-31/functions/f/invocations");
    const headers = { expect: "100-continue", "content-type": "application/x-odd" };
    const req = httpRequest(url, { method: "POST", headers });
    req.flushHeaders();
    await once(req, "continue");
    req.end("hello");
    const [res] = (await once(req, "response")) as [IncomingMessage];
    expect((await buffer(res)).toString()).toBe("hello");
  });

  test("that a client announces with Expect is asked for once key and length are right, and else refused unread", async () => {
    const service = lambda(bind([{ ...invoke, maxBodyBytes: 10 }], {}));
    const handler = toyHandler([{ ...service, operations: [] }], { services: [service] });
    server = createServer(handler);
    server.on("checkContinue", (req: IncomingMessage, res: ServerResponse) => {
      holdContinue(req);
      handler(req, res);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const signed = link(endpoint, "POST", "/2015-03-31/functions/f/invocations");
    const expecting = async (url: string, length: number): Promise<unknown[]> => {
      const headers = { expect: "100-continue", "content-length": length };
      const req = httpRequest(url, { method: "POST", headers });
      let continued = false;
      req.on("continue", () => {
        continued = true;
        req.end("x".repeat(length));
      });
      req.flushHeaders();
      const [res] = (await once(req, "response")) as [IncomingMessage];
      const text = (await buffer(res)).toString();
      req.destroy();
      return [continued, res.statusCode, res.headers.connection, text];
    };
    expect(await expecting(signed, 5)).toEqual([true, 200, "keep-alive", "xxxxx"]);
    expect(await expecting(signed, 11)).toEqual([false, 413, "close", expect.any(String)]);
    const strange = signed.replace("Credential=test", "Credential=other");
    expect(await expecting(strange, 5)).toEqual([false, 403, "close", expect.any(String)]);
  });

  test("may come in chunks, and is refused once it has grown too large", async () => {
    const endpoint = await serve({ services: [lambda(bind([{ ...invoke, maxBodyBytes: 10 }], {}))] });
    const url = link(endpoint, "POST", "/2015-03-31/functions/f/invocations");
    const post = async (...chunks: string[]) => {
      const req = httpRequest(url, { method: "POST" });
      for (const chunk of chunks) req.write(chunk);
      req.end();
      const [res] = (await once(req, "response")) as [IncomingMessage];
      return [res.statusCode, (await buffer(res)).toString()];
    };
    expect(await post("12345", "67890")).toEqual([200, "1234567890"]);
    expect(await post("12345", "678901")).toEqual([
      413,
      expect.stringContaining("Request must be smaller than 10 bytes"),
    ]);
  });

  test("that breaks off leaves the server answering others", async () => {
    const endpoint = await serve();
    const url = link(endpoint, "POST", "/2015-03-31/functions/f/invocations");
    const req = httpRequest(url, { method: "POST", headers: { "content-length": "100" } });
    req.on("error", () => undefined);
    req.write("half");
    await once(req, "socket");
    req.destroy();
    expect((await send(endpoint, "GET", "/2015-03-31/functions/f")).status).toBe(200);
  });
});

describe("an answer", () => {
  test("comes for a path with a trailing slash too", async () => {
    const answer = await send(await serve(), "GET", "/2015-03-31/functions/f/");
    expect(await answer.json()).toEqual({ FunctionName: "f" });
  });

  test("may be a stream, whose error breaks the connection off", async () => {
    const endpoint = await serve();
    expect(await (await send(endpoint, "GET", "/stream/well")).text()).toBe("one two");
    const broken = await send(endpoint, "GET", "/stream/badly");
    await expect(broken.text()).rejects.toThrow();
  });

  test("carries the headers that the process gives to all", async () => {
    const endpoint = await serve({ responseHeaders: { "X-Hearth-Driver": "process" } });
    expect((await fetch(endpoint)).headers.get("x-hearth-driver")).toBe("process");
  });

  test("that cannot be written is a ServiceException and not the end of the process", async () => {
    const odd = operation({ ...invoke, handle: async () => new Reply(200, { "X-Odd": "\u0000" }, null) });
    const endpoint = await serve({ services: [lambda(bind([odd], {}))] });
    expect((await send(endpoint, "POST", "/2015-03-31/functions/f/invocations", "1")).status).toBe(500);
  });

  test("with an error that the operation does not declare is logged as a warning, with operation and code", async () => {
    const logged: unknown[] = [];
    const logger = { ...silentLogger, warn: (...said: unknown[]) => void logged.push(said) } as typeof silentLogger;
    const failing = operation({
      ...getFunction,
      errors: [ResourceConflictException],
      handle: async ({ FunctionName }) => {
        if (FunctionName === "declared") throw new ResourceConflictException("x");
        if (FunctionName === "common") throw new ValidationException("x");
        throw new ResourceNotFoundException("x");
      },
    });
    const endpoint = await serve({ services: [lambda(bind([failing], {}))], logger });
    for (const name of ["declared", "common"]) await send(endpoint, "GET", `/2015-03-31/functions/${name}`);
    expect(logged).toEqual([]);
    expect((await send(endpoint, "GET", "/2015-03-31/functions/other")).status).toBe(404);
    expect(logged).toEqual([
      [
        expect.objectContaining({ operation: "GetFunction", code: "ResourceNotFoundException" }),
        "an operation answered with an error that it does not declare",
      ],
    ]);
  });

  test("aborts the signal of an operation whose client disconnected", async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const wait = operation({
      ...invoke,
      handle: async (_input, context) => {
        context.signal.addEventListener("abort", () => aborted.resolve());
        started.resolve();
        await aborted.promise;
        return new Reply(200, {}, null);
      },
    });
    const endpoint = await serve({ services: [lambda(bind([wait], {}))] });
    const req = httpRequest(link(endpoint, "POST", "/2015-03-31/functions/f/invocations"), { method: "POST" });
    req.on("error", () => undefined);
    req.end();
    await started.promise;
    req.destroy();
    await aborted.promise;
  });
});
