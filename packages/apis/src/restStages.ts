import type { ApiPart, ApiPartStore, ApiRecord, UsagePlanStore } from "@hearth/store";
import {
  methodKey,
  type RestCanary,
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
  readonly canarySettings?: {
    readonly percentTraffic?: number;
    readonly deploymentId?: string;
    readonly stageVariableOverrides?: Readonly<Record<string, string>>;
    readonly useStageCache?: boolean;
  };
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
    const stage: RestStage = {
      ...document,
      variables,
      methodSettings: byMethod(methodSettings),
      plans: plansOfStage(ofApi, stageName),
      contents: restContentsOf(snapshot),
    };
    const canary = await canaryOf(stage, document, (id) => parts.snapshot(apiId, id));
    stages.push([stageName, canary ? { ...stage, canary, isCanary: false } : stage]);
  }
  return new Map(stages);
}

/** `undefined` where no request goes to a canary. */
async function canaryOf(
  stage: RestStage,
  { canarySettings, deploymentId: usual }: StageDocument,
  snapshotOf: (deploymentId: string) => ReturnType<Stores["parts"]["snapshot"]>,
): Promise<RestCanary | undefined> {
  const { percentTraffic = 0, deploymentId = usual, stageVariableOverrides } = canarySettings ?? {};
  if (percentTraffic <= 0) return undefined;
  const snapshot = deploymentId === usual ? undefined : await snapshotOf(deploymentId);
  const contents = snapshot ? restContentsOf(snapshot) : stage.contents;
  const variables = { ...stage.variables, ...stageVariableOverrides };
  return { percentTraffic, stage: { ...stage, deploymentId, variables, contents, isCanary: true } };
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
