import type { OutgoingMessage } from "@hearth/model";
import { OutsideServer } from "@hearth/testkit";
import { beforeEach, expect, test } from "vitest";
import { apiDestination } from "./apiDestination.ts";
import type { OpenApiDestination, OpenConnection, TargetHttpParameters } from "./apiDestinationTypes.ts";
import { ConnectionTokens } from "./connectionTokens.ts";
import { ACCOUNT, messageTo, outsideParts, signal } from "./testing/outsideParts.ts";

const ARN = `arn:aws:events:us-east-1:${ACCOUNT}:api-destination/hook/1`;
const BASIC: OpenConnection = {
  ConnectionArn: `arn:aws:events:us-east-1:${ACCOUNT}:connection/c/1`,
  version: "1",
  AuthorizationType: "BASIC",
  AuthParameters: { BasicAuthParameters: { Username: "ann", Password: "secret" } },
};
let server: OutsideServer;

beforeEach(async () => {
  server = await OutsideServer.open();
  return async () => await server[Symbol.asyncDispose]();
});

function destination(more: Partial<OpenApiDestination> = {}): OpenApiDestination {
  return {
    ApiDestinationArn: ARN,
    InvocationEndpoint: `${server.url}/hook`,
    HttpMethod: "POST",
    InvocationRateLimitPerSecond: 300,
    connection: BASIC,
    ...more,
  };
}

function kindFor(found: OpenApiDestination | undefined, parts = outsideParts()) {
  const tokens = new ConnectionTokens(parts);
  return { ...parts, kind: apiDestination({ ...parts, tokens, find: async () => found }) };
}

function event(HttpParameters: TargetHttpParameters = {}, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return messageTo(ARN, { parameters: { HttpParameters }, ...more });
}

test("an event is posted with AWS's headers and basic authorization", async () => {
  const { kind, taken } = kindFor(destination());
  await kind.attempt(event(), signal);
  expect(server.received).toMatchObject([{ method: "POST", url: "/hook", body: '{"a":1}' }]);
  expect(server.received[0]?.headers).toEqual({
    "content-type": "application/json; charset=utf-8",
    authorization: `Basic ${Buffer.from("ann:secret").toString("base64")}`,
    "user-agent": "Amazon/EventBridge/ApiDestinations",
    range: "bytes=0-1048575",
    host: `127.0.0.1:${server.port}`,
    "content-length": "7",
    connection: "close",
  });
  expect(taken).toEqual([{ key: ARN, perSecond: 300 }]);
});

test("parameters of the target and of the connection come together, and the connection's win", async () => {
  const connection: OpenConnection = {
    ...BASIC,
    AuthorizationType: "API_KEY",
    AuthParameters: {
      ApiKeyAuthParameters: { ApiKeyName: "X-Api-Key", ApiKeyValue: "k1" },
      InvocationHttpParameters: {
        HeaderParameters: [
          { Key: "x-both", Value: "connection" },
          { Key: "Host", Value: "evil" },
        ],
        QueryStringParameters: [{ Key: "both", Value: "connection" }],
        BodyParameters: [
          { Key: "extra", Value: "1" },
          { Key: "a", Value: "2" },
        ],
      },
    },
  };
  const InvocationEndpoint = `${server.url}/*/items/*?fixed=1`;
  const { kind } = kindFor(destination({ connection, InvocationEndpoint, HttpMethod: "PUT" }));
  const target = {
    PathParameterValues: ["a/b", "ü c"],
    HeaderParameters: {
      "X-Both": "target",
      "X-Target": "t",
      "Content-Type": "application/cloudevents+json",
      Range: "bytes=0-1",
    },
    QueryStringParameters: { both: "target", "q&": "v=" },
  };
  await kind.attempt(event(target), signal);
  const [received] = server.received;
  expect(received).toMatchObject({ method: "PUT", url: "/a%2Fb/items/%C3%BC%20c?fixed=1&both=connection&q%26=v%3D" });
  expect(JSON.parse(received?.body ?? "")).toEqual({ a: "2", extra: "1" });
  expect(received?.headers).toMatchObject({
    "x-both": "connection",
    "x-target": "t",
    "x-api-key": "k1",
    "content-type": "application/cloudevents+json",
    range: "bytes=0-1048575",
    host: `127.0.0.1:${server.port}`,
  });
});

test("bodies that are no JSON objects stay as they are, and GET has none", async () => {
  const AuthParameters = {
    ...BASIC.AuthParameters,
    InvocationHttpParameters: { BodyParameters: [{ Key: "a", Value: "1" }] },
  };
  const connection = { ...BASIC, AuthParameters };
  await kindFor(destination({ connection })).kind.attempt(event({}, { body: Buffer.from('"text"') }), signal);
  await kindFor(destination({ connection, HttpMethod: "GET" })).kind.attempt(event(), signal);
  expect(server.received.map(({ method, body }) => `${method} ${body}`)).toEqual(['POST "text"', "GET "]);
});

test.each([{ PathParameterValues: [".."] }, { PathParameterValues: ["."] }, { PathParameterValues: [] }])(
  "values from events do not change the path (%#)",
  async (target) => {
    const { kind } = kindFor(destination({ InvocationEndpoint: `${server.url}/public/*/x` }));
    const attempt = kind.attempt(event(target), signal);
    await expect(attempt).rejects.toMatchObject({ name: "DeliveryRefused", code: "INVALID_PARAMETER" });
    expect(server.received).toHaveLength(0);
  },
);

test("values from events add no headers", async () => {
  const attempt = kindFor(destination()).kind.attempt(event({ HeaderParameters: { "X-A": "1\r\nX-B: 2" } }), signal);
  await expect(attempt).rejects.toMatchObject({ name: "DeliveryRefused" });
});

