import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type ApiStage, type ApiRoute, RouteTable } from "@hearth/apis";
import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import { AccountQuotas } from "@hearth/wire";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TrustedProxies } from "./clientAddress.ts";
import { Gateway } from "./gateway.ts";
import { GatewayMetrics } from "./gatewayMetrics.ts";
import type { FunctionCall } from "./http/functionCaller.ts";
import { type HttpApiDeps, HttpApiEndpoint } from "./http/httpApiEndpoint.ts";
import { Throttle } from "./http/throttle.ts";

const HOST = "Host: abc.execute-api.us-east-1.localhost";
const ROUTES = ["GET /pets/{id}", "POST /files/{path+}", "ANY /open", "DELETE /a/b"];
const MATCHES: Readonly<Record<string, RegExp>> = {
  "GET /pets/{id}": /^\/pets\/[^/]+$/s,
  "POST /files/{path+}": /^\/files\/(?:[^/]|\/.).*$/s,
  "ANY /open": /^\/open$/,
  "DELETE /a/b": /^\/a\/b$/,
};

interface Event {
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly requestContext: { readonly http: { readonly method: string; readonly path: string } };
}

const calls: Event[] = [];
let server: Server;

/** The function answers with nothing; what it got is kept. */
function endpoint(): HttpApiEndpoint {
  const clock = new ManualClock();
  const routes = ROUTES.map((routeKey): [string, ApiRoute] => [
    routeKey,
    { routeId: routeKey, routeKey, target: "integrations/i" },
  ]);
  const integration = {
    integrationId: "i",
    integrationType: "AWS_PROXY",
    integrationUri: "arn",
    payloadFormatVersion: "2.0",
  } as const;
  const stage: ApiStage = {
    ...{ stageName: "$default", stageVariables: {}, routeSettings: {}, plans: new Map() },
    contents: {
      ...{ api: {}, routes: new RouteTable(routes), routesByKey: new Map(routes), authorizers: new Map() },
      ...{ integrations: new Map([["i", integration]]), routeResponses: new Map() },
      ...{ integrationResponses: new Map(), models: {} },
    },
  };
  const caller = {
    call: ({ payload }: FunctionCall) => {
      calls.push(JSON.parse(Buffer.from(payload).toString()) as Event);
      return Promise.resolve({ outcome: { kind: "success", payload: Buffer.from('{"statusCode":204}') } });
    },
  };
  const unlimited = { requestsPerSecond: 1e9, invocationsPerSecond: 1e9, connections: 1e6 };
  const quotas = new AccountQuotas({ clock, ...unlimited, onRefused: () => undefined });
  const api = { apiId: "abc", accountId: "000000000000", region: "us-east-1" };
  const metrics = { add: () => undefined };
  const served = { api, stage, throttle: new Throttle(stage, clock), metrics, prefix: "" };
  return new HttpApiEndpoint(served as never, { caller, quotas, clock } as unknown as HttpApiDeps);
}

beforeAll(async () => {
  const api = endpoint();
  const gateway = new Gateway({
    kinds: [{ forms: ["api"], find: () => api }],
    trustedProxies: new TrustedProxies([]),
    maxHeldBytes: 10_000_000,
    metrics: new GatewayMetrics(new Registry()),
    ...{ clock: new ManualClock(), random: systemRandom, logger: silentLogger },
  });
  server = createServer((request, response) => {
    const address = gateway.addressOf(request);
    if (address) void gateway.handle(request, response, address);
    else response.writeHead(418).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** All that comes back for these bytes, and what functions got meanwhile. */
async function send(bytes: string): Promise<{ readonly answer: string; readonly events: readonly Event[] }> {
  calls.length = 0;
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (answer += chunk));
  socket.on("error", () => undefined);
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return { answer, events: [...calls] };
}

const piece = fc.constantFrom(
  ...["pets", "files", "open", "a", "b", "/", "//", ".", "..", "%2e%2e", "%2E%2e", "%2f", "%5c", "\\", "%00", "%"],
  ...[
    "%zz",
    "%C3%28",
    "%c0%ae",
    ";",
    "#",
    "@",
    ":",
    "*",
    "{id}",
    "$default",
    "\u00e9",
    "\u00ff",
    "~",
    "'",
    '"',
    "<",
    "|",
  ],
  ...["?", "?a=1&a=2", "&__proto__=1", "=", "+", "http://evil.example/", "x".repeat(300)],
);
const target = fc.tuple(fc.constantFrom("/", "/pets/", "/files/", "/open", ""), fc.array(piece, { maxLength: 4 }));
const headerLine = fc.constantFrom(
  ...[
    "X-A: 1",
    "x-a: 2",
    "__proto__: 1",
    "constructor: x",
    "Cookie: a=1; b=2;;=;",
    "Cookie: c",
    "Content-Type: text/\u00e9",
  ],
  ...["X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6", "x-amzn-trace-id: Root=evil", "X-Original-URL: /open"],
  ...["X-Rewrite-URL: /a/b", "X-HTTP-Method-Override: DELETE", "Authorization: Bearer \u00ff", "Origin: null"],
);

test("whatever path, query and headers a client sends: one answer, and a function only by a route that matches the path as it was sent", async () => {
  let reached = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "PROPFIND"),
      target,
      fc.array(headerLine, { maxLength: 4 }),
      async (method, [start, rest], lines) => {
        const url = `${start}${rest.join("")}`;
        const head = [`${method} ${url} HTTP/1.1`, HOST, ...lines, "Content-Length: 0", "Connection: close", "", ""];
        const { answer, events } = await send(head.join("\r\n"));
        expect(answer).toMatch(/^HTTP\/1\.1 (?:204|4\d\d) /);
        expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
        expect(events.length).toBe(answer.startsWith("HTTP/1.1 204") ? 1 : 0);
        const [event] = events;
        if (!event) return;
        reached++;
        expect(MATCHES[event.routeKey]?.test(event.rawPath), `${event.routeKey} for ${event.rawPath}`).toBe(true);
        expect(event.requestContext.http).toMatchObject({ method, path: event.rawPath });
        const asSent = Buffer.from(`${event.rawPath}${event.rawQueryString && `?${event.rawQueryString}`}`, "utf8");
        expect(Buffer.from(url, "latin1").toString("latin1")).toContain(asSent.toString().replace(/\?$/, ""));
        expect(event.headers["x-forwarded-for"]).toBe("127.0.0.1");
      },
    ),
    { seed: 20_261_129, numRuns: 600 },
  );
  expect(reached).toBeGreaterThan(30);
});

