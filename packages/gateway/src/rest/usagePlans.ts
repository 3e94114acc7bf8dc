import type { ApiDirectory, RestApiKey, RestStagePlan } from "@hearth/apis";
import { GatewayFailure } from "./gatewayFailure.ts";
import type { KeyUsageCounter } from "./keyUsageCounter.ts";
import type { RoutedCall } from "./restCall.ts";
import type { RestThrottles } from "./restThrottle.ts";

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

  async admit(call: RoutedCall, throttles: RestThrottles): Promise<void> {
    const { api, stage, learned, request } = call;
    const value = stage.contents.api.apiKeySource === "AUTHORIZER" ? learned.usageKey : request.header("x-api-key");
    const found = value === undefined || value === "" ? undefined : this.#deps.directory.findApiKey(api, value);
    const key = found instanceof Promise ? await found : found;
    const plan = key?.enabled === true ? planOf(key, stage.plans) : undefined;
    if (!key || !plan) throw new GatewayFailure("INVALID_API_KEY");
    learned.apiKey = key;
    const { route } = call;
    const method = `${route.resource.path === "/" ? "" : route.resource.path}/${route.method.httpMethod}`;
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

/** A key belongs to one plan of a stage. */
function planOf({ planIds }: RestApiKey, plans: ReadonlyMap<string, RestStagePlan>): RestStagePlan | undefined {
  for (const id of planIds) {
    const plan = plans.get(id);
    if (plan) return plan;
  }
  return undefined;
}
