import { newApiId } from "@hearth/apis";
import { structure, text } from "@hearth/model";
import type { UsagePlanRecord, UsagePlanStage } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { refuseWhenDiskIsShort } from "../../apigatewayv2/refuseWhenDiskIsShort.ts";
import { withTags } from "../../apigatewayv2/tagging.ts";
import { conforming, given } from "../editing.ts";
import { pageOf } from "../paging.ts";
import { patched, type PatchTable, removable, scalar, type Settings } from "../patch.ts";
import { checkOnePlanPerStage, checkPlanStages, patchedStages } from "../planStages.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const QUOTA = 300;
const PATH = "/usageplans";
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const rules = structure(words.usagePlanMembers);
const shown = structure({
  ...words.usagePlanMembers,
  id: z.string(),
  productCode: z.string().optional(),
  tags: words.shownTags,
});

type PlanStage = Omit<UsagePlanStage, "planId">;

function answer({ planId, settings, tags }: UsagePlanRecord, stages: readonly UsagePlanStage[]): object {
  const own = stages.filter((one) => one.planId === planId);
  const apiStages = own.map(({ apiId, stage, throttle }) => ({
    ...{ apiId, stage },
    ...(Object.keys(throttle).length > 0 && { throttle }),
  }));
  return { ...settings, id: planId, apiStages, tags };
}

export function noPlan(): NotFoundException {
  return new NotFoundException("Invalid Usage Plan ID specified");
}

/** https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html */
function checkPlan(settings: Settings): Settings {
  conforming(rules, settings);
  if (settings["quota"] === undefined) return settings;
  const {
    limit,
    offset = 0,
    period,
  } = settings["quota"] as {
    readonly limit?: number;
    readonly offset?: number;
    readonly period?: "DAY" | "WEEK" | "MONTH";
  };
  if (limit === undefined || limit < 1)
    throw new BadRequestException("Usage Plan quota limit must be greater than zero");
  if (period === undefined) throw new BadRequestException("Usage Plan quota period must be specified");
  const last = { DAY: 0, WEEK: 6, MONTH: 27 }[period];
  if (offset < 0 || offset > last) {
    throw new BadRequestException(
      `Usage Plan quota offset must be between 0 and ${last} inclusive in the ${period} period`,
    );
  }
  return { ...settings, quota: { limit, offset, period } };
}

const createUsagePlan = operation({
  name: "CreateUsagePlan",
  http: ["POST", PATH, 201],
  input: structure({ ...words.usagePlanMembers, tags: words.tags.optional() }),
  output: shown,
  errors,
  async handle({ apiStages = [], tags = {}, ...input }, context, deps: ApiGatewayDeps) {
    const { accountId, region } = context;
    refuseWhenDiskIsShort(deps);
    const stages: readonly PlanStage[] = apiStages.map(({ apiId = "", stage = "", throttle = {} }) => ({
      ...{ apiId, stage, throttle },
    }));
    await checkPlanStages(deps, context, stages);
    const planId = newApiId(deps.random, 6);
    const plan = { planId, accountId, region, settings: checkPlan(given(input)), tags: withTags({}, tags) };
    return await deps.database.transaction(async (tx) => {
      const created = await deps.plans.create(tx, plan, QUOTA);
      if (created === "tooMany") {
        throw new LimitExceededException(`Maximum number of usage plans has been reached: ${QUOTA}`);
      }
      await deps.plans.setStages(tx, planId, stages);
      return answer(
        created,
        stages.map((stage) => ({ ...stage, planId })),
      );
    });
  },
});

const getUsagePlan = operation({
  name: "GetUsagePlan",
  http: ["GET", `${PATH}/{usageplanId}`, 200],
  input: structure({ usageplanId: words.id }),
  output: shown,
  errors: [NotFoundException],
  async handle({ usageplanId }, context, { plans }: Pick<ApiGatewayDeps, "plans">) {
    const plan = await plans.find(context, usageplanId);
    if (!plan) throw noPlan();
    return answer(plan, await plans.stages([usageplanId]));
  },
});

const getUsagePlans = operation({
  name: "GetUsagePlans",
  http: ["GET", PATH, 200],
  query: { ...words.pageQuery, keyId: "keyId" },
  input: structure({ ...words.pageMembers, keyId: text().optional() }),
  output: structure({ item: z.array(shown), position: z.string().optional() }),
  errors: [BadRequestException],
  async handle({ keyId, ...page }, context, { plans }: Pick<ApiGatewayDeps, "plans">) {
    const { item, ...rest } = await pageOf(
      page,
      (from) => plans.list(context, { ...from, keyId }),
      ({ planId }) => planId,
    );
    const stages = await plans.stages(item.map(({ planId }) => planId));
    return { item: item.map((plan) => answer(plan, stages)), ...rest };
  },
});

const PATCHES: PatchTable = {
  "/name": scalar("text", { required: true }),
  "/description": scalar(),
  "/productCode": scalar(),
  "/throttle": removable(),
  "/throttle/rateLimit": scalar("double"),
  "/throttle/burstLimit": scalar("integer"),
  "/quota": removable(),
  "/quota/limit": scalar("integer"),
  "/quota/offset": scalar("integer"),
  "/quota/period": scalar(),
};

const updateUsagePlan = operation({
  name: "UpdateUsagePlan",
  http: ["PATCH", `${PATH}/{usageplanId}`, 200],
  input: structure({ usageplanId: words.id, patchOperations: words.patchOperations }),
  output: shown,
  errors,
  async handle({ usageplanId: planId, patchOperations = [] }, context, deps: ApiGatewayDeps) {
    const { database, plans } = deps;
    return await database.transaction(async (tx) => {
      const plan = await plans.lock(tx, context, planId);
      if (!plan) throw noPlan();
      const ofStages = patchOperations.filter(({ path = "" }) => /^\/apiStages(?:\/|$)/.test(path));
      const others = patchOperations.filter((one) => !ofStages.includes(one));
      const settings = checkPlan(patched(plan.settings, others, PATCHES));
      await plans.change(tx, planId, { settings });
      if (ofStages.length > 0) {
        const before: readonly PlanStage[] = await plans.stages([planId], tx);
        const stages = ofStages.reduce(patchedStages, before);
        await checkPlanStages(deps, context, stages);
        await plans.setStages(tx, planId, stages);
        await checkOnePlanPerStage(deps, tx, planId);
      }
      return answer({ ...plan, settings }, await plans.stages([planId], tx));
    });
  },
});

const deleteUsagePlan = operation({
  name: "DeleteUsagePlan",
  http: ["DELETE", `${PATH}/{usageplanId}`, 202],
  input: structure({ usageplanId: words.id }),
  errors: [BadRequestException, NotFoundException],
  async handle({ usageplanId }, context, { database, plans }: ApiGatewayDeps) {
    await database.transaction(async (tx) => {
      if (!(await plans.lock(tx, context, usageplanId))) throw noPlan();
      if ((await plans.stages([usageplanId], tx)).length > 0) {
        throw new BadRequestException("Cannot delete usage plan while it has associated API stages");
      }
      await plans.delete(tx, usageplanId);
    });
    return undefined;
  },
});

export const usagePlanOperations = [createUsagePlan, getUsagePlan, getUsagePlans, updateUsagePlan, deleteUsagePlan];
