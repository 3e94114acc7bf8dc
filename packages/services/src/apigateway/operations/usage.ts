import { dayOf, quotaPeriod, type RestQuota } from "@hearth/apis";
import { type AccountRegion, structure, text } from "@hearth/model";
import type { KeyUsage, UsagePlanRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../../apigatewayv2/errors.ts";
import { pageOf } from "../paging.ts";
import { patched, scalar } from "../patch.ts";
import * as words from "../words.ts";
import { noPlan } from "./usagePlans.ts";

const DAY_MS = 86_400_000;
/** Usage is kept for 90 days. */
const MAX_DAYS = 90;
const day = text({ pattern: "\\d{4}-\\d{2}-\\d{2}" });
const shown = structure({
  usagePlanId: z.string(),
  startDate: z.string(),
  endDate: z.string(),
  position: z.string().optional(),
  values: z.record(z.string(), z.array(z.array(z.number()))),
});

interface Range {
  readonly startDate: string;
  readonly endDate: string;
}

async function planOf({ plans }: ApiGatewayDeps, where: AccountRegion, planId: string): Promise<UsagePlanRecord> {
  const plan = await plans.find(where, planId);
  if (!plan) throw noPlan();
  return plan;
}

/** For each day how much of the quota was used, and how much of it remained at the end of the day. */
function daysOf(usage: readonly KeyUsage[], quota: RestQuota | undefined, { startDate, endDate }: Range): number[][] {
  const days: number[][] = [];
  for (let ms = Date.parse(startDate); ms <= Date.parse(endDate); ms += DAY_MS) {
    const today = dayOf(ms);
    const used = usage.find((one) => one.day === today)?.used ?? 0;
    const from = quota && quotaPeriod(quota, ms).from;
    const sofar = usage.filter((one) => from !== undefined && one.day >= from && one.day <= today);
    const taken = sofar.reduce((sum, one) => sum + one.used - one.granted, 0);
    days.push([used, quota ? Math.max(quota.limit - taken, 0) : 0]);
  }
  return days;
}

/** The usage of keys of a plan as answers show it. */
async function valuesOf(
  { usage }: ApiGatewayDeps,
  { planId, settings }: UsagePlanRecord,
  keyIds: readonly string[],
  range: Range,
): Promise<Readonly<Record<string, number[][]>>> {
  const quota = settings["quota"] as RestQuota | undefined;
  const from = quota ? quotaPeriod(quota, Date.parse(range.startDate)).from : range.startDate;
  const all = await usage.list(planId, keyIds, { from, to: range.endDate });
  return Object.fromEntries(
    keyIds.map((keyId) => [
      keyId,
      daysOf(
        all.filter((one) => one.keyId === keyId),
        quota,
        range,
      ),
    ]),
  );
}

function checkRange({ startDate, endDate }: Range): void {
  const days = (Date.parse(endDate) - Date.parse(startDate)) / DAY_MS;
  if (Number.isNaN(days) || days < 0 || days > MAX_DAYS) {
    throw new BadRequestException(
      `Invalid usage range: at most ${MAX_DAYS} days from startDate to endDate can be asked for`,
    );
  }
}

const getUsage = operation({
  name: "GetUsage",
  http: ["GET", "/usageplans/{usageplanId}/usage", 200],
  query: { ...words.pageQuery, keyId: "keyId", startDate: "startDate", endDate: "endDate" },
  input: structure({
    usageplanId: words.id,
    ...words.pageMembers,
    keyId: text().optional(),
    startDate: day,
    endDate: day,
  }),
  output: shown,
  errors: [BadRequestException, NotFoundException],
  async handle({ usageplanId, keyId, startDate, endDate, ...page }, context, deps: ApiGatewayDeps) {
    checkRange({ startDate, endDate });
    const plan = await planOf(deps, context, usageplanId);
    const read = async (from: { readonly after: string | undefined; readonly limit: number }) => {
      const keys = await deps.plans.keys(usageplanId, { ...from, keyId });
      return keys.map((key) => key.keyId);
    };
    const { item, ...rest } = await pageOf(page, read, (id) => id);
    const values = await valuesOf(deps, plan, item, { startDate, endDate });
    return { usagePlanId: usageplanId, startDate, endDate, values, ...rest };
  },
});

const updateUsage = operation({
  name: "UpdateUsage",
  http: ["PATCH", "/usageplans/{usageplanId}/keys/{keyId}/usage", 200],
  input: structure({ usageplanId: words.id, keyId: words.id, patchOperations: words.patchOperations }),
  output: shown,
  errors: [BadRequestException, ConflictException, LimitExceededException, NotFoundException],
  async handle({ usageplanId, keyId, patchOperations }, context, deps: ApiGatewayDeps) {
    const plan = await planOf(deps, context, usageplanId);
    const quota = plan.settings["quota"] as RestQuota | undefined;
    if (!quota) throw new BadRequestException("The usage plan has no quota");
    if ((await deps.plans.keys(usageplanId, { keyId, limit: 1 })).length === 0) {
      throw new NotFoundException("Invalid Usage Plan Key ID specified");
    }
    const nowMs = deps.clock.now();
    const used = await deps.usage.total(usageplanId, keyId, quotaPeriod(quota, nowMs));
    const remaining = quota.limit - used;
    const wanted = patched({ remaining }, patchOperations, {
      "/remaining": scalar("integer", { required: true }),
    })["remaining"] as number;
    const today = dayOf(nowMs);
    await deps.usage.add({ planId: usageplanId, keyId, day: today, granted: wanted - remaining });
    const range = { startDate: today, endDate: today };
    return { usagePlanId: usageplanId, ...range, values: await valuesOf(deps, plan, [keyId], range) };
  },
});

export const usageOperations = [getUsage, updateUsage];
