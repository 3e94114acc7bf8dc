import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import {
  CreateAuthorizerCommand,
  CreateRouteResponseCommand,
  GetApiCommand,
  GetRouteResponsesCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { zipOf } from "@hearth/testkit";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWebSocket, type OpenedSocket, refusalOf } from "../../support/webSockets.ts";
import { type HttpApiTarget, httpApiTarget } from "./httpApiTarget.ts";
import { connectionsClient, type SocketApi, socketApi } from "./socketApi.ts";

/** The function behind every route. It writes its events to its log, because no client gets those of $disconnect. */
const CHAT = `
export const handler = async (event) => {
  const { eventType, routeKey } = event.requestContext;
  console.log(JSON.stringify(event));
  const query = event.queryStringParameters ?? {};
  if (eventType === "CONNECT" && query.status) {
    return { statusCode: Number(query.status), headers: { "Sec-WebSocket-Protocol": "chat.v2" } };
  }
  if (routeKey === "fail" || query.fail) throw new Error("on purpose");
  return { statusCode: 200, body: JSON.stringify(event) };
};
export const authorize = async (event) => ({
  principalId: "me",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: event.headers.token === "yes" ? "Allow" : "Deny", Resource: event.methodArn }],
  },
  context: { user: "ada", age: 36 },
});
`;

interface Event extends Readonly<Record<string, unknown>> {
  readonly requestContext: Readonly<Record<string, string>>;
}

let target: HttpApiTarget & AsyncDisposable;
let chat = "";
let authorize = "";
let api: SocketApi;
let connections: ApiGatewayManagementApiClient;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  target = await httpApiTarget();
  const zip = await zipOf({ "index.mjs": CHAT });
  [chat, authorize] = await Promise.all([
    target.newFunction(zip),
    target.newFunction(zip, { Handler: "index.authorize" }),
  ]);
  api = await socketApi(target, chat, ["$connect", "$disconnect", "$default", "echo", "fail"]);
  connections = await connectionsClient(target, api.apiId);
  const { client, region } = target.lambda;
  const { hostname, port } = (await client.config.endpoint?.()) ?? {};
  const credentials = await client.config.credentials();
  logs = new CloudWatchLogsClient({ region, credentials, endpoint: `http://${hostname}:${port}` });
});
afterAll(async () => {
  connections.destroy();
  logs.destroy();
  await target[Symbol.asyncDispose]();
});

const connect = async (query = "", headers = {}, protocols: string[] = []): Promise<OpenedSocket> =>
  await openWebSocket(`${api.url}${query}`, { headers, protocols });

/** Sends a message and resolves with the answer of its route. */
async function ask(socket: OpenedSocket, message: unknown): Promise<Event> {
  socket.send(typeof message === "string" ? message : JSON.stringify(message));
  return JSON.parse(await socket.next()) as Event;
}

/** The event of this type that a connection has caused, once it is in the function's log. */
async function eventOf(connectionId: string, type: "CONNECT" | "DISCONNECT"): Promise<Event> {
  const logGroupName = `/aws/lambda/${chat.split(":").at(-1)}`;
  const filterPattern = `"${type}" "${connectionId}"`;
  const read = async (): Promise<string | undefined> => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
    return events[0]?.message;
  };
  const message = await expect.poll(read, { timeout: 30_000 }).toBeDefined().then(read);
  return JSON.parse(String(message).replace(/^[^{]*/, "")) as Event;
}

async function connectionIdOf(socket: OpenedSocket): Promise<string> {
  return String((await ask(socket, { action: "echo" }))["requestContext"].connectionId);
}

test("the API has a WebSocket endpoint, and its routes answer where they have a response", async () => {
  const { ApiEndpoint, ProtocolType, RouteSelectionExpression } = await target.apis.send(
    new GetApiCommand({ ApiId: api.apiId }),
  );
  expect({ ProtocolType, RouteSelectionExpression }).toEqual({
    ProtocolType: "WEBSOCKET",
    RouteSelectionExpression: "$request.body.action",
  });
  expect(ApiEndpoint).toMatch(new RegExp(`^wss?://${api.apiId}\\.execute-api\\.`));
  const RouteId = api.routes["echo"]!;
  const { Items } = await target.apis.send(new GetRouteResponsesCommand({ ApiId: api.apiId, RouteId }));
  expect(Items).toMatchObject([{ RouteResponseKey: "$default" }]);
  const again = new CreateRouteResponseCommand({ ApiId: api.apiId, RouteId, RouteResponseKey: "$default" });
  await expect(target.apis.send(again)).rejects.toMatchObject({ name: "ConflictException" });
});

