import {
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteAliasCommand,
  DeleteFunctionUrlConfigCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signedCall } from "../../support/signedFetch.ts";
import type { UrlCall } from "../../support/urlCall.ts";
import type { LambdaTarget } from "./lambdaTarget.ts";
import { type UrlTarget, urlTarget } from "./urlTarget.ts";

const FORBIDDEN =
  '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}';

let urls: UrlTarget;
let target: LambdaTarget;
let endpoint = "";
beforeAll(async () => {
  urls = await urlTarget();
  ({ lambda: target, endpoint } = urls);
});
afterAll(async () => await urls[Symbol.asyncDispose]());

const { call, eventOf, newUrl, allow }: Pick<UrlTarget, "call" | "eventOf" | "newUrl" | "allow"> = {
  call: (...how) => urls.call(...how),
  eventOf: (...how) => urls.eventOf(...how),
  newUrl: (...wish) => urls.newUrl(...wish),
  allow: (...whom) => urls.allow(...whom),
};

describe("a function URL without authentication", () => {
  let url = "";
  let FunctionName = "";
  beforeAll(async () => {
    ({ url, FunctionName } = await newUrl());
  });
  const value = (body: unknown) =>
    call(url, {
      method: "POST",
      path: "/value",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test("hands the request over in payload format 2.0", async () => {
    const { host, hostname } = new URL(url);
    const answer = await call(url, {
      path: "/a%2Fb/c%20d?x=1&x=2&y=%C3%BC+z&empty&=v",
      headers: {
        "X-Two": ["1", "2"],
        cookie: "k=v; l=w",
        "user-agent": "me/1",
        "x-forwarded-for": "6.6.6.6",
        __proto__x: "1",
      },
    });
    const event = JSON.parse(answer.body) as { requestContext: { time: string; timeEpoch: number; requestId: string } };
    const { requestContext } = event;
    expect(event).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/a%2Fb/c%20d",
      rawQueryString: "x=1&x=2&y=%C3%BC+z&empty&=v",
      cookies: ["k=v", "l=w"],
      headers: {
        host,
        "x-two": "1,2",
        "user-agent": "me/1",
        __proto__x: "1",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": new URL(endpoint).port,
        "x-forwarded-proto": "http",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};/),
      },
      queryStringParameters: { x: "1,2", y: "ü z", empty: "", "": "v" },
      requestContext: {
        accountId: "anonymous",
        apiId: hostname.split(".")[0],
        domainName: hostname,
        domainPrefix: hostname.split(".")[0],
        http: { method: "GET", path: "/a%2Fb/c%20d", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "me/1" },
        requestId: answer.headers["x-amzn-requestid"],
        routeKey: "$default",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    });
    expect(Math.abs(requestContext.timeEpoch - Date.now())).toBeLessThan(60_000);
  });

  test("hands text over as text, and everything else in base64", async () => {
    const post = (body: string | Uint8Array, headers: UrlCall["headers"] = {}) =>
      eventOf(url, { method: "POST", body, headers });
    const textual = ["application/json", "text/plain; charset=utf-8", "application/xml", "application/javascript"];
    for (const type of textual) {
      expect(await post("grüß", { "content-type": type })).toMatchObject({ body: "grüß", isBase64Encoded: false });
    }
    const encoded = { body: Buffer.from("a=b").toString("base64"), isBase64Encoded: true };
    expect(await post("a=b", { "content-type": "application/x-www-form-urlencoded" })).toMatchObject(encoded);
    expect(await post("a=b")).toMatchObject(encoded);
    expect(await post("a=b", { "content-type": "text/plain", "content-encoding": "gzip" })).toMatchObject(encoded);
    const bytes = new Uint8Array([0xff, 0x00]);
    expect(await post(bytes, { "content-type": "text/plain" })).toMatchObject({ body: "/wA=", isBase64Encoded: true });
    const chunked = await post("chunks", { "content-type": "text/plain", "transfer-encoding": "chunked" });
    expect(chunked).toMatchObject({ body: "chunks" });
    expect(chunked["headers"]).not.toHaveProperty("transfer-encoding");
  });

  test("infers the answer from what the function returns", async () => {
    const json = { "content-type": "application/json" };
    expect(await value("text")).toMatchObject({ status: 200, headers: json, body: "text" });
    for (const it of [17, true, [1, 2], { a: 1 }]) {
      expect(await value(it)).toMatchObject({ status: 200, headers: json, body: JSON.stringify(it) });
    }
    expect(await value({ statusCode: 200, body: "abc" })).toMatchObject({ status: 200, headers: json, body: "abc" });
    const whole = await value({
      statusCode: 418,
      headers: {
        "Content-Type": "text/plain",
        "X-Own": "1",
        Date: "never",
        Connection: "close",
        "content-length": "99",
      },
      cookies: ["a=1; Path=/", "b=2"],
      body: Buffer.from("tea").toString("base64"),
      isBase64Encoded: true,
    });
    expect(whole).toMatchObject({ status: 418, body: "tea" });
    expect(whole.headers).toMatchObject({
      "content-type": "text/plain",
      "content-length": "3",
      "x-own": "1",
      "set-cookie": ["a=1; Path=/", "b=2"],
      "x-amzn-remapped-date": "never",
      "x-amzn-remapped-connection": "close",
      "x-amzn-remapped-content-length": "99",
    });
    expect(await value({ statusCode: 204, body: "dropped" })).toMatchObject({ status: 204, body: "" });
  });

  test("answers 502 when the function fails or what it returns cannot be sent", async () => {
    const failed = { status: 502, headers: { "content-type": "application/json" }, body: "Internal Server Error" };
    expect(await call(url, { path: "/throw" })).toMatchObject(failed);
    for (const statusCode of [0, 101, 700, "x", {}]) expect(await value({ statusCode })).toMatchObject(failed);
    for (const headers of [{ "a b": "1" }, { a: "1\r\nset-cookie: x=1" }, { a: { b: 1 } }, "x"]) {
      expect(await value({ statusCode: 200, headers })).toMatchObject(failed);
    }
    expect(await value({ statusCode: 200, cookies: "a=1" })).toMatchObject(failed);
  });

  test("has the function's request id, and the function sees which URL it was", async () => {
    const { headers, body } = await call(url, { path: "/id" });
    expect(body).toBe(`${String(headers["x-amzn-requestid"])} ${target.arn(FunctionName)}`);
  });

  test("takes every method of HTTP that AWS lists, and no other", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      expect(await eventOf(url, { method }), method).toMatchObject({ requestContext: { http: { method } } });
    }
    const head = await call(url, { method: "HEAD", path: "/" });
    expect(head).toMatchObject({ status: 200, body: "" });
    expect(Number(head.headers["content-length"])).toBeGreaterThan(100);
    expect((await call(url, { method: "TRACE" })).status).toBe(405);
  });

  test("refuses a body that is too long, before and after it is encoded", async () => {
    const post = (bytes: number) => call(url, { method: "POST", body: Buffer.alloc(bytes, "x") });
    const tooLarge = { status: 413, headers: { "x-amzn-errortype": expect.stringMatching(/TooLarge/) } };
    expect(await post(6_300_000)).toMatchObject(tooLarge);
    expect(await post(5_000_000)).toMatchObject(tooLarge);
  });

  test("answers by the path form too, in a sandbox and without cookies", async () => {
    const [id = ""] = new URL(url).hostname.split(".");
    const { host } = new URL(endpoint);
    const there = `${endpoint}/_hearth/url/${id}`;
    const event = await eventOf(`${there}/a/../b?x=1`, {
      path: `/_hearth/url/${id}/a/../b?x=1`,
      headers: { cookie: "console=secret" },
    });
    expect(event).toMatchObject({ rawPath: "/a/../b", rawQueryString: "x=1", headers: { host } });
    expect(event).not.toHaveProperty("cookies");
    expect(event["headers"]).not.toHaveProperty("cookie");
    const set = await call(there, {
      method: "POST",
      path: `/_hearth/url/${id}/value`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        statusCode: 200,
        cookies: ["a=1"],
        headers: { "content-security-policy": "default-src *" },
        body: "x",
      }),
    });
    expect(set.headers).toMatchObject({ "content-security-policy": "sandbox" });
    expect(set.headers).not.toHaveProperty("set-cookie");
    expect(await eventOf(there, {})).toMatchObject({ rawPath: "/" });
  });
});

