import { methodSettingsOf, type RestRoute, type RestStage } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import type { AccountQuotas } from "@hearth/wire";
import type { ApiFailureLog } from "../apiFailureLog.ts";
import { DefinitionFault } from "../definitionFault.ts";
import { extendedRequestId } from "../extendedRequestId.ts";
import { failureReason } from "../failureReason.ts";
import type { AccessLog } from "../http/accessLog.ts";
import { authorizerFailure } from "../http/authorizerFailure.ts";
import type { HttpEndpoint, HttpReply } from "../httpEndpoint.ts";
import type { HttpRequest } from "../httpRequest.ts";
import { decodedParameters } from "../pathParameters.ts";
import { seenRequest } from "../seenRequest.ts";
import type { MeasuredMethod, StageMetrics } from "../stageMetrics.ts";
import { traceOf } from "../trace.ts";
import { compressed } from "./compressed.ts";
import { traceBegin, traceFailure, traceMethodRequest, traceMethodResponse, traceUsagePlan } from "./executionLines.ts";
import type { ExecutionLog } from "./executionLog.ts";
import { ExecutionTrace } from "./executionTrace.ts";
import { GatewayFailure } from "./gatewayFailure.ts";
import { gatewayReply } from "./gatewayReply.ts";
import { validateRequest } from "./requestValidation.ts";
import { type RestAccess, checkAccess } from "./restAccess.ts";
import type { RestCall, RoutedCall } from "./restCall.ts";
import { contextOf, contextValue } from "./restContext.ts";
import type { RestIntegrations } from "./restIntegrations.ts";
import { failureOf } from "./restFailure.ts";
import type { StageCache } from "./stageCache.ts";
import type { RestThrottles } from "./restThrottle.ts";
import type { Templates } from "./integrationRequest.ts";
import type { UsagePlans } from "./usagePlans.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface RestApiDeps extends RestAccess {
  readonly integrations: RestIntegrations;
  readonly plans: UsagePlans;
  readonly templates: Templates;
  readonly cache: Pick<StageCache, "reply">;
  readonly accessLog: AccessLog;
  readonly executionLog: Pick<ExecutionLog, "add">;
  readonly failures: ApiFailureLog;
  /** Of the account that the API belongs to. */
  readonly quotas: AccountQuotas;
  readonly clock: Clock;
}

export interface ServedRestStage extends Pick<RestCall, "api" | "stage"> {
  readonly throttles: RestThrottles;
  readonly metrics: StageMetrics;
  /** In the path of the request, what precedes the path within the stage. */
  readonly prefix: string;
}

/** One stage of a REST API: finds the method, asks who may call it, validates the request, runs the integration. */
export class RestApiEndpoint implements HttpEndpoint {
  readonly #served: ServedRestStage;
  readonly #deps: RestApiDeps;
  readonly #hasExecutionLog: boolean;

  constructor(served: ServedRestStage, deps: RestApiDeps) {
    this.#served = served;
    const settings = [...served.stage.methodSettings.values()];
    this.#hasExecutionLog = settings.some(({ loggingLevel = "OFF" }) => loggingLevel !== "OFF");
    this.#deps = deps;
  }

  async serve(request: HttpRequest): Promise<HttpReply> {
    const call = this.#callOf(request);
    const begun = this.#deps.clock.monotonicMs();
    let reply: HttpReply;
    try {
      reply = await this.#admitted(call);
    } catch (error) {
      const failure = failureOf(error, call);
      reply = gatewayReply(call, failure);
      this.#learnFailure(call, failure);
      if (call.trace) traceFailure(call.trace, call, failure, reply);
    }
    if (call.trace) this.#keepTrace(call, call.trace);
    const size = this.#served.stage.contents.api.minimumCompressionSize;
    if (size !== undefined) reply = await compressed(reply, request.header("accept-encoding"), size);
    this.#log(call, reply, begun);
    this.#measure(call, reply, begun);
    const { requestId } = request;
    const headers: Record<string, string | string[]> = { ...reply.headers, "x-amzn-requestid": requestId };
    headers["x-amz-apigw-id"] = extendedRequestId(requestId);
    if (call.learned.integration) headers["x-amzn-trace-id"] ??= traceOf(request).replace(/;Parent=[^;]*/, "");
    return { ...reply, headers };
  }