describe("a connection", () => {
  test("is announced to $connect with headers and query, and its messages find their routes", async () => {
    // By the path form functions get no cookies.
    const Host = `${api.apiId}.execute-api.${target.region}.localhost`;
    const url = `${new URL(api.url).origin}/live?room=1&room=2&__proto__=x`;
    await using socket = await openWebSocket(url, { headers: { Host, "X-Own": "yes", Cookie: "a=1" } });
    const echoed = await ask(socket, { action: "echo", text: "hällo" });
    const { requestContext, body, isBase64Encoded } = echoed;
    expect({ body, isBase64Encoded }).toEqual({
      body: JSON.stringify({ action: "echo", text: "hällo" }),
      isBase64Encoded: false,
    });
    expect(requestContext).toMatchObject({
      routeKey: "echo",
      eventType: "MESSAGE",
      messageDirection: "IN",
      stage: "live",
      apiId: api.apiId,
      domainName: `${api.apiId}.execute-api.${target.region}.localhost`,
      identity: { sourceIp: "127.0.0.1" },
    });
    expect(requestContext.messageId).toMatch(/^[\w-]{15}=$/);
    const connected = await eventOf(String(requestContext["connectionId"]), "CONNECT");
    expect(connected).toMatchObject({
      headers: { "X-Own": "yes", Cookie: "a=1", Host, "X-Amzn-Trace-Id": expect.stringContaining("Root=") },
      queryStringParameters: { room: "2" },
      multiValueQueryStringParameters: { room: ["1", "2"] },
      requestContext: { routeKey: "$connect", eventType: "CONNECT", connectionId: requestContext.connectionId },
      isBase64Encoded: false,
    });
    expect(Object.keys(connected["queryStringParameters"] as object)).toContain("__proto__");
  });

  test("that ends is announced to $disconnect with the code and reason", async () => {
    await using socket = await connect();
    const id = await connectionIdOf(socket);
    await socket.close(4001, "bye");
    expect(await eventOf(id, "DISCONNECT")).toMatchObject({
      requestContext: { routeKey: "$disconnect", disconnectStatusCode: 4001, disconnectReason: "bye" },
    });
  });

  test.each([
    ["with the function's status", "?status=403", 403],
    ["with 502 when the function fails", "?fail=1", 502],
  ])("is refused %s", async (_how, query, status) => {
    expect(await refusalOf(`${api.url}${query}`)).toMatchObject({ status });
  });

  test("speaks the subprotocol that the function has chosen", async () => {
    await using socket = await connect("?status=200", {}, ["chat.v1", "chat.v2"]);
    expect(socket.protocol).toBe("chat.v2");
  });

  test("is refused at a stage or path that there is not, and a plain request asks for an upgrade", async () => {
    expect(await refusalOf(api.url.replace("/live", "/none"))).toMatchObject({ status: 403 });
    expect(await refusalOf(`${api.url}/more`)).toMatchObject({ status: 403 });
    expect(await target.call(api.apiId, "/live")).toMatchObject({ status: 426 });
  });

  test("with binary data, or a message of more than 128 KB, is closed", async () => {
    await using binary = await connect();
    binary.send(Buffer.from([1, 2, 3]));
    expect(await binary.closed).toMatchObject({ code: 1003 });
    await using long = await connect();
    const part = "x".repeat(32 * 1024);
    long.sendParts([part, part, part, part, "x"]);
    expect(await long.closed).toMatchObject({ code: 1009 });
  });
});

