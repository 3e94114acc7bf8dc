import type { RestIntegration } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import type { Outcome } from "@hearth/model";
import type { Outbound } from "@hearth/outbound";
import { DefinitionFault } from "../definitionFault.ts";
import { FunctionFailed } from "../functionFailed.ts";
import { MalformedAnswer, REMAPPED, replyV1 } from "../functionReply.ts";
import { Deadline } from "../deadline.ts";
import type { FunctionCall, FunctionCaller } from "../http/functionCaller.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { streamedReply } from "../url/streamedReply.ts";
import { traceOf } from "../trace.ts";
import { isBinary, mediaType } from "./binaryTypes.ts";
import { traceEndpointRequest, traceEndpointResponse, traceFunctionError } from "./executionLines.ts";
import { configurationError } from "./gatewayFailure.ts";
import { errorMessage, mockStatus } from "./integrationOutcome.ts";
import { integrationReply } from "./integrationReply.ts";
import { integrationRequest, type Templates } from "./integrationRequest.ts";
import { type RoutedCall, sourceArn } from "./restCall.ts";
import { restEvent } from "./restEvent.ts";
import { callRestEndpoint, proxyRequest } from "./restHttpIntegration.ts";
import { callRestService } from "./restServiceIntegration.ts";
import type { ServiceCaller } from "../service/serviceCaller.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_TIMEOUT_MS = 29_000;
const FUNCTION_URI = /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\//;
const EMPTY_OBJECT = Buffer.from("{}");

export interface RestIntegrationsDeps {
  readonly caller: FunctionCaller;
  readonly outbound: Pick<Outbound, "request">;
  readonly services: Pick<ServiceCaller, "call">;
  readonly templates: Templates;
  readonly clock: Clock;
}

/** Runs the integration of a method. Rejects with GatewayFailure, `TimedOut`, and with the errors of functions' calls and of outbound requests. */
export class RestIntegrations {
  readonly #deps: RestIntegrationsDeps;

  constructor(deps: RestIntegrationsDeps) {
    this.#deps = deps;
  }

  async run(call: RoutedCall, integration: RestIntegration): Promise<HttpReply> {
    const timeoutMs = Math.min(integration.timeoutInMillis, MAX_TIMEOUT_MS);
    const begun = this.#deps.clock.monotonicMs();
    const learn = (status: number): void => {
      const latencyMs = Math.round(this.#deps.clock.monotonicMs() - begun);
      call.learned.integration = { status: String(status), latencyMs };
    };
    if (integration.type === "MOCK") return await this.#mock(call, integration);
    if (integration.type === "HTTP" || integration.type === "HTTP_PROXY")
      return await this.#http(call, integration, timeoutMs, learn);
    if (!FUNCTION_URI.test(integration.uri ?? "")) {
      if (integration.type === "AWS") return await this.#service(call, integration, timeoutMs, learn);
      // The control plane refuses proxies for services.
      throw configurationError(500, new DefinitionFault("the integration's URI is not that of a function: change it"));
    }
    const body = await call.body();
    using deadline = new Deadline(call.request.signal, timeoutMs, this.#deps.clock);
    const work =
      integration.type === "AWS_PROXY"
        ? this.#proxy(call, integration, body, deadline.signal, learn)
        : this.#function(call, integration, deadline.signal, learn);
    return await Promise.race([work, deadline.over]);
  }

  async #proxy(
    call: RoutedCall,
    integration: RestIntegration,
    body: Uint8Array,
    signal: AbortSignal,
    learn: (status: number) => void,
  ): Promise<HttpReply> {
    const asked = this.#callOf(call, integration, restEvent(call, body));
    if (call.trace) traceEndpointRequest(call.trace, call, { uri: asked.uri, body: asked.payload });
    if (integration.responseTransferMode === "STREAM") return await this.#streamed(asked, signal, learn);
    const { outcome } = await this.#deps.caller.call(asked, signal);
    learn(200);
    this.#traceOutcome(call, outcome);
    if (outcome.kind !== "success") throw configurationError(502, new FunctionFailed(outcome.kind));
    const { binaryMediaTypes } = call.stage.contents.api;
    const accepted = mediaType(call.request.header("accept"));
    try {
      const reply = replyV1(outcome.payload, REMAPPED, () => isBinary(accepted, binaryMediaTypes));
      call.learned.functionStatus = reply.status;
      return reply;
    } catch (error) {
      if (error instanceof MalformedAnswer) throw configurationError(502, error);
      throw error;
    }
  }

  /** The answer is sent while the function writes it. https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html */
  async #streamed(asked: FunctionCall, signal: AbortSignal, learn: (status: number) => void): Promise<HttpReply> {
    const failed = (): never => {
      throw configurationError(502, new FunctionFailed("functionError"));
    };
    try {
      const reply = await streamedReply(await this.#deps.caller.callStreamed(asked, signal), failed);
      learn(200);
      return reply;
    } catch (error) {
      if (error instanceof MalformedAnswer) throw configurationError(502, error);
      throw error;
    }
  }

  async #function(
    call: RoutedCall,
    integration: RestIntegration,
    signal: AbortSignal,
    learn: (status: number) => void,
  ): Promise<HttpReply> {
    const { templates, caller } = this.#deps;
    const { body, headers, response: overrides } = await integrationRequest(call, integration, templates);
    const payload = body.byteLength === 0 ? EMPTY_OBJECT : body;
    const asked = this.#callOf(call, integration, payload);
    if (call.trace) traceEndpointRequest(call.trace, call, { uri: asked.uri, headers, body: payload });
    if (headers["x-amz-invocation-type"]?.[0] === "Event") {
      await caller.enqueue(asked);
      learn(202);
      const answer = { status: 202, headers: {}, body: Buffer.alloc(0) };
      return await integrationReply(call, integration, answer, { subject: undefined, overrides, templates });
    }
    const { outcome } = await caller.call(asked, signal);
    learn(200);
    if (call.trace) traceEndpointResponse(call.trace, call, { status: 200, body: outcome.payload });
    const answer = { status: 200, headers: { "content-type": "application/json" }, body: outcome.payload };
    const subject = outcome.kind === "success" ? undefined : errorMessage(outcome.payload);
    return await integrationReply(call, integration, answer, { subject, overrides, templates });
  }

