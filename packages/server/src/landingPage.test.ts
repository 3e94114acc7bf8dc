import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "./config.ts";
import { FrontDoor } from "./frontDoor.ts";
import { LandingPage } from "./landingPage.ts";
import { knownHosts } from "./pageGuardOf.ts";
import { testDoor } from "./testing/testDoor.ts";

const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/** The front door with the page, in front of an endpoint that answers "aws". */
async function open(usesDefaultKey = true): Promise<(headers: OutgoingHttpHeaders, path?: string) => Promise<Answer>> {
  const hosts = knownHosts(readConfig({ HEARTH_HOSTS: ".example.org" }, "/"));
  const door = new FrontDoor({
    aws: (_request, response) => void response.end("aws"),
    hosts: [],
    landingPage: new LandingPage({ version: "1.2.3", region: "eu-west-1", usesDefaultKey, hosts }),
    notReady: () => undefined,
    problems: () => [],
    ...testDoor(),
  });
  onTestFinished(() => door[Symbol.asyncDispose]());
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  return async (headers, path = "/") => {
    const request = httpRequest({ host: "127.0.0.1", port, path, headers, agent: false }).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

test("a browser gets a page that says what this is and how to use it, under a policy without scripts", async () => {
  const get = await open();
  const { status, headers, body } = await get({ Accept: HTML, Host: "localhost:4566", "Sec-Fetch-Site": "cross-site" });
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[^ ]+'; base-uri 'none'/);
  expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(headers["access-control-allow-origin"]).toBeUndefined();
  expect(body).toContain("version 1.2.3");
  expect(body).toContain("AWS_ENDPOINT_URL=http://localhost:4566 AWS_REGION=eu-west-1");
  expect(body).toContain('href="/readyz"');
  expect(body).not.toMatch(/<script|https?:\/\/(?!localhost)/);
});

test("curl gets the same as plain text", async () => {
  const get = await open();
  const { status, headers, body } = await get({ Accept: "*/*", "User-Agent": "curl/8.5.0" });
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(body).toMatch(/^Hearth 1\.2\.3: AWS Lambda on your own hardware/);
});

test("AWS's clients never get it: signed requests, other paths, other clients", async () => {
  const get = await open();
  const signed = { Accept: HTML, Authorization: "AWS4-HMAC-SHA256 Credential=x" };
  expect((await get(signed)).body).toBe("aws");
  expect((await get({ Accept: HTML }, "/?X-Amz-Signature=x")).body).toBe("aws");
  expect((await get({ Accept: HTML }, "/2015-03-31/functions")).body).toBe("aws");
  expect((await get({ Accept: "*/*", "User-Agent": "aws-sdk-js/3" })).body).toBe("aws");
});

test("only under names of this Hearth and addresses; nothing of a name gets into the page as mark-up or commands", async () => {
  const get = await open();
  for (const Host of ["127.0.0.1:4566", "[::1]:4566", "192.0.2.7", "a.example.org"]) {
    expect((await get({ Accept: HTML, Host })).status, Host).toBe(200);
  }
  const stranger = await get({ Accept: HTML, Host: "rebound.attacker.test" });
  expect(stranger.status).toBe(403);
  expect(stranger.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(stranger.body).toContain("HEARTH_HOSTS");
  const odd = await get({ Accept: HTML, Host: `"><b>;$(id)\`id\`.example.org` });
  expect(odd.body).toContain("http://bidid.example.org ");
  expect(odd.body).not.toContain("<b>");
});

test("a key of the owner's own is not shown", async () => {
  const get = await open(false);
  expect((await get({ Accept: HTML })).body).toContain("AWS_ACCESS_KEY_ID=&lt;your key&gt;");
});
