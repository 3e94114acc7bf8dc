import { methodKey } from "@hearth/apis";
import { NotImplementedException } from "@hearth/model";
import type { ApiPart } from "@hearth/store";
import { checkLogGroup } from "../apigatewayv2/accessLogs.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../apigatewayv2/errors.ts";
import { checkQuota, conforming, type RestEdit } from "./editing.ts";
import {
  changedAt,
  entry,
  patched,
  type PatchOperation,
  type PatchTable,
  removable,
  scalar,
  type Settings,
} from "./patch.ts";
import * as words from "./words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const QUOTA = 10;

/** Creates a stage. `settings`: those that the client gave. */
export async function newStage(edit: RestEdit, stageName: string, settings: Settings): Promise<ApiPart> {
  if (!/^[A-Za-z0-9_-]+$/.test(stageName)) {
    throw new BadRequestException("Invalid stage name. Stage name only allows 'a-zA-Z0-9_-'");
  }
  if (await edit.find("stage", stageName)) throw new ConflictException("Stage already exists");
  checkQuota((await edit.all("stage")).length, QUOTA, "stages for this API");
  const defaults = { cacheClusterEnabled: false, methodSettings: {}, tracingEnabled: false, tags: {} };
  return await putStage(edit, { ...defaults, ...settings, stageName });
}

/** Checks a stage and writes it. */
export async function putStage(edit: RestEdit, settings: Settings): Promise<ApiPart> {
  const { stageName, deploymentId, cacheClusterEnabled, cacheClusterSize, accessLogSettings } = settings;
  conforming(words.stage, settings);
  if (!(await edit.find("deployment", String(deploymentId)))) {
    throw new BadRequestException("Deployment id does not exist");
  }
  if (settings["documentationVersion"] !== undefined) {
    throw new NotImplementedException("Documentation of APIs is not built.");
  }
  if (settings["clientCertificateId"] !== undefined) {
    throw new BadRequestException("Invalid client certificate identifier specified");
  }
  const canary = settings["canarySettings"] as Settings | undefined;
  const canarySettings = canary && { percentTraffic: 0, useStageCache: false, deploymentId, ...canary };
  if (canarySettings && !(await edit.find("deployment", String(canarySettings["deploymentId"])))) {
    throw new BadRequestException("Deployment id does not exist");
  }
  checkLogGroup(edit.api, accessLogSettings as { readonly destinationArn?: string } | undefined);
  await checkLogging(edit, settings);
  return await edit.put("stage", String(stageName), {
    ...settings,
    ...(canarySettings && { canarySettings }),
    cacheClusterStatus: cacheClusterEnabled === true ? "AVAILABLE" : "NOT_AVAILABLE",
    ...(cacheClusterEnabled === true && { cacheClusterSize: cacheClusterSize ?? "0.5" }),
  });
}

/** Whether a stage, or its canary, serves the deployment. */
export function usesDeployment({ deploymentId, canarySettings }: Settings, id: string): boolean {
  const canary = canarySettings as { readonly deploymentId?: string } | undefined;
  return deploymentId === id || canary?.deploymentId === id;
}

async function checkLogging({ api, deps }: RestEdit, { methodSettings }: Settings): Promise<void> {
  const all = Object.values(methodSettings as Readonly<Record<string, { readonly loggingLevel?: string }>>);
  if (all.every(({ loggingLevel = "OFF" }) => loggingLevel === "OFF")) return;
  if ((await deps.accounts.find(api))["cloudwatchRoleArn"] !== undefined) return;
  throw new BadRequestException("CloudWatch Logs role ARN must be set in account settings to enable logging");
}

const PATCHES: PatchTable = {
  "/deploymentId": scalar("text", { required: true }),
  "/description": scalar(),
  "/clientCertificateId": scalar(),
  "/documentationVersion": scalar(),
  "/tracingEnabled": scalar("bool", { required: true }),
  "/cacheClusterEnabled": scalar("bool", { required: true }),
  "/cacheClusterSize": scalar(),
  "/variables/{name}": entry(),
  "/canarySettings": removable(),
  "/canarySettings/percentTraffic": scalar("double", { required: true }),
  "/canarySettings/deploymentId": scalar("text", { required: true }),
  "/canarySettings/useStageCache": scalar("bool", { required: true }),
  "/canarySettings/stageVariableOverrides": removable(),
  "/canarySettings/stageVariableOverrides/{name}": entry(),
  "/accessLogSettings": removable(),
  "/accessLogSettings/destinationArn": scalar(),
  "/accessLogSettings/format": scalar(),
};
const ROOTS = new Set(Object.keys(PATCHES).map((path) => path.split("/")[1]));

