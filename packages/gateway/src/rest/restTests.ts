import { type RestAuthorizer, type RestRoute, type RestTest, RouteTable } from "@hearth/apis";
import { type Clock, GatheredBytes } from "@hearth/kit";
import type { HttpBody, HttpReply } from "../httpEndpoint.ts";
import { decodedParameters } from "../pathParameters.ts";
import { traceOf } from "../trace.ts";
import { traceFailure, traceMethodRequest, traceMethodResponse } from "./executionLines.ts";
import { ExecutionTrace } from "./executionTrace.ts";
import { GatewayFailure } from "./gatewayFailure.ts";
import { gatewayReply } from "./gatewayReply.ts";
import type { Templates } from "./integrationRequest.ts";
import { validateRequest } from "./requestValidation.ts";
import type { RestAuthorizers } from "./restAuthorizer.ts";
import type { RoutedCall } from "./restCall.ts";
import { failureOf } from "./restFailure.ts";
import type { RestIntegrations } from "./restIntegrations.ts";
import { testRequest } from "./testRequest.ts";

/** As AWS names what a test has in the place of a stage and of an API key. */
const METHOD_STAGE = "test-invoke-stage";
const AUTHORIZER_STAGE = "ESTestInvoke-stage";
const KEY = { keyId: "test-invoke-api-key-id", value: "test-invoke-api-key", enabled: true, planIds: [] };
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

export interface RestTestsDeps {
  readonly integrations: Pick<RestIntegrations, "run">;
  readonly authorizers: Pick<RestAuthorizers, "ask">;
  readonly templates: Templates;
  readonly clock: Clock;
}

export interface MethodAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly log: string;
  /** Milliseconds. */
  readonly latency: number;
}

export interface AuthorizerAnswer {
  /** 0 when the function gave a decision, whatever it is. */
  readonly clientStatus: number;
  readonly log: string;
  /** Milliseconds. */
  readonly latency: number;
  readonly principalId?: string;
  /** JSON. */
  readonly policy?: string;
}

/**
 * Runs methods and authorizers of REST APIs without a stage and without asking who may call them, and tells how it went.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
 */
export class RestTests {
  readonly #deps: RestTestsDeps;

  constructor(deps: RestTestsDeps) {
    this.#deps = deps;
  }

  /** `route` has an integration. */
  async method(test: RestTest, route: RestRoute): Promise<MethodAnswer> {
    const call = this.#callOf(test, route, METHOD_STAGE);
    const { trace } = call;
    const begun = this.#deps.clock.monotonicMs();
    const reply = await this.#replyOf(call, trace);
    const body = await textOf(reply.body);
    const latency = Math.round(this.#deps.clock.monotonicMs() - begun);
    const headers = { ...reply.headers, "x-amzn-trace-id": traceOf(call.request) };
    const multiValueHeaders = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [capitalized(name), [value].flat()]),
    );
    const lastOf = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1) ?? ""]);
    const log = logOf(test.requestId, trace);
    return { status: reply.status, body, headers: Object.fromEntries(lastOf), multiValueHeaders, log, latency };
  }

  async authorizer(test: RestTest, authorizer: RestAuthorizer): Promise<AuthorizerAnswer> {
    const root = { id: test.contents.api.rootResourceId, path: "/" };
    const method = { resourceId: root.id, httpMethod: test.method, apiKeyRequired: false };
    const route = { resource: root, method: { ...method, authorizationType: "CUSTOM" } } as const;
    const call = this.#callOf(test, route, AUTHORIZER_STAGE);
    const { trace } = call;
    const begun = this.#deps.clock.monotonicMs();
    const answered = (answer: Omit<AuthorizerAnswer, "log" | "latency">): AuthorizerAnswer => {
      const latency = Math.round(this.#deps.clock.monotonicMs() - begun);
      return { ...answer, log: logOf(test.requestId, trace), latency };
    };
    try {
      const { document } = await this.#deps.authorizers.ask(call, authorizer);
      const { principalId, policyDocument } = JSON.parse(document) as Readonly<Record<string, unknown>>;
      trace.info(`Using valid authorizer policy for principal: ${typeof principalId === "string" ? principalId : ""}`);
      trace.info("Successfully completed authorizer execution");
      return answered({
        clientStatus: 0,
        ...(typeof principalId === "string" && { principalId }),
        policy: JSON.stringify(policyDocument),
      });
    } catch (error) {
      const failure = authorizerFailureOf(error, call);
      traceFailure(trace, call, failure, gatewayReply(call, failure));
      return answered({ clientStatus: failure.status });
    }
  }

  async #replyOf(call: RoutedCall, trace: ExecutionTrace): Promise<HttpReply> {
    const { templates, integrations } = this.#deps;
    try {
      await traceMethodRequest(trace, call);
      if (call.route.method.requestValidatorId !== undefined) await validateRequest(call, templates);
      const { methodIntegration } = call.route.method;
      if (!methodIntegration) throw new TypeError("a method without an integration is tested");
      const reply = await integrations.run(call, methodIntegration);
      traceMethodResponse(trace, call, reply);
      return reply;
    } catch (error) {
      const failure = failureOf(error, call);
      const reply = gatewayReply(call, failure);
      traceFailure(trace, call, failure, reply);
      return reply;
    }
  }

  #callOf(test: RestTest, route: RestRoute, stageName: string): RoutedCall & { readonly trace: ExecutionTrace } {
    const { api, contents, method, pathWithQueryString, headers, stageVariables: variables } = test;
    const [path = "/", ...rest] = pathWithQueryString.split("?");
    const body = Buffer.from(test.body);
    const { requestId, signal } = test;
    const simulated = { method, path, query: rest.join("?"), headers, body, requestId, signal };
    const request = testRequest(api.apiId, { ...simulated, receivedAt: this.#deps.clock.now() });
    const match = new RouteTable([[`ANY ${route.resource.path}`, route]]).find(method, path);
    const trace = new ExecutionTrace({ level: "INFO", hasData: true }, this.#deps.clock);
    trace.hideHeaders(request.headers);
    return {
      ...{ request, api, route, path, eventPath: path, fullPath: path, trace },
      stage: { stageName, deploymentId: "", variables, methodSettings: new Map(), plans: new Map(), contents },
      pathParameters: match ? decodedParameters(match.pathParameters) : {},
      body: () => request.readBody(body.length),
      learned: { caller: test.caller, apiKey: KEY },
    };
  }
}

/** Answers of authorizers that are no decision are the API's fault, as for clients. */
function authorizerFailureOf(error: unknown, { request }: RoutedCall): GatewayFailure {
  if (error instanceof GatewayFailure) return error;
  if (request.signal.aborted) throw error;
  return new GatewayFailure("AUTHORIZER_CONFIGURATION_ERROR", { cause: error });
}

async function textOf(body: HttpBody): Promise<string> {
  if (body === null) return "";
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const gathered = new GatheredBytes();
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    if (gathered.length + piece.byteLength > MAX_ANSWER_BYTES) break;
    gathered.add(piece);
  }
  return gathered.whole().toString();
}

/** `Content-Type`: as AWS writes the names of headers in the answers of tests. */
function capitalized(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

function logOf(requestId: string, { lines }: ExecutionTrace): string {
  const shown = lines.map(({ timestamp, message }) => `${timeOf(timestamp)} : ${message}\n`);
  return `Execution log for request ${requestId}\n${shown.join("")}`;
}

/** `Thu Jan 01 00:00:00 UTC 1970`. */
function timeOf(timestamp: number): string {
  const [day, date, month, year, time] = new Date(timestamp).toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}
