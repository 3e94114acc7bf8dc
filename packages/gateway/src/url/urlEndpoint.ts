import type { Invoking, InvocationRequest } from "@hearth/invoke";
import { ANONYMOUS, type Caller, functionArn, MAX_SYNC_PAYLOAD_BYTES, TooManyRequestsException } from "@hearth/model";
import type { IndexedFunction, IndexedFunctionUrl } from "@hearth/store";
import type { AccountQuotas, Authorize } from "@hearth/wire";
import type { Clock } from "@hearth/kit";
import { type CorsRules, isPreflight, preflightReply, withCors } from "../cors.ts";
import { MalformedAnswer, replyV2 } from "../functionReply.ts";
import { BodyTooLarge } from "../gateway.ts";
import type { HttpEndpoint, HttpReply } from "../httpEndpoint.ts";
import type { HttpRequest } from "../httpRequest.ts";
import { eventV2 } from "../payloadV2.ts";
import { seenRequest } from "../seenRequest.ts";
import { type RequestMetrics, type RequestSeries, URL_METRICS } from "../requestMetrics.ts";
import { traceOf } from "../trace.ts";
import type { SignedCallers } from "./signedCallers.ts";
import { streamedReply } from "./streamedReply.ts";
import { bodyTooLarge, errorReply, functionFailed, methodNotAllowed, withRequestId } from "./urlReplies.ts";

export interface UrlEndpointDeps {
  readonly invoking: Pick<Invoking, "invoke" | "invokeStreamed">;
  readonly authorize: Authorize;
  readonly callers: SignedCallers;
  readonly quotas?: AccountQuotas;
  /** The domain below which function URLs lie, for requests by the path form. */
  readonly domain: string;
  readonly requestMetrics: RequestMetrics;
  readonly clock: Clock;
}

/** A URL and the function that it belongs to. */
export interface ServedUrl {
  readonly id: string;
  readonly fn: IndexedFunction;
  readonly url: IndexedFunctionUrl;
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** One function URL. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export class UrlEndpoint implements HttpEndpoint {
  readonly #served: ServedUrl;
  readonly #deps: UrlEndpointDeps;
  readonly #FunctionArn: string;
  #series: RequestSeries | undefined;

  constructor(served: ServedUrl, deps: UrlEndpointDeps) {
    this.#served = served;
    this.#deps = deps;
    this.#FunctionArn = functionArn(served.fn);
  }

  async serve(request: HttpRequest): Promise<HttpReply> {
    const { clock } = this.#deps;
    const begun = clock.monotonicMs();
    const reply = await this.#serve(request);
    const latencyMs = clock.monotonicMs() - begun;
    this.#metrics.add({ at: request.receivedAt, status: reply.status, latencyMs });
    return reply;
  }

  get #metrics(): RequestSeries {
    if (this.#series) return this.#series;
    const { accountId, region, FunctionName } = this.#served.fn;
    const Resource = `${FunctionName}:${this.#served.url.Qualifier ?? "$LATEST"}`;
    const dimensions = [{ FunctionName }, { FunctionName, Resource }];
    return (this.#series = this.#deps.requestMetrics.series(URL_METRICS, { accountId, region }, dimensions));
  }

  async #serve(request: HttpRequest): Promise<HttpReply> {
    const { Cors } = this.#served.url;
    if (Cors && isPreflight(request)) return withRequestId(preflightReply(Cors, request, 200), request);
    const reply = withRequestId(await this.#answer(request), request);
    return Cors ? { ...reply, headers: withCors(reply.headers, Cors satisfies CorsRules, request) } : reply;
  }

  async #answer(request: HttpRequest): Promise<HttpReply> {
    if (!METHODS.has(request.method)) return methodNotAllowed();
    try {
      return await this.#run(request);
    } catch (error) {
      if (error instanceof BodyTooLarge) return bodyTooLarge(MAX_SYNC_PAYLOAD_BYTES);
      if (error instanceof MalformedAnswer) return functionFailed();
      const reply = errorReply(error);
      if (!reply) throw error;
      return reply;
    }
  }

  async #run(request: HttpRequest): Promise<HttpReply> {
    const { fn, url } = this.#served;
    const { callers, quotas, invoking } = this.#deps;
    const signed = url.AuthType === "AWS_IAM" ? await callers.of(request) : undefined;
    const caller = signed?.caller ?? ANONYMOUS;
    if (!signed?.isBodyPending) await this.#authorize(request, caller);
    const use = quotas?.of(fn.accountId);
    if (use && !quotas?.enter(use)) throw new TooManyRequestsException("CallerRateLimitExceeded");
    try {
      if (use && quotas?.take(use, "invocations") === false) {
        throw new TooManyRequestsException("FunctionInvocationRateLimitExceeded");
      }
      const body = await request.readBody(MAX_SYNC_PAYLOAD_BYTES);
      signed?.verifyBody(body);
      if (signed?.isBodyPending) await this.#authorize(request, caller);
      const invocation = this.#invocationOf(request, body, signed?.caller);
      if (url.InvokeMode === "RESPONSE_STREAM") {
        return await streamedReply(await invoking.invokeStreamed(invocation, request.signal));
      }
      const { outcome } = await invoking.invoke(invocation, request.signal);
      return outcome.kind === "success" ? replyV2(outcome.payload) : functionFailed();
    } finally {
      if (use) quotas?.leave(use);
    }
  }

  async #authorize(request: HttpRequest, caller: Caller): Promise<void> {
    const { fn, url } = this.#served;
    await this.#deps.authorize({
      service: "lambda",
      operation: "InvokeFunctionUrl",
      input: { FunctionName: this.#FunctionArn, Qualifier: url.Qualifier, FunctionUrlAuthType: url.AuthType },
      region: fn.region,
      caller,
      origin: { sourceIp: request.sourceIp, secureTransport: request.isSecure, userAgent: request.userAgent },
    });
  }

  #invocationOf(request: HttpRequest, body: Buffer, signer: Caller | undefined): InvocationRequest {
    const { id, fn, url } = this.#served;
    const { accountId, region, FunctionName } = fn;
    const { address, requestId } = request;
    const traceId = traceOf(request);
    const payload = eventV2(seenRequest(request, url.AuthType), body, {
      accountId: signer?.accountId ?? "anonymous",
      apiId: id,
      domainName: address.isPathForm ? `${id}.lambda-url.${region}.${this.#deps.domain}` : address.host,
      domainPrefix: id,
      routeKey: "$default",
      stage: "$default",
      path: request.path,
      traceId,
      ...(signer && { authorizer: { iam: identityOf(signer) } }),
    });
    const { Qualifier } = url;
    return {
      accountId,
      region,
      FunctionName,
      ...(Qualifier !== undefined && { Qualifier }),
      payload,
      requestId,
      traceId,
    };
  }
}

/** `requestContext.authorizer.iam`. */
function identityOf({ accessKeyId, accountId, arn, userId }: Caller): object {
  return {
    accessKey: accessKeyId,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId,
  };
}
