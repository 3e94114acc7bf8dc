import type { AccountRegion } from "@hearth/model";
import type { ApiProtocol, Transaction, UsagePlanStage } from "@hearth/store";
import type { ApiGatewayDeps } from "../apigatewayv2/deps.ts";
import { BadRequestException, NotFoundException } from "../apigatewayv2/errors.ts";
import { changedAt, patched, type PatchOperation, scalar, type Settings, unescaped } from "./patch.ts";

/** Stages of HTTP APIs have no API keys. */
const PROTOCOLS_WITH_KEYS: readonly ApiProtocol[] = ["REST", "WEBSOCKET"];

type PlanStage = Omit<UsagePlanStage, "planId">;

/** Throws unless each API and stage is the account's. */
export async function checkPlanStages(
  { apis, parts }: Pick<ApiGatewayDeps, "apis" | "parts">,
  where: AccountRegion,
  stages: readonly PlanStage[],
): Promise<void> {
  for (const { apiId, stage } of stages) {
    const api = await apis.find(where, apiId, PROTOCOLS_WITH_KEYS);
    const found = api && (await parts.find({ apiId, kind: "stage", partId: stage }));
    if (!found) throw new NotFoundException(`API Stage not found: ${apiId}:${stage}`);
  }
  const names = new Set(stages.map(({ apiId, stage }) => `${apiId}:${stage}`));
  if (names.size < stages.length) throw new BadRequestException("Duplicate API stages specified");
}

/** Throws BadRequestException where a key of the plan reaches a stage through two plans. */
export async function checkOnePlanPerStage(
  { plans }: Pick<ApiGatewayDeps, "plans">,
  tx: Transaction,
  planId: string,
): Promise<void> {
  const twice = await plans.keyWithTwoPlans(tx, planId);
  if (!twice) return;
  throw new BadRequestException(
    `API Key ${twice.keyId} is already associated with the API stage ${twice.apiId}:${twice.stage} through another usage plan`,
  );
}

/** The stages of a plan with an operation of a PATCH below `/apiStages` applied. https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html */
export function patchedStages(stages: readonly PlanStage[], operation: PatchOperation): readonly PlanStage[] {
  const { op, path = "", value = "" } = operation;
  if (path === "/apiStages") {
    const { apiId, stage } = named(value);
    const others = stages.filter((one) => one.apiId !== apiId || one.stage !== stage);
    if (op === "add") return [...stages, { apiId, stage, throttle: {} }];
    if (op === "remove" && others.length < stages.length) return others;
    throw op === "remove"
      ? new NotFoundException(`API Stage not found: ${value}`)
      : new BadRequestException(
          `Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [add, remove]`,
        );
  }
  const [, name = "", below = ""] = /^\/apiStages\/([^/]+)\/throttle(\/.*)?$/.exec(path) ?? [];
  const { apiId, stage } = named(unescaped(name));
  const target = stages.find((one) => one.apiId === apiId && one.stage === stage);
  if (!target) throw new NotFoundException(`API Stage not found: ${name}`);
  const throttle = patchedThrottles(target.throttle, below, operation);
  return stages.map((one) => (one === target ? { ...one, throttle } : one));
}

function named(text: string): { readonly apiId: string; readonly stage: string } {
  const [, apiId, stage] = /^([^:]+):([^:]+)$/.exec(text) ?? [];
  if (apiId === undefined || stage === undefined) {
    throw new BadRequestException(`Invalid API stage specified: ${text}. It must have the form {apiId}:{stageName}`);
  }
  return { apiId, stage };
}

/** `below`: what follows `/throttle`: the method, whose path clients escape or not, and perhaps a limit. */
function patchedThrottles(throttles: Settings, below: string, operation: PatchOperation): Settings {
  if (operation.op === "remove" && below === "") return {};
  const [, method = "", limit] = /^\/(.+?)(?:\/(rateLimit|burstLimit))?$/.exec(below) ?? [];
  const key = `/${unescaped(method).replace(/^\/+/, "")}`;
  if (operation.op === "remove" && limit === undefined && method !== "") {
    return changedAt(throttles, [key], () => undefined);
  }
  if (limit === undefined)
    throw new BadRequestException(`Invalid patch path  '${operation.path}' specified for op '${operation.op}'`);
  const kind = limit === "rateLimit" ? "double" : "integer";
  const before = (Object.entries(throttles).find(([one]) => one === key)?.[1] ?? {}) as Settings;
  const after = patched(before, [{ ...operation, path: `/${limit}` }], { [`/${limit}`]: scalar(kind) });
  return changedAt(throttles, [key], () => after);
}