describe("a message", () => {
  test("without a route of its own goes to $default, whatever it is", async () => {
    await using socket = await connect();
    const texts = ["no JSON", '{"action":"$connect"}', '{"action":{"a":1}}', "[]", "null", '{"action":"unknown"}'];
    for (const text of texts) {
      expect(await ask(socket, text)).toMatchObject({ body: text, requestContext: { routeKey: "$default" } });
    }
  });

  test("whose function fails is answered by AWS's error", async () => {
    await using socket = await connect();
    const id = await connectionIdOf(socket);
    expect(await ask(socket, { action: "fail" })).toEqual({
      message: "Internal server error",
      connectionId: id,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("for which the API has no route is answered by Forbidden", async () => {
    const bare = await socketApi(target, chat, ["echo"]);
    await using socket = await openWebSocket(bare.url);
    expect(await ask(socket, { action: "other" })).toMatchObject({ message: "Forbidden" });
  });
});

describe("@connections", () => {
  test("sends to a client, describes its connection and closes it", async () => {
    await using socket = await connect();
    const ConnectionId = await connectionIdOf(socket);
    await connections.send(new PostToConnectionCommand({ ConnectionId, Data: "to you: ü" }));
    expect(await socket.next()).toBe("to you: ü");
    const about = await connections.send(new GetConnectionCommand({ ConnectionId }));
    expect(about).toMatchObject({ Identity: { SourceIp: "127.0.0.1" }, ConnectedAt: expect.any(Date) });
    await connections.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(await socket.closed).toMatchObject({ code: 1000 });
    await expect(connections.send(new PostToConnectionCommand({ ConnectionId, Data: "x" }))).rejects.toMatchObject({
      name: "GoneException",
      $metadata: { httpStatusCode: 410 },
    });
  });

  test("knows no connection of another API, none that never was, and takes at most 128 KB", async () => {
    const other = await socketApi(target, chat, ["echo"]);
    await using socket = await openWebSocket(other.url);
    const gone = { name: "GoneException" };
    for (const ConnectionId of [await connectionIdOf(socket), "AAAAAAAAAAAAAAA=", "..", "a/b?c"]) {
      await expect(connections.send(new PostToConnectionCommand({ ConnectionId, Data: "x" }))).rejects.toMatchObject(
        gone,
      );
    }
    const Data = new Uint8Array(128 * 1024 + 1);
    const long = connections.send(new PostToConnectionCommand({ ConnectionId: "AAAAAAAAAAAAAAA=", Data }));
    await expect(long).rejects.toMatchObject({ name: "PayloadTooLargeException" });
  });

  test("is for callers with an access key only", async () => {
    const answer = await target.call(api.apiId, "/live/@connections/AAAAAAAAAAAAAAA%3D", { method: "POST", body: "x" });
    expect(answer.status).toBe(403);
  });
});

test("an authorizer decides on $connect, and its context is in later events", async () => {
  const guarded = await socketApi(target, chat, ["echo"]);
  const { AuthorizerId } = await target.apis.send(
    new CreateAuthorizerCommand({
      ApiId: guarded.apiId,
      Name: "tokens",
      AuthorizerType: "REQUEST",
      AuthorizerUri: `arn:aws:apigateway:${target.region}:lambda:path/2015-03-31/functions/${authorize}/invocations`,
      IdentitySource: ["route.request.header.token"],
    }),
  );
  const integration = await target.newIntegration(guarded.apiId, chat, "1.0");
  await target.newRoute(guarded.apiId, "$connect", {
    Target: `integrations/${integration}`,
    AuthorizationType: "CUSTOM",
    AuthorizerId,
  });
  expect(await refusalOf(guarded.url)).toMatchObject({ status: 401 });
  expect(await refusalOf(guarded.url, { headers: { token: "no" } })).toMatchObject({ status: 403 });
  await using socket = await openWebSocket(guarded.url, { headers: { token: "yes" } });
  const { requestContext } = await ask(socket, { action: "echo" });
  expect(requestContext.authorizer).toEqual({ principalId: "me", user: "ada", age: 36 });
});

test("$connect with AWS_IAM takes signed handshakes only", async () => {
  const signed = await socketApi(target, chat, ["echo"]);
  const integration = await target.newIntegration(signed.apiId, chat, "1.0");
  await target.newRoute(signed.apiId, "$connect", {
    Target: `integrations/${integration}`,
    AuthorizationType: "AWS_IAM",
  });
  expect(await refusalOf(signed.url)).toMatchObject({ status: 403 });
  const { host, pathname } = new URL(signed.url);
  const { accessKeyId, secretAccessKey } = await target.apis.config.credentials();
  const options = { region: target.region, service: "execute-api", expiresSeconds: 300, now: Date.now() };
  const link = presignUrl(`http://${host}`, pathname, { room: "1" }, { accessKeyId, secretAccessKey }, options);
  await using socket = await openWebSocket(link.replace("http", "ws"));
  const connected = await eventOf(await connectionIdOf(socket), "CONNECT");
  expect(connected["queryStringParameters"]).toEqual({ room: "1" });
  expect(await refusalOf(link.replace("http", "ws").replace("room=1", "room=2"))).toMatchObject({ status: 403 });
});

test("a stage's access log has a line for each event", async () => {
  const { region, accountId } = target;
  const logGroupName = `sockets-${api.apiId}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  try {
    const logged = await socketApi(target, chat, ["$connect", "echo"]);
    const DestinationArn = `arn:aws:logs:${region}:${accountId}:log-group:${logGroupName}`;
    const Format =
      "$context.eventType $context.routeKey $context.status $context.integration.status $context.integrationStatus $context.integrationErrorMessage $context.error.message";
    await target.apis.send(
      new UpdateStageCommand({
        ApiId: logged.apiId,
        StageName: "live",
        AccessLogSettings: { DestinationArn, Format },
      }),
    );
    await using socket = await openWebSocket(logged.url);
    await connectionIdOf(socket);
    await expect
      .poll(
        async () => {
          const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
          return events.map(({ message }) => message);
        },
        { timeout: 30_000 },
      )
      .toEqual(["CONNECT $connect 200 200 200 - -", "MESSAGE echo 200 200 200 - -"]);
  } finally {
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  }
});
