import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type UrlTarget, urlTarget } from "./urlTarget.ts";

let urls: UrlTarget;
beforeAll(async () => {
  urls = await urlTarget();
});
afterAll(async () => await urls[Symbol.asyncDispose]());

const { call, eventOf, newUrl }: Pick<UrlTarget, "call" | "eventOf" | "newUrl"> = {
  call: (...how) => urls.call(...how),
  eventOf: (...how) => urls.eventOf(...how),
  newUrl: (...wish) => urls.newUrl(...wish),
};

describe("CORS", () => {
  const Cors = {
    AllowOrigins: ["https://a.example"],
    AllowMethods: ["GET", "POST"],
    AllowHeaders: ["X-Own"],
    ExposeHeaders: ["x-seen"],
    MaxAge: 60,
    AllowCredentials: true,
  };

  test("is answered by the platform where the URL has rules", async () => {
    const { url } = await newUrl({ Cors });
    const ask = { "access-control-request-method": "POST" };
    const preflight = await call(url, { method: "OPTIONS", headers: { ...ask, origin: "https://a.example" } });
    expect(preflight).toMatchObject({ status: 200, body: "" });
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "x-own",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "60",
      vary: "Origin",
    });
    const other = await call(url, { method: "OPTIONS", headers: { ...ask, origin: "https://b.example" } });
    expect(other.headers).not.toHaveProperty("access-control-allow-origin");
    const answered = await call(url, { headers: { origin: "https://a.example" } });
    expect(answered.headers).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      "access-control-expose-headers": "x-seen",
    });
    const failed = await call(url, { path: "/throw", headers: { origin: "https://a.example" } });
    expect([failed.status, failed.headers["access-control-allow-origin"]]).toEqual([502, "https://a.example"]);
    expect((await call(url, { headers: { origin: "https://b.example" } })).headers).not.toHaveProperty(
      "access-control-allow-origin",
    );
  });

  test("is the function's own affair without rules", async () => {
    const { url } = await newUrl();
    const headers = { origin: "https://a.example", "access-control-request-method": "POST" };
    expect(await eventOf(url, { method: "OPTIONS", headers })).toMatchObject({
      requestContext: { http: { method: "OPTIONS" } },
    });
  });
});

describe("a URL that streams", () => {
  let url = "";
  beforeAll(async () => {
    ({ url } = await newUrl({ InvokeMode: "RESPONSE_STREAM" }, { Handler: "index.streaming" }));
  });

  test("sends status, headers and cookies of the prelude, and the body behind it", async () => {
    const { status, headers, body } = await call(url);
    expect([status, body.length, body.slice(0, 5)]).toEqual([201, 100_003, "<p>xx"]);
    expect(headers).toMatchObject({ "x-own": "yes", "content-type": "text/html", "set-cookie": ["a=1", "b=2"] });
    expect(headers["transfer-encoding"]).toBe("chunked");
    expect(await call(url, { path: "/plain" })).toMatchObject({
      status: 200,
      body: "onetwo",
      headers: { "content-type": "text/plain" },
    });
  });

  test("answers 502 when the function fails before it answers, and breaks off when it fails later", async () => {
    expect(await call(url, { path: "/throw" })).toMatchObject({ status: 502, body: "Internal Server Error" });
    await expect(call(url, { path: "/break" })).rejects.toThrow(/aborted|hang up/);
  });
});

/** Functions of the process driver share the ports of this machine. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("a web server of any framework runs behind a URL with the adapter of the examples", async () => {
  const folder = join(import.meta.dirname, "../../../examples/web-server");
  const files = ["adapter.mjs", "server.mjs"].map((name) => [name, readFileSync(join(folder, name), "utf8")]);
  const ZipFile = await zipOf(Object.fromEntries(files) as Record<string, string>);
  for (const [Handler, InvokeMode] of [
    ["adapter.handler", "BUFFERED"],
    ["adapter.streaming", "RESPONSE_STREAM"],
  ] as const) {
    const Environment = { Variables: { PORT: String(await freePort()) } };
    const { url } = await urls.newUrl({ InvokeMode }, { Handler, Code: { ZipFile }, Environment });
    for (const body of ["one <", "two"]) {
      const answer = await call(url, {
        method: "PUT",
        path: "/a/b?c=d",
        body,
        headers: { "content-type": "text/plain" },
      });
      expect(answer).toMatchObject({
        status: 200,
        body: `<h1>PUT /a/b</h1><pre>${body.replace("<", "&lt;")}</pre>`,
        headers: { "content-type": "text/html; charset=utf-8", "set-cookie": ["seen=1; Path=/", "last=now; Path=/"] },
      });
    }
  }
});
