import type { ApiIntegration, ApiStage } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { AwsError, TooManyRequestsException } from "@hearth/model";
import type { Outbound } from "@hearth/outbound";
import type { ApiRecord } from "@hearth/store";
import { type AccountQuotas, ClientGone } from "@hearth/wire";
import type { ApiFailureLog } from "../apiFailureLog.ts";
import { type CorsRules, isPreflight, preflightReply, withCors } from "../cors.ts";
import { Deadline, TimedOut } from "../deadline.ts";
import { DefinitionFault } from "../definitionFault.ts";
import { extendedRequestId } from "../extendedRequestId.ts";
import { BodyTooLarge } from "../gateway.ts";
import type { HttpEndpoint, HttpReply } from "../httpEndpoint.ts";
import type { HttpRequest } from "../httpRequest.ts";
import { decodedParameters } from "../pathParameters.ts";
import { seenRequest } from "../seenRequest.ts";
import type { AccessLog } from "./accessLog.ts";
import { changedCall } from "./changedCall.ts";
import { type Authorization, EVERYONE, refused } from "./authorization.ts";
import { type FunctionCaller, NotCallable } from "./functionCaller.ts";
import { loggedOutcome } from "./loggedOutcome.ts";
import type { HttpCall, Measured } from "./httpCall.ts";
import { callEndpoint } from "./httpIntegration.ts";
import type { IamAuthorizer } from "./iamAuthorizer.ts";
import type { JwtAuthorizer } from "./jwtAuthorizer.ts";
import type { LambdaAuthorizer } from "./lambdaAuthorizer.ts";
import { callFunction, eventFor } from "./lambdaIntegration.ts";
import { mapAnswer, requestChanges } from "./parameterMapping.ts";
import type { ServiceCaller } from "../service/serviceCaller.ts";
import { callSubtype } from "./serviceIntegration.ts";
import * as replies from "./replies.ts";
import { type CallContext, select } from "./selection.ts";
import type { MeasuredMethod, StageMetrics } from "../stageMetrics.ts";
import type { Throttle } from "./throttle.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface HttpApiDeps {
  readonly caller: FunctionCaller;
  readonly outbound: Pick<Outbound, "request">;
  readonly services: Pick<ServiceCaller, "call">;
  readonly jwt: JwtAuthorizer;
  readonly lambda: LambdaAuthorizer;
  readonly iam: IamAuthorizer;
  readonly accessLog: AccessLog;
  readonly failures: ApiFailureLog;
  /** Of the account that the API belongs to. */
  readonly quotas: AccountQuotas;
  readonly clock: Clock;
}

export interface ServedStage {
  readonly api: ApiRecord;
  readonly stage: ApiStage;
  readonly throttle: Throttle;
  readonly metrics: StageMetrics;
  /** In the path of the request, what precedes the path within the stage. */
  readonly prefix: string;
}

/** One stage of an HTTP API: finds the route, asks the authorizer, runs the integration. */
export class HttpApiEndpoint implements HttpEndpoint {
  readonly #served: ServedStage;
  readonly #deps: HttpApiDeps;

  constructor(served: ServedStage, deps: HttpApiDeps) {
    this.#served = served;
    this.#deps = deps;
  }

  async serve(request: HttpRequest): Promise<HttpReply> {
    const { clock } = this.#deps;
    const begun = clock.monotonicMs();
    const measured: Measured = {};
    const reply = await this.#serve(request, measured);
    const { receivedAt: at } = request;
    const latencyMs = clock.monotonicMs() - begun;
    const { integrationMs, route, failure } = measured;
    const detailed = route === undefined ? undefined : this.#measuredApart(route);
    if (failure !== undefined && reply.status >= 500 && route !== undefined) {
      const { api, stage } = this.#served;
      this.#deps.failures.note({ api, stage: stage.stageName, route, requestId: request.requestId }, failure);
    }
    this.#served.metrics.add({ at, status: reply.status, latencyMs, integrationMs }, detailed);
    return reply;
  }

