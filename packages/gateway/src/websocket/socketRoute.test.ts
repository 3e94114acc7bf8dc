import type { ApiContents, ApiIntegration, ApiIntegrationResponse, ApiRoute, ApiStage } from "@hearth/apis";
import { SystemClock } from "@hearth/kit";
import type { OutboundRequest } from "@hearth/outbound";
import type { ApiRecord } from "@hearth/store";
import { expect, test } from "vitest";
import type { FunctionCaller } from "../http/functionCaller.ts";
import type { Templates } from "../rest/integrationRequest.ts";
import { templateCalls } from "../rest/templates/templateCalls.ts";
import { fakeRequest } from "../testing/fakeRequest.ts";
import { MessageBody } from "./messageBody.ts";
import type { SocketFacts } from "./openSocket.ts";
import type { RoutedEvent } from "./routedEvent.ts";
import { runRoute } from "./socketRoute.ts";
import { sourcesOf } from "./socketSources.ts";

const api = { apiId: "a1", accountId: "123456789012", region: "us-east-1" } as ApiRecord;
const facts = { api, connectionId: "c1", stage: "live" } as unknown as SocketFacts;
const templates = {
  call: async (_account: string, name: keyof typeof templateCalls, input: never) => templateCalls[name](input),
} as unknown as Templates;

interface Case {
  readonly integration: Partial<ApiIntegration>;
  readonly responses?: readonly Partial<ApiIntegrationResponse>[];
  readonly route?: Partial<ApiRoute>;
  readonly models?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** Of the HTTP endpoint. */
  readonly answer?: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };
}

/** Runs a route whose endpoint is answered for; resolves with what the endpoint was sent too. */
async function run({ integration, responses = [], route = {}, models = {}, message, answer }: Case) {
  const sent: OutboundRequest[] = [];
  const routed = { routeId: "r1", routeKey: "send", target: "integrations/i1", ...route };
  const stage = {
    stageName: "live",
    stageVariables: { host: "pets.example" },
    contents: {
      integrations: new Map([["i1", { integrationId: "i1", integrationType: "HTTP", ...integration }]]),
      integrationResponses: new Map(responses.length === 0 ? [] : [["i1", responses]]),
      routeResponses: new Map(),
      models,
    } as unknown as ApiContents,
  } as unknown as ApiStage;
  const isMessage = routed.routeKey !== "$connect";
  const happening = { eventType: "MESSAGE", routeKey: routed.routeKey, requestId: "q1", at: 0 } as const;
  const handshake = fakeRequest({ url: "/?room=1&room=2", headers: [["X-Own", "yes"]] });
  const outcome = await runRoute(
    {
      templates,
      caller: {} as FunctionCaller,
      clock: new SystemClock(),
      outbound: {
        request: async (request) => {
          sent.push(request);
          const { status = 200, headers = {}, body = "" } = answer ?? {};
          return { status, headers, body: Buffer.from(body), isTruncated: false } as never;
        },
      },
    },
    {
      ...{ api, stage, route: routed, requestId: "q1", traceId: undefined, event: () => new Uint8Array() },
      sources: sourcesOf(facts, happening, stage.stageVariables, {
        ...(isMessage ? { body: new MessageBody(message ?? "") } : { handshake }),
      }),
      signal: new AbortController().signal,
    } satisfies RoutedEvent,
  );
  const body = outcome.kind === "answered" ? outcome.reply.body : undefined;
  return { outcome, body: body && Buffer.from(body as Uint8Array).toString(), sent: sent[0] };
}

const TWO_WAY = { routeResponseSelectionExpression: "$default" };
const url = "https://pets.example/all";

test("an HTTP endpoint gets what the selected template makes of the message, and mapped parameters", async () => {
  const { sent, outcome } = await run({
    message: '{"kind":"pet","id":7,"owner":{"name":"Ada"}}',
    integration: {
      integrationUri: "https://${stageVariables.host}/{owner}",
      integrationMethod: "PUT",
      templateSelectionExpression: "${request.body.kind}-template",
      requestTemplates: {
        "pet-template": `{"pet":$input.json('$.id'),"from":"$context.connectionId"}`,
        $default: "other",
      },
      requestParameters: {
        "integration.request.header.connectionId": "context.connectionId",
        "integration.request.header.host": "'evil.example'",
        "integration.request.querystring.owner": "route.request.body.owner.name",
        "integration.request.path.owner": "route.request.body.owner.name",
      },
    },
  });
  expect(sent).toMatchObject({
    url: "https://pets.example/Ada?owner=Ada",
    method: "PUT",
    headers: { connectionid: "c1" },
  });
  expect(sent?.headers).not.toHaveProperty("host");
  expect(Buffer.from(sent?.body as Uint8Array).toString()).toBe('{"pet":7,"from":"c1"}');
  // One way: nothing goes back, whatever the endpoint answers.
  expect(outcome).toMatchObject({ kind: "answered", reply: { body: null }, ran: { status: 200 } });
});