describe("who may call", () => {
  test("callers need both permissions, and lose access when one is removed", async () => {
    const { FunctionName, url } = await newUrl();
    expect((await call(url)).status).toBe(200);
    for (const StatementId of ["url", "invoke"]) {
      await target.client.send(new RemovePermissionCommand({ FunctionName, StatementId }));
      const refused = await call(url);
      expect(refused).toMatchObject({ status: 403, body: FORBIDDEN });
      expect(refused.headers).toMatchObject({
        "x-amzn-errortype": "AccessDeniedException",
        "content-type": "application/json",
      });
      await target.client
        .send(new RemovePermissionCommand({ FunctionName, StatementId: "none" }))
        .catch(() => undefined);
      if (StatementId === "url") {
        await target.client.send(new RemovePermissionCommand({ FunctionName, StatementId: "invoke" }));
        await allow(FunctionName);
        expect((await call(url)).status).toBe(200);
      }
    }
  });

  test("an id that no URL has gets AWS's 403, and so does a URL that was deleted", async () => {
    const unknown = { status: 403, body: '{"Message":null}', headers: { "x-amzn-errortype": "AccessDeniedException" } };
    expect(await call(`http://${"0".repeat(32)}.lambda-url.us-east-1.localhost/`)).toMatchObject(unknown);
    const { FunctionName, url } = await newUrl();
    expect(await call(url.replace("us-east-1", "eu-west-1"))).toMatchObject(unknown);
    expect((await call(url)).status).toBe(200);
    await target.client.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    expect(await call(url)).toMatchObject(unknown);
  });

  test("a URL with AWS_IAM takes signed requests alone, and tells the function who signed", async () => {
    const { FunctionName, url } = await newUrl({ AuthType: "AWS_IAM" });
    expect(await call(url)).toMatchObject({ status: 403, body: FORBIDDEN });
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const { port } = new URL(endpoint);
    const { hostname } = new URL(url);
    const [id] = hostname.split(".");
    const byPath = { endpoint, region: "us-east-1", credentials };
    const what = {
      method: "POST",
      path: ["_hearth", "url", String(id), "x"],
      query: [["q", "1"]],
      headers: {},
      body: Buffer.from("{}"),
    } as const;
    const answer = await signedCall(byPath, what);
    expect(answer.status).toBe(200);
    const event = JSON.parse(answer.body.toString()) as { headers: object };
    expect(event).toMatchObject({
      body: "{}",
      requestContext: {
        accountId: target.accountId,
        authorizer: {
          iam: { accessKey: "test", accountId: target.accountId, userArn: `arn:aws:iam::${target.accountId}:root` },
        },
        domainName: `${id}.lambda-url.us-east-1.localhost`,
      },
    });
    expect(event.headers).not.toHaveProperty("authorization");
    const options = { region: "us-east-1", service: "lambda", expiresSeconds: 300, now: Date.now() };
    const link = presignUrl(endpoint, `/_hearth/url/${id}/x`, { q: "1" }, credentials, options);
    const linked = (await (await fetch(link)).json()) as object;
    expect(linked).toMatchObject({ rawQueryString: "q=1", queryStringParameters: { q: "1" } });
    const wrong = await signedCall({ ...byPath, credentials: { ...credentials, secretAccessKey: "other" } }, what);
    expect([wrong.status, wrong.headers["x-amzn-errortype"]]).toEqual([403, "InvalidSignatureException"]);
    const otherService = await signedCall(byPath, { ...what, service: "execute-api" });
    expect(otherService.status).toBe(403);
    expect(port).not.toBe("");
    await target.client.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }));
    expect(await call(url)).toMatchObject({ status: 403, body: FORBIDDEN });
  });

  test("the URL of an alias runs its version, and is gone with the alias", async () => {
    const { FunctionName } = await target.newFunction({ Code: { ZipFile: urls.ZipFile } });
    await target.client.send(new PublishVersionCommand({ FunctionName }));
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const { FunctionUrl = "" } = await target.client.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", Qualifier: "live" }),
    );
    expect((await call(FunctionUrl)).status).toBe(403);
    await allow(FunctionName, "live");
    expect((await call(FunctionUrl, { path: "/id" })).body).toContain(target.arn(FunctionName, "live"));
    await target.client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
    expect((await call(FunctionUrl)).status).toBe(403);
  });

  test("callers beyond the function's concurrency get 429", async () => {
    const { FunctionName, url } = await newUrl();
    await target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    const throttled = await call(url);
    expect([throttled.status, throttled.headers["x-amzn-errortype"]]).toEqual([429, "TooManyRequestsException"]);
  });
});

test("a function that times out is answered as one that fails", async () => {
  const { url } = await newUrl({}, { Timeout: 1 });
  expect(await call(url, { path: "/slow" })).toMatchObject({ status: 502, body: "Internal Server Error" });
});
