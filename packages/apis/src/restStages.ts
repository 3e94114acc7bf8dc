import type { ApiPart, ApiPartStore, ApiRecord, UsagePlanStore } from "@hearth/store";
import {
  methodKey,
  restContentsOf,
  type RestMethodSettings,
  type RestQuota,
  type RestStage,
  type RestStagePlan,
  type RestThrottle,
} from "./restApiDefinition.ts";

interface StageDocument {
  readonly stageName: string;
  readonly deploymentId: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly methodSettings?: Readonly<Record<string, RestMethodSettings>>;
}

type PlanRows = Awaited<ReturnType<UsagePlanStore["ofApi"]>>;

interface Stores {
  readonly parts: Pick<ApiPartStore, "all" | "snapshot">;
  readonly plans: Pick<UsagePlanStore, "ofApi">;
}

/** Reads the stages of a REST API with what their deployments copied. */
export async function readRestStages(
  { apiId }: Pick<ApiRecord, "apiId">,
  { parts, plans }: Stores,
): Promise<ReadonlyMap<string, RestStage>> {
  const ofApi = await plans.ofApi(apiId);
  const stages: [string, RestStage][] = [];
  for (const { settings } of await parts.all(apiId, ["stage"])) {
    const document = settings as ApiPart["settings"] as unknown as StageDocument;
    const snapshot = await parts.snapshot(apiId, document.deploymentId);
    if (!snapshot) continue;
    const { stageName, variables = {}, methodSettings = {} } = document;
    stages.push([
      stageName,
      {
        ...document,
        variables,
        methodSettings: byMethod(methodSettings),
        plans: plansOfStage(ofApi, stageName),
        contents: restContentsOf(snapshot),
      },
    ]);
  }
  return new Map(stages);
}

/** The usage plans of one stage, of those of its API. */
export function plansOfStage(ofApi: PlanRows, stageName: string): ReadonlyMap<string, RestStagePlan> {
  const here = ofApi.filter(({ stage }) => stage === stageName);
  return new Map(here.map((plan) => [plan.planId, stagePlan(plan)]));
}

function stagePlan({ planId, settings, throttle }: PlanRows[number]): RestStagePlan {
  const plan = settings as { readonly throttle?: RestThrottle; readonly quota?: RestQuota };
  return {
    planId,
    ...(plan.throttle && { throttle: plan.throttle }),
    ...(plan.quota && { quota: plan.quota }),
    methodThrottles: byMethod(throttle as Readonly<Record<string, RestThrottle>>),
  };
}

function byMethod<T>(settings: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(settings).map(([key, value]) => [methodKey(key), value]));
}
