import { type AccountRegion, choice, structure, text } from "@hearth/model";
import type { ApiKeyRecord, Transaction } from "@hearth/store";
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
import { checkQuota } from "../editing.ts";
import { pageOf } from "../paging.ts";
import { checkOnePlanPerStage } from "../planStages.ts";
import * as words from "../words.ts";
import { noKey } from "./apiKeys.ts";
import { noPlan } from "./usagePlans.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const PLANS_PER_KEY = 10;
const PATH = "/usageplans/{usageplanId}/keys";
const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
const shown = structure({
  id: z.string(),
  type: z.string(),
  value: z.string().optional(),
  name: z.string().optional(),
});

function answer({ keyId, value, settings }: ApiKeyRecord): object {
  const { name } = settings as { readonly name?: string };
  return { id: keyId, type: "API_KEY", value, ...(name !== undefined && { name }) };
}

function missing(): NotFoundException {
  return new NotFoundException("Invalid Usage Plan Key ID specified");
}

/** Gives a key to a usage plan, in the transaction. Throws where the key may not have it. */
export async function addKeyToPlan(
  deps: Pick<ApiGatewayDeps, "plans" | "keys">,
  tx: Transaction,
  where: AccountRegion,
  { planId, keyId }: { readonly planId: string; readonly keyId: string },
): Promise<"added" | "noPlan" | "isThere"> {
  const { plans, keys } = deps;
  if (!(await plans.lock(tx, where, planId))) return "noPlan";
  const planIds = await keys.planIds(keyId, tx);
  if (planIds.includes(planId)) return "isThere";
  checkQuota(planIds.length, PLANS_PER_KEY, "usage plans for this API key");
  await plans.addKey(tx, planId, keyId);
  await checkOnePlanPerStage(deps, tx, planId);
  return "added";
}

const createUsagePlanKey = operation({
  name: "CreateUsagePlanKey",
  http: ["POST", PATH, 201],
  input: structure({ usageplanId: words.id, keyId: words.id, keyType: choice(["API_KEY"]) }),
  output: shown,
  errors,
  async handle({ usageplanId, keyId }, context, deps: ApiGatewayDeps) {
    const { database, plans, keys } = deps;
    refuseWhenDiskIsShort(deps);
    return await database.transaction(async (tx) => {
      if (!(await plans.lock(tx, context, usageplanId))) throw noPlan();
      const key = await keys.find(context, keyId, tx);
      if (!key) throw noKey();
      const added = await addKeyToPlan(deps, tx, context, { planId: usageplanId, keyId });
      if (added === "isThere") throw new ConflictException("Usage Plan Key already exists for this usage plan");
      return answer(key);
    });
  },
});

const getUsagePlanKey = operation({
  name: "GetUsagePlanKey",
  http: ["GET", `${PATH}/{keyId}`, 200],
  input: structure({ usageplanId: words.id, keyId: words.id }),
  output: shown,
  errors: [NotFoundException],
  async handle({ usageplanId, keyId }, context, { plans, keys }: ApiGatewayDeps) {
    if (!(await plans.find(context, usageplanId))) throw noPlan();
    const key = await keys.find(context, keyId);
    if (!key || !(await keys.planIds(keyId)).includes(usageplanId)) throw missing();
    return answer(key);
  },
});

const getUsagePlanKeys = operation({
  name: "GetUsagePlanKeys",
  http: ["GET", PATH, 200],
  query: { ...words.pageQuery, nameQuery: "name" },
  input: structure({ usageplanId: words.id, ...words.pageMembers, nameQuery: text().optional() }),
  output: structure({ item: z.array(shown), position: z.string().optional() }),
  errors: [BadRequestException, NotFoundException],
  async handle({ usageplanId, nameQuery: named, ...page }, context, { plans }: ApiGatewayDeps) {
    if (!(await plans.find(context, usageplanId))) throw noPlan();
    const read = (from: { readonly after: string | undefined; readonly limit: number }) =>
      plans.keys(usageplanId, { ...from, named });
    const { item, ...rest } = await pageOf(page, read, ({ keyId }) => keyId);
    return { item: item.map(answer), ...rest };
  },
});

const deleteUsagePlanKey = operation({
  name: "DeleteUsagePlanKey",
  http: ["DELETE", `${PATH}/{keyId}`, 202],
  input: structure({ usageplanId: words.id, keyId: words.id }),
  errors: [NotFoundException],
  async handle({ usageplanId, keyId }, context, { database, plans }: ApiGatewayDeps) {
    await database.transaction(async (tx) => {
      if (!(await plans.lock(tx, context, usageplanId))) throw noPlan();
      if (!(await plans.deleteKey(tx, usageplanId, keyId))) throw missing();
    });
    return undefined;
  },
});

export const usagePlanKeyOperations = [createUsagePlanKey, getUsagePlanKey, getUsagePlanKeys, deleteUsagePlanKey];
