import { methodSettingsOf, type RestIntegration, type RestMethodSettings } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import type { HttpReply } from "../httpEndpoint.ts";
import type { IamAuthorizer } from "../http/iamAuthorizer.ts";
import type { BoundedReplies } from "./boundedReplies.ts";
import { GatewayFailure } from "./gatewayFailure.ts";
import { resourcePolicyOf } from "./resourcePolicy.ts";
import type { RoutedCall } from "./restCall.ts";
import { mappedValues } from "./restParameters.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html */
const MAX_BODY_BYTES = 1_048_576;
const USUAL_TTL_SECONDS = 300;
const WARNING = '199 - "Cache-Control was ignored: the caller may not invalidate the cache"';

export interface StageCacheDeps {
  readonly replies: BoundedReplies;
  readonly iam: Pick<IamAuthorizer, "mayInvalidate">;
  readonly clock: Clock;
}

/** The caches of stages of REST APIs, in the memory of this process. */
export class StageCache {
  readonly #deps: StageCacheDeps;

  constructor(deps: StageCacheDeps) {
    this.#deps = deps;
  }

  /** The remembered reply of a method whose stage has a cache, else that of `run`. Rejects as `run` does. */
  async reply(call: RoutedCall, integration: RestIntegration, run: () => Promise<HttpReply>): Promise<HttpReply> {
    const settings = cacheSettingsOf(call);
    const ttl = settings?.cacheTtlInSeconds ?? USUAL_TTL_SECONDS;
    if (!settings || ttl <= 0) return await run();
    const { replies, clock } = this.#deps;
    const { accountId } = call.api;
    const key = keyOf(call, integration);
    const wantsNew = /(?:^|[\s,])max-age=0(?:$|[\s,])/.test(call.request.header("cache-control") ?? "");
    const isRefused = wantsNew && !(await this.#mayInvalidate(call, settings));
    const strategy = settings.unauthorizedCacheControlHeaderStrategy ?? "SUCCEED_WITH_RESPONSE_HEADER";
    if (isRefused && strategy === "FAIL_WITH_403") throw new GatewayFailure("ACCESS_DENIED");
    const known = wantsNew && !isRefused ? undefined : replies.find(accountId, key, clock.monotonicMs());
    const reply = known ?? (await run());
    const { body, status, headers } = reply;
    const isWhole = body === null || (body instanceof Uint8Array && body.byteLength <= MAX_BODY_BYTES);
    if (!known && isWhole && status < 400) {
      replies.keep(accountId, key, { status, headers, body }, clock.monotonicMs() + ttl * 1000);
    }
    const isWarned = isRefused && strategy === "SUCCEED_WITH_RESPONSE_HEADER";
    return isWarned ? { ...reply, headers: { ...headers, warning: WARNING } } : reply;
  }

  async #mayInvalidate(call: RoutedCall, settings: RestMethodSettings): Promise<boolean> {
    if (settings.requireAuthorizationForCacheControl === false) return true;
    const { caller } = call.learned;
    return caller !== undefined && (await this.#deps.iam.mayInvalidate(call, caller, resourcePolicyOf(call)?.document));
  }
}

/** The settings of a method whose replies are remembered: GET, and others whose own settings ask for it. */
function cacheSettingsOf({ stage, route, request }: RoutedCall): RestMethodSettings | undefined {
  const { path } = route.resource;
  const { httpMethod } = route.method;
  const settings = methodSettingsOf(stage, { path, httpMethod });
  if (settings.cachingEnabled !== true) return undefined;
  const own = stage.methodSettings.get(`${path === "/" ? "" : path}/${httpMethod}`);
  const isAskedFor = httpMethod !== "ANY" && own?.cachingEnabled === true;
  return request.method === "GET" || isAskedFor ? settings : undefined;
}

/** What two requests with the same reply have in common: the parameters of the method that are part of the key, and nothing else of the request. */
function keyOf(call: RoutedCall, integration: RestIntegration): string {
  const { api, stage, route, request } = call;
  const { cacheNamespace = route.resource.id, cacheKeyParameters = [], requestParameters = {} } = integration;
  const values = cacheKeyParameters.map((name) => {
    const mapped = name.startsWith("integration.") ? requestParameters[name] : name;
    return mapped === undefined ? [] : mappedValues(mapped, call);
  });
  const release = stage.isCanary === true && stage.canarySettings?.useStageCache !== true ? "canary" : "";
  const flushes = stage.flushes?.data ?? 0;
  const { apiId } = api;
  return JSON.stringify([apiId, stage.stageName, release, flushes, cacheNamespace, request.method, ...values]);
}
