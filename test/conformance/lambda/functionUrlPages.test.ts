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