test("a destination that does not exist is final", async () => {
  await expect(kindFor(undefined).kind.attempt(event(), signal)).rejects.toMatchObject({ code: "NO_RESOURCE" });
});

test.each([300, 400, 403, 404, 422])("status %d is final", async (status) => {
  server.answer = { status };
  await expect(kindFor(destination()).kind.attempt(event(), signal)).rejects.toMatchObject({ name: "DeliveryRefused" });
});

test.each([401, 407, 409, 429, 500, 503])("status %d is tried again", async (status) => {
  server.answer = { status };
  await expect(kindFor(destination()).kind.attempt(event(), signal)).rejects.toMatchObject({ name: "Error" });
});

test("Retry-After is honoured, as seconds and as a date; a negative one is final", async () => {
  const { kind, clock } = kindFor(destination());
  server.next.push({ status: 429, headers: { "retry-after": "120" } });
  await expect(kind.attempt(event(), signal)).rejects.toMatchObject({
    name: "DeliveryDelayed",
    atLeastMs: 120_000,
    isAttempt: true,
  });
  const date = new Date(clock.now() + 60_000).toUTCString();
  server.next.push({ status: 503, headers: { "retry-after": date } });
  await expect(kind.attempt(event(), signal)).rejects.toMatchObject({ name: "DeliveryDelayed", atLeastMs: 60_000 });
  server.next.push({ status: 503, headers: { "retry-after": "-1" } });
  await expect(kind.attempt(event(), signal)).rejects.toMatchObject({ name: "DeliveryRefused" });
  server.next.push({ status: 503, headers: { "retry-after": "soon" } });
  await expect(kind.attempt(event(), signal)).rejects.toMatchObject({ name: "Error" });
});

function oauth(more: Partial<OpenConnection> = {}): OpenConnection {
  return {
    ...BASIC,
    AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
    AuthParameters: {
      OAuthParameters: {
        ClientParameters: { ClientID: "id", ClientSecret: "s&cret" },
        AuthorizationEndpoint: `${server.url}/token`,
        HttpMethod: "POST",
        OAuthHttpParameters: {
          BodyParameters: [{ Key: "audience", Value: "api" }],
          HeaderParameters: [{ Key: "X-O", Value: "1" }],
        },
      },
    },
    ...more,
  };
}

function tokenServer(lifetimeS: number | undefined): void {
  let tokens = 0;
  server.answer = ({ url }, response) => {
    if (!url.startsWith("/token")) response.writeHead(200).end();
    else response.writeHead(200).end(JSON.stringify({ access_token: `t${++tokens}`, expires_in: lifetimeS }));
  };
}

const authorizations = (): (string | undefined)[] =>
  server.received.filter(({ url }) => url === "/hook").map(({ headers }) => headers.authorization);
const tokenRequests = (): number => server.received.filter(({ url }) => url.startsWith("/token")).length;

test("one OAuth token serves many events, and is renewed before it expires", async () => {
  const { kind, clock } = kindFor(destination({ connection: oauth() }));
  tokenServer(600);
  await Promise.all([kind.attempt(event(), signal), kind.attempt(event(), signal), kind.attempt(event(), signal)]);
  expect(tokenRequests()).toBe(1);
  const [request] = server.received.filter(({ url }) => url === "/token");
  expect(request).toMatchObject({
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", "x-o": "1" },
  });
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    grant_type: "client_credentials",
    client_id: "id",
    client_secret: "s&cret",
    audience: "api",
  });
  await clock.advance(550_000);
  await kind.attempt(event(), signal);
  expect(authorizations()).toEqual(["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]);
});

test.each([401, 407])("status %d leads to a new token for the next attempt", async (status) => {
  const { kind } = kindFor(destination({ connection: oauth() }));
  const token = (value: string) => ({ status: 200, body: JSON.stringify({ access_token: value }) });
  server.next.push(token("old"), { status }, token("new"));
  await expect(kind.attempt(event(), signal)).rejects.toMatchObject({ name: "Error" });
  await kind.attempt(event(), signal);
  expect(authorizations()).toEqual(["Bearer old", "Bearer new"]);
});

test("a changed connection gets a token of its own", async () => {
  const parts = outsideParts();
  tokenServer(600);
  const tokens = new ConnectionTokens(parts);
  expect(await tokens.token(ACCOUNT, oauth())).toBe("t1");
  expect(await tokens.token(ACCOUNT, oauth({ version: "2" }))).toBe("t2");
});

test.each([
  { status: 400, body: "" },
  { status: 200, body: "no JSON" },
  { status: 200, body: "{}" },
  { status: 302, headers: { location: "http://169.254.169.254/" } },
])("an authorization endpoint that gives no token is asked again at the next attempt (%#)", async (answer) => {
  const { kind } = kindFor(destination({ connection: oauth() }));
  server.answer = answer;
  await expect(kind.attempt(event(), signal)).rejects.toThrow("the authorization endpoint");
  await expect(kind.attempt(event(), signal)).rejects.toThrow("the authorization endpoint");
  expect(tokenRequests()).toBe(2);
  expect(authorizations()).toEqual([]);
});

test("an authorization endpoint at an address that is not public is not asked", async () => {
  const connection = oauth();
  const { OAuthParameters } = connection.AuthParameters;
  if (!OAuthParameters) throw new Error("the test's connection has no OAuth parameters");
  const AuthParameters = {
    OAuthParameters: { ...OAuthParameters, AuthorizationEndpoint: "http://169.254.169.254/token" },
  };
  const { kind } = kindFor(destination({ connection: { ...connection, AuthParameters } }));
  await expect(kind.attempt(event(), signal)).rejects.toMatchObject({
    name: "DeliveryRefused",
    message: expect.stringContaining("may not connect to 169.254.169.254:80"),
  });
});