  async #serve(request: HttpRequest, measured: Measured): Promise<HttpReply> {
    const { stage, prefix, api } = this.#served;
    const { corsConfiguration } = stage.contents.api;
    const cors = corsConfiguration && rulesOf(corsConfiguration);
    const path = request.path.slice(prefix.length) || "/";
    const { routes } = stage.contents;
    if (cors && isPreflight(request)) return preflightReply(cors, request, 204);
    const match = routes.find(request.method, path);
    if (!match) return replies.NOT_FOUND;
    const { route } = match;
    const pathParameters = decodedParameters(match.pathParameters);
    const { form, isPathForm } = request.address;
    // The path form names the stage `$default` too, which no other form does.
    const isBare = form === "domain" || (isPathForm && stage.stageName === "$default");
    const fullPath = isBare ? path : request.path;
    let read: Promise<Buffer> | undefined;
    const body = (): Promise<Buffer> => (read ??= request.readBody(MAX_BODY_BYTES));
    measured.route = route.routeKey;
    const call: HttpCall = { request, api, stage, route, pathParameters, path, fullPath, body, measured };
    const begun = this.#deps.clock.monotonicMs();
    const context: CallContext = { call };
    const reply = await this.#admitted(call, (values) => Object.assign(context, { authorizer: values }));
    this.#log(context, reply, begun);
    const headers = cors ? withCors(reply.headers, cors, request) : { ...reply.headers };
    headers["apigw-requestid"] ??= extendedRequestId(request.requestId);
    return { ...reply, headers };
  }

  /** Within the quotas that the account has for invocations by any way. */
  async #admitted(call: HttpCall, learn: (values: Readonly<Record<string, unknown>>) => void): Promise<HttpReply> {
    const { quotas } = this.#deps;
    const use = quotas.of(call.api.accountId);
    if (!quotas.enter(use)) return replies.TOO_MANY_REQUESTS;
    try {
      return quotas.take(use, "invocations") ? await this.#answer(call, learn) : replies.TOO_MANY_REQUESTS;
    } finally {
      quotas.leave(use);
    }
  }

  async #answer(call: HttpCall, learn: (values: Readonly<Record<string, unknown>>) => void): Promise<HttpReply> {
    const { route, stage } = call;
    if (!this.#served.throttle.admits(route.routeKey)) return replies.TOO_MANY_REQUESTS;
    const [, integrationId = ""] = (route.target ?? "").split("/");
    const integration = stage.contents.integrations.get(integrationId);
    try {
      const authorized = await this.#authorize(call);
      if (authorized.kind === "refused") {
        const { why, failure } = authorized;
        if (call.measured) Object.assign(call.measured, why !== undefined && { authorizerError: why }, { failure });
        return authorized.reply;
      }
      if (authorized.context) learn(authorized.context.values);
      if (!integration) throw new DefinitionFault("the route has no integration: set its target");
      const seen = { ...call, request: seenRequest(call.request, route.authorizationType) };
      const reply = await this.#integrate(seen, integration, authorized);
      const body = reply.body instanceof Uint8Array ? reply.body : null;
      const mapped = mapAnswer({ ...reply, body }, integration.responseParameters, {
        call,
        authorizer: authorized.context?.values,
      });
      return { ...reply, ...mapped, body: reply.body };
    } catch (error) {
      const reply = replyTo(error, call);
      if (call.measured) call.measured.failure = error;
      return reply;
    }
  }

  #authorize(call: HttpCall): Authorization | Promise<Authorization> {
    const { route, stage } = call;
    switch (route.authorizationType) {
      case "JWT":
      case "CUSTOM": {
        const authorizer = stage.contents.authorizers.get(route.authorizerId ?? "");
        if (!authorizer) {
          const fault = new DefinitionFault("the route's authorizer does not exist: change the route");
          return refused(replies.INTERNAL_SERVER_ERROR, fault.message, fault);
        }
        return route.authorizationType === "JWT"
          ? this.#deps.jwt.authorize(call, authorizer)
          : this.#deps.lambda.authorize(call, authorizer);
      }
      case "AWS_IAM":
        return this.#deps.iam.authorize(call);
      default:
        return EVERYONE;
    }
  }

  async #integrate(
    call: HttpCall,
    integration: ApiIntegration,
    authorized: Authorization & { readonly kind: "allowed" },
  ): Promise<HttpReply> {
    const { request, measured = {} } = call;
    const body = await call.body();
    const begun = this.#deps.clock.monotonicMs();
    using _measured = {
      [Symbol.dispose]: () => void (measured.integrationMs = this.#deps.clock.monotonicMs() - begun),
    };
    const timeout = integration.timeoutInMillis ?? DEFAULT_TIMEOUT_MS;
    const context = { call, authorizer: authorized.context?.values };
    if (integration.integrationType === "HTTP_PROXY") {
      return await callEndpoint(this.#deps.outbound, context, integration, body, request.signal);
    }
    if (integration.integrationSubtype !== undefined) {
      using until = new Deadline(request.signal, timeout, this.#deps.clock);
      return await Promise.race([
        callSubtype(this.#deps.services, context, integration, body, until.signal),
        until.over,
      ]);
    }
    const { requestParameters } = integration;
    const seen = requestParameters ? changedCall(call, requestChanges(requestParameters, context, body)) : call;
    const payload = eventFor(seen, body, integration.payloadFormatVersion, authorized.context);
    using deadline = new Deadline(request.signal, timeout, this.#deps.clock);
    return await Promise.race([
      callFunction(this.#deps.caller, call, integration, payload, deadline.signal),
      deadline.over,
    ]);
  }

  /** The route as metrics name it, where its settings or those of the stage ask for detailed metrics. */
  #measuredApart(routeKey: string): MeasuredMethod | undefined {
    const { routeSettings, defaultRouteSettings } = this.#served.stage;
    const own = Object.hasOwn(routeSettings, routeKey) ? routeSettings[routeKey] : undefined;
    if ((own?.detailedMetricsEnabled ?? defaultRouteSettings?.detailedMetricsEnabled) !== true) return undefined;
    const [method = "", resource = method] = routeKey.split(" ");
    return { method, resource };
  }

  #log(context: CallContext, reply: HttpReply, begun: number): void {
    if (this.#served.stage.accessLogSettings === undefined) return;
    const length = reply.body instanceof Uint8Array ? reply.body.byteLength : 0;
    const outcome = {
      ...loggedOutcome(context.call.measured ?? {}, reply.status),
      status: String(reply.status),
      responseLength: String(length),
      responseLatency: String(Math.round(this.#deps.clock.monotonicMs() - begun)),
    };
    const logged = { ...context, outcome };
    this.#deps.accessLog.add(context.call, (variable) => select(variable, logged));
  }
}

function replyTo(error: unknown, { request }: HttpCall): HttpReply {
  if (error instanceof TimedOut) return replies.SERVICE_UNAVAILABLE;
  if (error instanceof BodyTooLarge) return replies.PAYLOAD_TOO_LARGE;
  if (error instanceof NotCallable || error instanceof DefinitionFault) return replies.INTERNAL_SERVER_ERROR;
  if (error instanceof TooManyRequestsException) return replies.SERVICE_UNAVAILABLE;
  // The function is gone, is being made, or its environments cannot be started: errors of the Lambda API.
  if (error instanceof AwsError && !(error instanceof ClientGone) && !request.signal.aborted) {
    return error.httpStatus === 413 ? replies.PAYLOAD_TOO_LARGE : replies.INTERNAL_SERVER_ERROR;
  }
  throw error;
}

function rulesOf(cors: NonNullable<ApiStage["contents"]["api"]["corsConfiguration"]>): CorsRules {
  return {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: cors.allowHeaders,
    AllowMethods: cors.allowMethods,
    AllowOrigins: cors.allowOrigins,
    ExposeHeaders: cors.exposeHeaders,
    MaxAge: cors.maxAge,
  };
}