/** Settings of methods: `/{path}/{method}` and then one of these. https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html */
const METHOD_SETTINGS: Readonly<
  Record<string, readonly [member: string, kind: "text" | "bool" | "integer" | "double"]>
> = {
  "metrics/enabled": ["metricsEnabled", "bool"],
  "logging/loglevel": ["loggingLevel", "text"],
  "logging/dataTrace": ["dataTraceEnabled", "bool"],
  "throttling/burstLimit": ["throttlingBurstLimit", "integer"],
  "throttling/rateLimit": ["throttlingRateLimit", "double"],
  "caching/enabled": ["cachingEnabled", "bool"],
  "caching/ttlInSeconds": ["cacheTtlInSeconds", "integer"],
  "caching/dataEncrypted": ["cacheDataEncrypted", "bool"],
  "caching/requireAuthorizationForCacheControl": ["requireAuthorizationForCacheControl", "bool"],
  "caching/unauthorizedCacheControlHeaderStrategy": ["unauthorizedCacheControlHeaderStrategy", "text"],
};
const DEFAULTS: Settings = {
  metricsEnabled: false,
  loggingLevel: "OFF",
  dataTraceEnabled: false,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
};

/** A stage with the operations of UpdateStage applied. */
export function patchedStage(stage: Settings, operations: readonly PatchOperation[] = []): Settings {
  return operations.reduce((before, operation) => {
    const [, root = ""] = (operation.path ?? "").split("/");
    if (operation.op === "copy") return promoted(before, operation);
    return ROOTS.has(root) ? patched(before, [operation], PATCHES) : withMethodSetting(before, operation);
  }, stage);
}

/** A canary is promoted by copies of its settings to the stage. https://docs.aws.amazon.com/apigateway/latest/developerguide/promote-canary-deployment.html */
function promoted(stage: Settings, { from, path }: PatchOperation): Settings {
  const canary = (stage["canarySettings"] ?? {}) as { deploymentId?: string; stageVariableOverrides?: Settings };
  if (from === "/canarySettings/deploymentId" && path === "/deploymentId" && canary.deploymentId !== undefined) {
    return { ...stage, deploymentId: canary.deploymentId };
  }
  if (from === "/canarySettings/stageVariableOverrides" && path === "/variables") {
    return { ...stage, variables: { ...(stage["variables"] as Settings), ...canary.stageVariableOverrides } };
  }
  throw new BadRequestException(`Invalid copy from '${from ?? ""}' to '${path ?? ""}'`);
}

function withMethodSetting(stage: Settings, operation: PatchOperation): Settings {
  const { op, path = "" } = operation;
  const segments = path.split("/").slice(1);
  const all = stage["methodSettings"] as Readonly<Record<string, Settings>>;
  // The same method keeps the key under which a client set it first.
  const keyOf = (parts: readonly string[]): string => {
    const wanted = parts.join("/");
    return Object.keys(all).find((key) => methodKey(key) === methodKey(wanted)) ?? wanted;
  };
  const [member, kind] = METHOD_SETTINGS[segments.slice(-2).join("/")] ?? [];
  if (op === "remove" && segments.length >= 2 && member === undefined) {
    const key = keyOf(segments);
    if (!Object.hasOwn(all, key)) throw new NotFoundException("Invalid Method settings identifier specified");
    return changedAt(stage, ["methodSettings", key], () => undefined);
  }
  if (member === undefined || segments.length < 4) return patched(stage, [operation], PATCHES);
  const key = keyOf(segments.slice(0, -2));
  const before = { ...DEFAULTS, ...all[key] };
  const after = patched(before, [{ ...operation, path: `/${member}` }], { [`/${member}`]: scalar(kind) });
  return changedAt(stage, ["methodSettings", key], () => after);
}