  /** For logs. A gateway response does not show the reason to clients. */
  #learnFailure(call: RestCall, failure: GatewayFailure): void {
    const { api, stage, request, route, learned } = call;
    if (failure.type === "AUTHORIZER_CONFIGURATION_ERROR") {
      learned.authorizerError = authorizerFailure(failure.cause);
      if (failure.cause !== undefined && !(failure.cause instanceof DefinitionFault)) return; // the authorizer has logged it
    } else if (failure.status >= 500) {
      learned.integrationFailure = failureReason(failure);
    }
    if (failure.status < 500 || !route) return;
    const { resource, method } = route;
    const failed = { api, stage: stage.stageName, route: `${method.httpMethod} ${resource.path}` };
    this.#deps.failures.note({ ...failed, requestId: request.requestId }, failure);
  }

  #callOf(request: HttpRequest): RestCall {
    const { api, stage, prefix } = this.#served;
    const path = request.path.slice(prefix.length) || "/";
    // A slash at the end is not part of the resource.
    const match = stage.contents.routes.find(
      request.method,
      path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path,
    );
    const isDomain = request.address.form === "domain";
    let read: Promise<Buffer> | undefined;
    return {
      ...{ request, api, stage, path },
      route: match?.route,
      pathParameters: match ? decodedParameters(match.pathParameters) : {},
      eventPath: isDomain ? request.path : path,
      fullPath: request.path,
      body: () => (read ??= request.readBody(MAX_BODY_BYTES)),
      learned: {},
      trace: this.#hasExecutionLog && match ? this.#traceOf(match.route) : undefined,
    };
  }

  #traceOf({ resource, method }: RestRoute): ExecutionTrace | undefined {
    const of = { path: resource.path, httpMethod: method.httpMethod };
    const { loggingLevel: level = "OFF", dataTraceEnabled: hasData = false } = methodSettingsOf(this.#served.stage, of);
    return level === "OFF" ? undefined : new ExecutionTrace({ level, hasData }, this.#deps.clock);
  }

  #keepTrace({ api, stage, request }: RestCall, { lines }: ExecutionTrace): void {
    const { stageName, isCanary = false } = stage;
    // Those of a canary are in both groups.
    for (const name of isCanary ? [stageName, `${stageName}/Canary`] : [stageName]) {
      this.#deps.executionLog.add({ api, stageName: name, requestId: request.requestId, lines });
    }
  }

  /** Within the quotas that the account has for invocations by any way. */
  async #admitted(call: RestCall): Promise<HttpReply> {
    const { route } = call;
    if (!hasRoute(call) || !route?.method.methodIntegration) throw new GatewayFailure("MISSING_AUTHENTICATION_TOKEN");
    const { quotas } = this.#deps;
    const use = quotas.of(call.api.accountId);
    if (!quotas.enter(use)) throw new GatewayFailure("THROTTLED");
    try {
      if (!quotas.take(use, "invocations")) throw new GatewayFailure("THROTTLED");
      return await this.#answer(call, route.method.methodIntegration);
    } finally {
      quotas.leave(use);
    }
  }

  async #answer(
    call: RoutedCall,
    integration: NonNullable<RestRoute["method"]["methodIntegration"]>,
  ): Promise<HttpReply> {
    const { throttles } = this.#served;
    const { trace } = call;
    const { method } = call.route;
    if (trace) traceBegin(trace, call);
    await checkAccess(call, this.#deps);
    if (method.apiKeyRequired) await this.#deps.plans.admit(call, throttles);
    if (trace) traceUsagePlan(trace, call);
    if (!throttles.admitsMethod(call)) throw new GatewayFailure("THROTTLED");
    const seen = { ...call, request: seenRequest(call.request, method.authorizationType) };
    if (trace) await traceMethodRequest(trace, seen);
    if (method.requestValidatorId !== undefined) await validateRequest(seen, this.#deps.templates);
    const run = (): Promise<HttpReply> => this.#deps.integrations.run(seen, integration);
    const hasCache = this.#served.stage.cacheClusterEnabled === true;
    const reply = await (hasCache ? this.#deps.cache.reply(seen, integration, run) : run());
    if (trace) traceMethodResponse(trace, seen, reply);
    return reply;
  }

  #measure({ request, route, learned }: RestCall, { status }: HttpReply, begun: number): void {
    const { stage, metrics } = this.#served;
    const latencyMs = this.#deps.clock.monotonicMs() - begun;
    const integrationMs = learned.integration?.latencyMs;
    metrics.add({ at: request.receivedAt, status, latencyMs, integrationMs }, route && measuredApart(stage, route));
  }

  #log(call: RestCall, reply: HttpReply, begun: number): void {
    if (this.#served.stage.accessLogSettings === undefined) return;
    const length = reply.body instanceof Uint8Array ? reply.body.byteLength : 0;
    const responseLatency = Math.round(this.#deps.clock.monotonicMs() - begun);
    const { authorizer, authorizerError } = call.learned;
    const context = {
      ...contextOf(call),
      ...(authorizerError !== undefined && { authorizer: { ...authorizer, error: authorizerError } }),
      ...{ status: reply.status, responseLength: length, responseLatency },
    };
    this.#deps.accessLog.add(call, (variable) => contextValue(context, variable.slice("$context.".length)));
  }
}

/** The method as metrics name it, where the settings of the stage ask for metrics of its own. */
function measuredApart(stage: RestStage, { resource, method }: RestRoute): MeasuredMethod | undefined {
  const { path } = resource;
  const { httpMethod } = method;
  if (stage.methodSettings.size === 0) return undefined;
  const isWanted = methodSettingsOf(stage, { path, httpMethod }).metricsEnabled === true;
  return isWanted ? { method: httpMethod, resource: path } : undefined;
}

function hasRoute(call: RestCall): call is RoutedCall {
  return call.route !== undefined;
}
