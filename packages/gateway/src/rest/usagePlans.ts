import type { ApiDirectory, RestApiKey, RestStagePlan } from "@hearth/apis";
import type { ApiRecord } from "@hearth/store";
import { GatewayFailure } from "./gatewayFailure.ts";
import type { KeyUsageCounter } from "./keyUsageCounter.ts";
import type { RoutedCall } from "./restCall.ts";
import type { NamedBuckets } from "./namedBuckets.ts";

export interface UsagePlansDeps {
  readonly directory: Pick<ApiDirectory, "findApiKey">;
  readonly usage: KeyUsageCounter;
}

/** Refuses calls without a key of a usage plan of the stage, and those beyond the plan's limits: by GatewayFailure. */
export class UsagePlans {
  readonly #deps: UsagePlansDeps;

  constructor(deps: UsagePlansDeps) {
    this.#deps = deps;
  }

  async admit(call: RoutedCall, throttles: NamedBuckets): Promise<void> {
    const { api, stage, learned, request, route } = call;
    const value = stage.contents.api.apiKeySource === "AUTHORIZER" ? learned.usageKey : request.header("x-api-key");
    const method = `${route.resource.path === "/" ? "" : route.resource.path}/${route.method.httpMethod}`;
    const learn = (key: RestApiKey): void => {
      learned.apiKey = key;
    };
    await this.admitKey({ owner: api, plans: stage.plans, throttles, method }, value, learn);
  }

  /** `value`: what the client sent as its key. `learn` gets the key before its limits are looked at. */
  async admitKey(
    { owner, plans, throttles, method }: KeyedStage,
    value: string | undefined,
    learn?: (key: RestApiKey) => void,
  ): Promise<void> {
    const found = value === undefined || value === "" ? undefined : this.#deps.directory.findApiKey(owner, value);
    const key = found instanceof Promise ? await found : found;
    const plan = key?.enabled === true ? planOf(key, plans) : undefined;
    if (!key || !plan) throw new GatewayFailure("INVALID_API_KEY");
    learn?.(key);
    const ofMethod = plan.methodThrottles.get(method);
    const name = `key ${plan.planId} ${key.keyId}`;
    const isAdmitted = ofMethod
      ? throttles.admits(`${name} ${method}`, ofMethod)
      : throttles.admits(name, plan.throttle ?? {});
    if (!isAdmitted) throw new GatewayFailure("THROTTLED");
    const taken = this.#deps.usage.take(plan, key.keyId);
    if (!(taken instanceof Promise ? await taken : taken)) throw new GatewayFailure("QUOTA_EXCEEDED");
  }
}

/** The stage of an API for which a key is looked at. */
export interface KeyedStage {
  readonly owner: Pick<ApiRecord, "accountId" | "region">;
  readonly plans: ReadonlyMap<string, RestStagePlan>;
  readonly throttles: NamedBuckets;
  /** A key of `methodThrottles`. */
  readonly method: string;
}

/** A key belongs to one plan of a stage. */
function planOf({ planIds }: RestApiKey, plans: ReadonlyMap<string, RestStagePlan>): RestStagePlan | undefined {
  for (const id of planIds) {
    const plan = plans.get(id);
    if (plan) return plan;
  }
  return undefined;
}