  async #http(
    call: RoutedCall,
    integration: RestIntegration,
    timeoutMs: number,
    learn: (status: number) => void,
  ): Promise<HttpReply> {
    const { outbound, templates } = this.#deps;
    const isProxy = integration.type === "HTTP_PROXY";
    const request = isProxy
      ? { ...proxyRequest(call, integration, await call.body()), response: undefined }
      : await integrationRequest(call, integration, templates);
    if (call.trace) traceEndpointRequest(call.trace, call, { uri: integration.uri ?? "", ...request });
    const answer = await callRestEndpoint(outbound, call, integration, request, timeoutMs);
    learn(answer.status);
    if (call.trace) traceEndpointResponse(call.trace, call, answer);
    if (isProxy) return answer;
    return await integrationReply(call, integration, answer, {
      subject: String(answer.status),
      overrides: request.response,
      templates,
    });
  }

  async #service(
    call: RoutedCall,
    integration: RestIntegration,
    timeoutMs: number,
    learn: (status: number) => void,
  ): Promise<HttpReply> {
    const { services, templates, clock } = this.#deps;
    const request = await integrationRequest(call, integration, templates);
    if (call.trace) traceEndpointRequest(call.trace, call, { uri: integration.uri ?? "", ...request });
    using deadline = new Deadline(call.request.signal, timeoutMs, clock);
    const answer = await Promise.race([
      callRestService(services, call, integration, request, deadline.signal),
      deadline.over,
    ]);
    learn(answer.status);
    if (call.trace) traceEndpointResponse(call.trace, call, answer);
    return await integrationReply(call, integration, answer, {
      subject: String(answer.status),
      overrides: request.response,
      templates,
    });
  }

  /** The request template says which status the integration would have answered. */
  async #mock(call: RoutedCall, integration: RestIntegration): Promise<HttpReply> {
    const { templates } = this.#deps;
    const { body, response: overrides } = await integrationRequest(call, integration, templates);
    const status = mockStatus(body);
    if (status === undefined) {
      throw configurationError(500, new DefinitionFault("the request template of the mock gives no statusCode"));
    }
    const answer = { status, headers: {}, body: Buffer.alloc(0) };
    return await integrationReply(call, integration, answer, { subject: String(status), overrides, templates });
  }

  #traceOutcome(call: RoutedCall, outcome: Outcome): void {
    const { trace } = call;
    if (!trace) return;
    traceEndpointResponse(trace, call, { status: 200, body: outcome.payload });
    if (outcome.kind !== "success") traceFunctionError(trace, call, errorMessage(outcome.payload));
  }

  #callOf(call: RoutedCall, integration: RestIntegration, payload: Uint8Array): FunctionCall {
    const { api, stage, request } = call;
    return {
      accountId: api.accountId,
      region: api.region,
      uri: integration.uri ?? "",
      stageVariables: stage.variables,
      credentialsArn: integration.credentials,
      sourceArn: sourceArn(call),
      payload,
      requestId: request.requestId,
      traceId: traceOf(request),
    };
  }
}