test.each([
  [204, "/2\\d\\d/", '{"ok":true,"id":"x"}'],
  [404, "$default", "missing: 404"],
])("the answer %i is shaped by the integration response %s", async (status, _key, shown) => {
  const responses = [
    { integrationResponseKey: "$default", responseTemplates: { $default: "missing: $input.path('$.code')" } },
    {
      integrationResponseKey: "/2\\d\\d/",
      templateSelectionExpression: "${integration.response.header.x-kind}",
      responseTemplates: { json: `{"ok":true,"id":$input.json('$.id')}`, $default: "wrong" },
    },
  ];
  const answer = { status, headers: { "x-kind": "json" }, body: `{"id":"x","code":${status}}` };
  const { body } = await run({ route: TWO_WAY, integration: { integrationUri: url }, responses, answer });
  expect(body).toBe(shown);
});

test("an answer that no integration response is for is an error of the API", async () => {
  const integration = { integrationUri: url };
  const { outcome } = await run({ route: TWO_WAY, integration, answer: { status: 200, body: "x" } });
  expect(outcome).toMatchObject({ kind: "failed", status: 500 });
});

test("binary bodies come and go as base64", async () => {
  const bytes = Buffer.from([0, 255, 1]);
  const integration = { integrationUri: url, contentHandlingStrategy: "CONVERT_TO_BINARY" } as const;
  const responses = [{ integrationResponseKey: "$default", contentHandlingStrategy: "CONVERT_TO_TEXT" } as const];
  const message = bytes.toString("base64");
  const { sent, body } = await run({
    route: TWO_WAY,
    integration,
    responses,
    message,
    answer: { status: 200, body: "ab" },
  });
  expect(Buffer.from(sent?.body as Uint8Array)).toEqual(bytes);
  expect(body).toBe(Buffer.from("ab").toString("base64"));
});

test.each([
  ["WHEN_NO_MATCH", { a: "x" }, "answered"],
  ["WHEN_NO_TEMPLATES", { a: "x" }, "refused"],
  ["WHEN_NO_TEMPLATES", {}, "answered"],
  ["NEVER", {}, "refused"],
] as const)(
  "with %s and templates %o, a message without a template is %s",
  async (passthroughBehavior, requestTemplates, kind) => {
    const integration = {
      integrationUri: url,
      passthroughBehavior,
      requestTemplates,
      templateSelectionExpression: "b",
    };
    const { outcome, sent } = await run({ integration, message: "raw" });
    expect(outcome).toMatchObject({
      kind,
      ...(kind === "refused" && { status: 415, message: "Unsupported Media Type" }),
    });
    expect(sent?.body && Buffer.from(sent.body as Uint8Array).toString()).toBe(kind === "refused" ? undefined : "raw");
  },
);

test("a mock answers with the status of its template, and $connect is refused by it", async () => {
  const integration = (statusCode: number) =>
    ({
      integrationType: "MOCK",
      templateSelectionExpression: "\\$default",
      requestTemplates: { $default: `{"statusCode":${statusCode}}` },
    }) as const;
  const responses = [{ integrationResponseKey: "$default", responseTemplates: { $default: "pong $context.routeKey" } }];
  expect(await run({ route: TWO_WAY, integration: integration(200), responses })).toMatchObject({ body: "pong send" });
  const { outcome } = await run({ route: { routeKey: "$connect" }, integration: integration(403) });
  expect(outcome).toMatchObject({ kind: "answered", reply: { status: 403 } });
  expect(outcome.ran).toEqual({ status: 403 });
});

test("the endpoint of $connect gets headers and query of the handshake by mappings", async () => {
  const requestParameters = {
    "integration.request.header.own": "route.request.header.X-Own",
    "integration.request.querystring.room": "route.request.multivaluequerystring.room",
    "integration.request.querystring.none": "route.request.querystring.none",
  };
  const integration = { integrationType: "HTTP_PROXY", integrationUri: url, requestParameters } as const;
  const { sent } = await run({ route: { routeKey: "$connect" }, integration });
  expect(sent).toMatchObject({ url: `${url}?room=1&room=2`, headers: { own: "yes" } });
});

test.each([
  ['{"kind":"pet","name":"Rex"}', "answered"],
  ['{"kind":"pet","name":7}', "refused"],
  ['{"kind":"other"}', "refused"],
  ["no JSON", "refused"],
])("a message is checked against the model that is selected: %s is %s", async (message, kind) => {
  const { outcome, sent } = await run({
    ...{ message, integration: { integrationUri: url } },
    models: { Pet: '{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}' },
    route: { modelSelectionExpression: "$request.body.kind", requestModels: { pet: "Pet" } },
  });
  expect(outcome).toMatchObject({ kind, ...(kind === "refused" && { status: 400, message: "Bad request body" }) });
  expect(sent === undefined).toBe(kind === "refused");
});

test("$connect needs the parameters that its route requires", async () => {
  const requestParameters = {
    "route.request.querystring.room": { required: true },
    "route.request.header.token": { required: true },
    "route.request.header.other": { required: false },
  };
  const { outcome } = await run({
    route: { routeKey: "$connect", requestParameters },
    integration: { integrationType: "MOCK" },
  });
  expect(outcome).toMatchObject({ kind: "refused", message: "Missing required request parameters: [token]" });
});