test("no request within the body or the chunks of another one reaches a function", async () => {
  const hidden = `DELETE /a/b HTTP/1.1\r\n${HOST}\r\n\r\n`;
  const of = (...lines: string[]): string => ["POST /open HTTP/1.1", HOST, ...lines, "", ""].join("\r\n");
  const length = `Content-Length: ${hidden.length}`;
  const chunked = "Transfer-Encoding: chunked";
  const refused = [
    of(length, chunked) + `0\r\n\r\n${hidden}`,
    of(chunked, length) + `0\r\n\r\n${hidden}`,
    of("Content-Length: 0", length) + hidden,
    of(length, length) + hidden,
    of(`Content-Length: 0, ${hidden.length}`) + hidden,
    of(`Content-Length: +${hidden.length}`) + hidden,
    of("Content-Length: 0x10") + hidden,
    of("Content-Length: -1") + hidden,
    of("Transfer-Encoding: xchunked", length) + hidden,
    of("Transfer-Encoding: chunked, identity") + `0\r\n\r\n${hidden}`,
    of("Transfer-Encoding: identity", chunked) + `0\r\n\r\n${hidden}`,
    of("Transfer-Encoding : chunked") + `0\r\n\r\n${hidden}`,
    of("Transfer-Encoding:\u000bchunked") + `0\r\n\r\n${hidden}`,
    of("X: 1\r\n Transfer-Encoding: chunked", length) + hidden,
    of(chunked) + `0;\n\r\n\r\n${hidden}`,
    of(chunked) + `ffffffffffffffff0\r\n${hidden}`,
    of(chunked) + `-1\r\n${hidden}`,
    of(chunked) + `1\r\nab\r\n0\r\n\r\n${hidden}`,
    of(chunked) + `1\na\n0\n\n${hidden}`,
    of(chunked) + `0\r\n X: folded\r\n\r\n${hidden}`,
    of("X: a\nTransfer-Encoding: chunked") + `0\r\n\r\n${hidden}`,
    of("X: a\rTransfer-Encoding: chunked") + `0\r\n\r\n${hidden}`,
    of("X: a\u0000b", length) + hidden,
    `POST /open HTTP/1.1\r\nHost: abc.execute-api.us-east-1.localhost, evil\r\nHost: evil\r\nConnection: close\r\n\r\n`,
    `POST /open HTTP/1.1\r\n\r\n`,
    `POST /open HTTP/9.9\r\n${HOST}\r\n\r\n`,
  ];
  for (const bytes of refused) {
    const { answer, events } = await send(bytes);
    expect(answer, bytes).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.match(/HTTP\/1\.1 /g), bytes).toHaveLength(1);
    expect(events, bytes).toEqual([]);
  }
  // Extensions of chunks are legal: they belong to nothing, and the bytes after the last chunk are the next request.
  const extended = of(chunked, "Connection: close") + `3;a=b;c="d"\r\nabc\r\n0;x\r\n\r\n${hidden}`;
  const { answer, events } = await send(extended);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(events.map(({ routeKey }) => routeKey)).toEqual(["ANY /open"]);
});

test("more header lines than the server keeps hide nothing, and their connection ends", async () => {
  const hidden = `DELETE /a/b HTTP/1.1\r\n${HOST}\r\n\r\n`;
  const of = (lines: number): string =>
    [`POST /open HTTP/1.1`, HOST, ...Array.from({ length: lines }, () => "a:"), "", ""].join("\r\n");
  const chunked = (lines: number): string =>
    of(lines).replace(/\r\n\r\n$/, "\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const bytes of [of(1_500), of(2_500), chunked(2_100) + `0\r\n\r\n${hidden}`]) {
    const { answer, events } = await send(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(events).toEqual([]);
  }
  const { events } = await send(of(500).replace(HOST, `${HOST}\r\nConnection: close`));
  expect(events).toHaveLength(1);
});
